// A person at a screen: chromium with nothing switched off that a page could trip over, and a diary of what went wrong.
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { chromium } from 'playwright-core';

const CHROMIUM = process.env.CHROMIUM || '/usr/bin/chromium';

export const TABLET = { width: 834, height: 1112 };
export const DESK = { width: 1280, height: 900 };

// The places' addresses and the password come from whoever starts the story.
export const place = (name) => {
  const url = process.env[`SHIME_${name.toUpperCase()}`];
  if (!url) throw new Error(`SHIME_${name.toUpperCase()} names no address: start this story with cargo test --features shime/browser-tests`);
  return url;
};
export const PASSWORD = process.env.SHIME_PASSWORD;

export async function browser() {
  if (!existsSync(CHROMIUM)) throw new Error(`${CHROMIUM} is not there: install chromium, or name one in CHROMIUM`);
  const quiet = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  const args = process.getuid() === 0 ? ['--no-sandbox', ...quiet] : quiet;
  return chromium.launch({ executablePath: CHROMIUM, args });
}

// A fresh person: no cookies, a page, and a diary of everything that broke on any of their pages.
export async function person(chrome, options = {}) {
  const context = await chrome.newContext({ viewport: DESK, locale: 'ja-JP', timezoneId: 'Asia/Tokyo', reducedMotion: 'reduce', ...options });
  context.setDefaultTimeout(20_000);
  const diary = [];
  await context.exposeFunction('shimeViolation', (what) => { diary.push(`content security policy: ${what}`); });
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      window.shimeViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile ?? ''}`);
    });
  });
  context.on('weberror', (error) => diary.push(`script: ${error.error()}`));
  context.on('console', (message) => {
    const refused = /status of 4\d\d/.test(message.text()); // a story that is refused says so itself
    if (['error', 'warning'].includes(message.type()) && !refused) diary.push(`console: ${message.text()}`);
  });
  context.on('response', (answer) => { if (answer.status() >= 500) diary.push(`${answer.status()} ${answer.url()}`); });
  const page = await context.newPage();
  return { context, page, diary };
}

export async function logIn(page, at, login, password = PASSWORD) {
  await page.goto(`${at}/login`);
  await page.getByLabel('ログインID').fill(login);
  await page.getByLabel('パスワード').fill(password);
  await page.getByRole('button', { name: 'ログイン' }).click();
  await page.waitForURL((url) => url.pathname !== '/login');
}

// Asks again until the answer is yes; the page is loaded afresh before each question. A story that never gets there fails
// by this bound and says what it waited for.
export async function until(page, what, asked, { reload = true } = {}) {
  for (let round = 0; round < 240; round += 1) {
    if (await asked()) return;
    await page.waitForTimeout(250);
    if (reload) await page.reload();
  }
  throw new Error(`waited in vain until ${what}; the page says: ${(await page.locator('main').innerText()).slice(0, 2000)}`);
}

// The steps of a story follow from each other: after one that failed, the rest would only say so again.
export function story() {
  let broken;
  return (name, play) => test(name, async (t) => {
    if (broken) return t.skip(`because this failed: ${broken}`);
    try {
      return await play(t);
    } catch (error) {
      broken = name;
      throw error;
    }
  });
}

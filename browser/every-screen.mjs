// Every screen that a menu leads to, as each person sees it: it answers, breaks nothing, fits, all of it is used from
// the keyboard, and axe finds nothing.
// Pictures of all of them are left in SHIME_SCREENS.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { axe, form, keys } from './laws.mjs';
import { TABLET, browser, logIn, person, place, until } from './visit.mjs';

const SCREENS = process.env.SHIME_SCREENS;
// A site with more shapes of pages than this is a crawl that runs in circles.
const SHAPES_MAX = 200;
// The first of these has every picture taken; for the others a page is judged once, on a tablet.
const PEOPLE = [
  { name: 'owner', login: 'owner@minato.example', places: ['pos', 'flaro'], whole: true },
  { name: 'honbu', login: 'honbu@minato.example', places: ['pos'] },
  { name: 'honten', login: 'honten@minato.example', places: ['pos'] },
  { name: 'empty', login: 'owner@import.example', places: ['pos', 'flaro'] },
];

// Weeks lie behind the demo: what the menus lead to is judged when some of it has come through to the end.
const ARRIVED_MIN = 9;

let chrome;
before(async () => {
  chrome = await browser();
  const { page, context } = await person(chrome);
  await logIn(page, place('pos'), 'owner@minato.example');
  await page.goto(`${place('pos')}/deliveries?state=delivered`);
  const arrived = async () => Number((await page.locator('main').innerText()).match(/全([\d,]+)件/)?.[1] ?? 0) >= ARRIVED_MIN;
  await until(page, `${ARRIVED_MIN} settlements have arrived`, arrived);
  await context.close();
});
after(async () => { await chrome.close(); });

// Ids, dates and codes differ from link to link; what is sorted or paged, or said with tax, is the same page again.
const SAME_PAGE = ['sort', 'dir', 'page', 'desc', 'tax'];
function shape(url) {
  const path = url.pathname
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '{id}')
    .replace(/\d{4}-\d{2}-\d{2}/g, '{date}')
    .replace(/\d{4}-\d{2}(?=\/|$)/g, '{month}')
    .replace(/\/[0-9a-f]{40,}/g, '/{hash}')
    .replace(/\/\d+(?=\/|$)/g, '/{n}');
  const asked = [...url.searchParams.keys()].filter((key) => !SAME_PAGE.includes(key)).sort().join('&');
  return asked ? `${path}?${asked}` : path;
}

const isFile = (url) => url.searchParams.has('format') || url.searchParams.has('table') || /\.(csv|xlsx|json)$/.test(url.pathname);

async function links(page) {
  const all = await page.locator('a[href]').evaluateAll((found) => found.map((a) => a.href));
  return all.map((href) => new URL(href)).filter((url) => url.origin === new URL(page.url()).origin);
}

// A desk with a mouse and a tablet with fingers, the same person at both.
async function seats(at, login) {
  const desk = await person(chrome);
  if (login) await logIn(desk.page, at, login);
  const storageState = await desk.context.storageState();
  const tablet = await person(chrome, { viewport: TABLET, hasTouch: true, isMobile: true, storageState });
  // A page that renews itself would move under the judge's eyes: it is judged as it was served.
  for (const { page } of [desk, tablet]) await page.route('**/pulse', (route) => route.fulfill({ status: 404 }));
  return { desk, tablet, leave: async () => { await desk.context.close(); await tablet.context.close(); } };
}

// Opens the address at one seat and says what breaks a law there; axe looks once a seat, at the last scheme;
// the keyboard is tried at the desk.
async function judge(seat, href, schemes, touch, name) {
  const { page, diary } = seat;
  const answer = await page.goto(href);
  const wrong = answer.status() === 200 ? [] : [`answers ${answer.status()}`];
  for (const scheme of schemes) {
    await page.emulateMedia({ colorScheme: scheme });
    if (SCREENS) await page.screenshot({ path: join(SCREENS, `${name}-${page.viewportSize().width}-${scheme}.png`), fullPage: true });
  }
  wrong.push(...await form(page, { touch }), ...diary.splice(0), ...await axe(page), ...(touch ? [] : await keys(page)));
  diary.length = 0; // what axe itself trips over
  return wrong.map((law) => `${page.viewportSize().width}px: ${law}`);
}

async function judgeBoth({ desk, tablet }, href, name, whole) {
  const both = whole ? await judge(desk, href, ['dark', 'light'], false, name) : [];
  return [...both, ...await judge(tablet, href, whole ? ['light', 'dark'] : ['dark'], true, name)];
}

async function walk(who, at, login, whole, t) {
  const seated = await seats(at, login);
  const seen = new Set(['/login', '/logout']);
  const waiting = [new URL('/', at)];
  while (waiting.length > 0) {
    const url = waiting.shift();
    const route = shape(url);
    if (seen.has(route)) continue;
    seen.add(route);
    assert.ok(seen.size <= SHAPES_MAX, `more than ${SHAPES_MAX} shapes of pages: ${[...seen].join(' ')}`);
    const asked = await seated.desk.context.request.get(url.href);
    const attached = /^attachment/.test(asked.headers()['content-disposition'] ?? '');
    if (attached || isFile(url)) {
      await t.test(`${who} ${route}`, () => {
        assert.equal(asked.status(), 200, url.href);
        assert.ok(attached, `${url.href} is not a file to take home`);
      });
      continue;
    }
    const wrong = await judgeBoth(seated, url.href, `${who}${route.replace(/[^a-z0-9]+/gi, '-')}`, whole);
    await t.test(`${who} ${route}`, () => assert.deepEqual(wrong, [], url.href));
    for (const next of await links(seated.tablet.page)) if (!seen.has(shape(next))) waiting.push(next);
  }
  await seated.leave();
  return seen.size;
}

if (SCREENS) mkdirSync(SCREENS, { recursive: true });
for (const { name, login, places, whole } of PEOPLE) {
  for (const where of places) {
    test(`${name} walks through ${where}`, async (t) => {
      const pages = await walk(`${where}-${name}`, place(where), login, whole, t);
      assert.ok(pages > 6, `${name} sees only ${pages} pages`);
    });
  }
}

test('who is not logged in sees the login page, and that keeps the laws too', async (t) => {
  for (const where of ['pos', 'flaro']) {
    const seated = await seats(place(where), null);
    const wrong = await judgeBoth(seated, `${place(where)}/`, `${where}-login`, true);
    assert.equal(new URL(seated.tablet.page.url()).pathname, '/login');
    await t.test(where, () => assert.deepEqual(wrong, []));
    await seated.leave();
  }
});

test('the dashboard renews itself under the eyes of who reads it, and the focus stays where it was', async () => {
  const { page, context, diary } = await person(chrome);
  await logIn(page, place('flaro'), 'owner@minato.example');
  const focused = () => page.evaluate(() => document.activeElement.getAttribute('href'));
  await page.locator('#live tbody a[href]').last().focus();
  const href = await focused();
  await page.evaluate(() => { document.querySelector('#live').dataset.first = 'yes'; });
  await until(page, 'something new is shown', () => page.evaluate(() => !document.querySelector('#live').dataset.first), { reload: false });
  assert.equal(await focused(), href);
  assert.deepEqual(diary, []);
  await context.close();
});

// A day at the counter on a tablet, with fingers: lunch, 中締め, a table that pays apart at two rates, a void that a
// manager agrees to, 精算 with ¥120 missing. Every page on the way keeps the laws.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { axe, form } from './laws.mjs';
import { browser, person, place, story, TABLET, until } from './visit.mjs';

const FLOAT = 30_000;
const MISSING = 120;
const FACES = [10_000, 5_000, 2_000, 1_000, 500, 100, 50, 10, 5, 1];

const step = story();
let chrome;
let page;
let diary;
before(async () => {
  chrome = await browser();
  ({ page, diary } = await person(chrome, { viewport: TABLET, hasTouch: true }));
});
after(async () => { await chrome.close(); });

const at = (path) => `${place('till')}${path}`;
const button = (name) => page.getByRole('button', { name, exact: true });
const yen = (text) => Number(text.replace(/[^0-9−-]/g, '').replace('−', '-'));
const total = async () => yen(await page.locator('#total').innerText());

// The till starts after the places it reports to.
async function answers() {
  for (let round = 0; round < 120; round += 1) {
    if (await page.goto(at('/sign-in')).catch(() => null)) return;
    await page.waitForTimeout(250);
  }
  throw new Error('the till never answered');
}

async function laws(where) {
  const wrong = [...await axe(page), ...await form(page, { touch: true })];
  assert.deepEqual(wrong, [], where);
}

async function tapTile(nth) {
  const before = await total();
  await page.locator('.tile:visible').nth(nth).tap();
  await page.waitForFunction((was) => Number(document.getElementById('total').textContent.replace(/[^0-9]/g, '')) !== was, before);
}

async function payAll() {
  await page.locator('#pay').tap();
  await page.waitForURL(/\/pay$/);
  await page.locator('#pay-cash').tap();
  await page.waitForURL(/\/receipts\//);
}

step('signing in with a PIN', async () => {
  await answers();
  await until(page, 'the till has its masters', async () => await page.locator('.staff-tile').count() > 0);
  await page.locator('.staff-tile').nth(1).tap();
  await laws('sign-in');
  for (const digit of '2222') await button(digit).tap();
  await button('始める').tap();
  await page.waitForURL(/\/open$/);
});

step('opening with a float', async () => {
  await laws('open');
  await page.getByLabel('釣銭準備金').fill(String(FLOAT));
  await button('レジを開く').tap();
  await page.waitForURL((url) => url.pathname === '/');
  await laws('sell');
});

step('a table orders, one dish is taken home, and they pay apart at two rates', async () => {
  await tapTile(0);
  await tapTile(0);
  await tapTile(1);
  await page.locator('.lines summary').nth(1).tap();
  await page.getByRole('button', { name: '持ち帰りにする' }).and(page.locator(':visible')).tap();
  await page.getByText('内消費税（10%', { exact: false }).filter({ hasText: '8%※' }).waitFor();
  await page.locator('#seat-open').tap();
  await page.getByLabel('卓', { exact: true }).fill('12');
  await page.getByLabel('男性').fill('2');
  await laws('the seat');
  await button('決める').tap();
  await page.getByRole('heading', { name: '卓 12' }).waitFor();
  await laws('a bill');
  await page.getByRole('link', { name: '会計分割' }).tap();
  await page.waitForURL(/\/split$/);
  await laws('split');
  await page.locator('[data-step="1"]').nth(1).tap();
  await button('この分を別の伝票にする').tap();
  await page.waitForURL(/check=/);
  await payAll();
  assert.match(await page.locator('.receipt').innerText(), /登録番号 T\d{13}[\s\S]*8%※対象/);
  await laws('a receipt');
  await page.locator('#next').tap();
  await page.waitForURL((url) => url.pathname === '/');
  await page.getByRole('link', { name: /卓 12/ }).first().tap();
  await page.getByRole('heading', { name: '卓 12' }).waitFor();
  await page.locator('#pay').tap();
  await page.waitForURL(/\/pay$/);
  await laws('pay');
  await page.getByLabel('お預り・金額').fill('500');
  await button('Visa').tap();
  await page.getByText('残り', { exact: true }).waitFor();
  await page.locator('#pay-cash').tap();
  await page.waitForURL(/\/receipts\//);
});

step('中締め', async () => {
  await page.goto(at('/inspect?kind=interim'));
  await laws('中締め');
  await button('中締めを記録する').tap();
  await page.getByText('中締めを記録しました').waitFor();
});

step('a bill is voided with a manager’s word', async () => {
  await page.goto(at('/'));
  await tapTile(2);
  await payAll();
  await page.getByRole('link', { name: '取り消す（赤伝票）' }).tap();
  await button('赤伝票を作る').tap();
  await page.getByLabel('店長のPIN').fill('1111');
  await laws('the manager is asked');
  await button('承認して続ける').tap();
  await page.getByText('を取り消しました').waitFor();
  await page.goto(at('/checks'));
  await laws('checks');
  assert.match(await page.locator('tbody').innerText(), /取消済み/);
});

step('精算 with ¥120 missing ends in the printable day', async () => {
  await page.goto(at('/settle'));
  let left = yen(await page.locator('#counted dd').first().innerText()) - MISSING;
  for (const face of FACES) {
    const count = Math.floor(left / face);
    left -= count * face;
    await page.locator(`#f-count-${face}`).fill(String(count));
  }
  await page.waitForFunction((missing) => document.getElementById('over-short').textContent.includes(`−¥${missing}`), MISSING);
  await laws('精算');
  await page.locator('#to-close').tap();
  await page.locator('#close-day').tap();
  await page.waitForURL(/\/settlements\//);
  assert.match(await page.locator('#report-over-short').innerText(), /−¥120/);
  await laws('日計表');
});

step('everything reaches head office by itself, and nothing broke on any page', async () => {
  await page.goto(at('/status'));
  await until(page, 'nothing waits', async () => (await page.locator('#bar').innerText()).includes('送信済み'));
  await laws('status');
  assert.deepEqual(diary, []);
});

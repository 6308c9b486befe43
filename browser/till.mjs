// A day at the counter on a tablet, with fingers, and with the line gone from lunch to the next morning: lunch, a table
// that pays apart at two rates, a void that a manager agrees to, 中締め, dinner past midnight, 精算 with ¥120 missing.
// Then the line is back, and FLARO shows the day equal to the yen, by itself. Every page on the way keeps the laws.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { axe, form } from './laws.mjs';
import { browser, logIn, person, place, story, TABLET, until } from './visit.mjs';

const FLOAT = 30_000;
const MISSING = 120;
const FACES = [10_000, 5_000, 2_000, 1_000, 500, 100, 50, 10, 5, 1];

const step = story();
let chrome;
let page;
let diary;
// What whoever stands at the counter would write down: every bill that counts, by what its receipt says.
const bills = [];

before(async () => {
  chrome = await browser();
  ({ page, diary } = await person(chrome, { viewport: TABLET, hasTouch: true }));
});
after(async () => { await chrome.close(); });

const at = (path) => `${place('till')}${path}`;
const button = (name) => page.getByRole('button', { name, exact: true });
const yen = (text) => Number(text.replace(/[^0-9−-]/g, '').replace('−', '-'));
const total = async () => yen(await page.locator('#total').innerText());
const sum = (amounts) => amounts.reduce((all, amount) => all + amount, 0);

// The runner of this story moves everybody's clock, and cuts the line between till and head office.
async function stage(what, word) {
  const answer = await fetch(`${place('stage')}/${what}`, { method: 'POST', body: word });
  assert.equal(answer.status, 204, `${what} ${word}`);
}

async function laws(where) {
  const wrong = [...await axe(page), ...await form(page, { touch: true })];
  assert.deepEqual(wrong, [], where);
}

async function signIn() {
  await page.goto(at('/sign-in'));
  await until(page, 'the till has its masters', async () => await page.locator('.staff-tile').count() > 0);
  await page.locator('.staff-tile').nth(1).tap();
  for (const digit of '2222') await button(digit).tap();
  await button('始める').tap();
  await page.waitForURL((url) => url.pathname !== '/sign-in');
}

async function tapTile(nth) {
  const before = await total();
  await page.locator('.tile:visible').nth(nth).tap();
  await page.waitForFunction((was) => Number(document.getElementById('total').textContent.replace(/[^0-9]/g, '')) !== was, before);
}

async function guests(male) {
  await page.locator('#seat-open').tap();
  await page.getByLabel('男性').fill(String(male));
  await button('決める').tap();
  await page.locator('#seat-open').filter({ hasText: `男${male}` }).waitFor();
}

async function payAll() {
  await page.locator('#pay').tap();
  await page.waitForURL(/\/pay$/);
  await page.locator('#pay-cash').tap();
  await page.waitForURL(/\/receipts\//);
}

// Reads the receipt in sight into the book.
async function book(hour, heads, card = 0) {
  const text = await page.locator('.receipt').innerText();
  const of = (label) => yen(text.match(new RegExp(`${label}[^¥]*(¥[0-9,]+)`))?.[1] ?? '0');
  bills.push({ hour, heads, card, total: of('合計'), ten: of('（10%対象'), eight: of('（8%※対象') });
  assert.equal(bills.at(-1).total, bills.at(-1).ten + bills.at(-1).eight, text);
}

step('signing in with a PIN', async () => {
  await page.goto(at('/sign-in'));
  await until(page, 'the till has its masters', async () => await page.locator('.staff-tile').count() > 0);
  await laws('sign-in');
  await signIn();
  await page.waitForURL(/\/open$/);
});

step('opening with a float', async () => {
  await laws('open');
  await page.getByLabel('釣銭準備金').fill(String(FLOAT));
  await button('レジを開く').tap();
  await page.waitForURL((url) => url.pathname === '/');
  await laws('sell');
  await until(page, 'the opening is sent', async () => (await page.locator('#bar').innerText()).includes('送信済み'));
});

step('at lunch the line goes, and a table orders, takes one dish home and pays apart at two rates', async () => {
  await stage('line', 'down');
  await stage('clock', '2026-11-22T12:05');
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
  await book('12時', 0);
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
  await book('12時', 2, 500);
  await until(page, 'the till says that the line is gone', async () => /オフライン　未送信 \d+件（12:05から）/.test(await page.locator('#bar').innerText()));
  await laws('offline');
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

step('中締め', async () => {
  await stage('clock', '2026-11-22T14:30');
  await page.goto(at('/inspect?kind=interim'));
  await laws('中締め');
  await button('中締めを記録する').tap();
  await page.getByText('中締めを記録しました').waitFor();
});

step('dinner goes on past midnight and stays the same business day', async () => {
  for (const [clock, hour, heads, tiles] of [
    ['2026-11-22T19:20', '19時', 3, [0, 0, 2]],
    ['2026-11-23T01:10', '25時', 1, [2, 2]],
  ]) {
    await stage('clock', clock);
    await signIn();
    await page.goto(at('/'));
    for (const tile of tiles) await tapTile(tile);
    await guests(heads);
    await payAll();
    await book(hour, heads);
  }
  const bar = await page.locator('#bar').innerText();
  assert.match(bar, /営業日 11\/22[\s\S]*25:10/);
});

step('精算 with ¥120 missing ends in the printable day', async () => {
  await stage('clock', '2026-11-23T01:40');
  await page.goto(at('/settle'));
  let left = yen(await page.locator('#counted dd').first().innerText());
  assert.equal(left, FLOAT + sum(bills.map((bill) => bill.total - bill.card)), 'what should be in the drawer');
  left -= MISSING;
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
  assert.match(await page.locator('#bar').innerText(), /オフライン　未送信 \d+件/);
});

step('the next morning the line is back, and everything goes by itself', async () => {
  await stage('clock', '2026-11-23T09:00');
  await stage('line', 'up');
  await signIn();
  await page.goto(at('/status'));
  await until(page, 'nothing waits', async () => (await page.locator('#bar').innerText()).includes('送信済み'));
  await laws('status');
  assert.deepEqual(diary, []);
});

// The rows of a table of a day's page at FLARO, by their headings; the last is its total.
async function rows(desk, section) {
  return desk.locator(`#${section} table`).first().evaluate((table) => {
    const heads = [...table.querySelectorAll('thead th')].map((th) => th.textContent.trim());
    return [...table.querySelectorAll('tbody tr, tfoot tr')].map((tr) =>
      Object.fromEntries([...tr.children].map((cell, nth) => [heads[nth], cell.textContent.trim()])));
  });
}

step('FLARO shows the day equal to the yen', async () => {
  const { page: desk, diary: desks } = await person(chrome);
  await logIn(desk, place('flaro'), process.env.SHIME_LOGIN);
  await desk.goto(`${place('flaro')}/days?from=2026/11/22&to=2026/11/22`);
  await until(desk, 'the day has come', async () => await desk.locator('main a[href*="/2026-11-22"]').count() > 0
    && /受信済/.test(await desk.locator('main tbody').innerText()));
  await desk.locator('main a[href*="/2026-11-22"]').first().click();
  await desk.waitForURL(/\/days\/[^/]+\/2026-11-22/);

  const all = sum(bills.map((bill) => bill.total));
  const [settled] = await rows(desk, 'settlement');
  const counts = { 税込: all, 客数: 6, 会計数: 4, 赤伝票: 1, 釣銭準備金: FLOAT, 過不足: -MISSING };
  for (const [head, figure] of Object.entries(counts)) assert.equal(yen(settled[head]), figure, `${head} ${JSON.stringify(settled)}`);
  const cash = all - sum(bills.map((bill) => bill.card));
  assert.equal(yen(settled['あるべき現金']), FLOAT + cash);
  assert.equal(yen(settled['現金在高']), FLOAT + cash - MISSING);

  const rates = await rows(desk, 'rates');
  const rate = (percent) => yen(rates.find((row) => row['税区分'].includes(percent))['税込']);
  assert.equal(rate('10%'), sum(bills.map((bill) => bill.ten)));
  assert.equal(rate('8%'), sum(bills.map((bill) => bill.eight)));

  const hours = await rows(desk, 'hourly_sales');
  for (const hour of ['12時', '19時', '25時']) {
    const own = bills.filter((bill) => bill.hour === hour);
    const row = hours.find((each) => each['時間帯'] === hour);
    assert.equal(yen(row['税込']), sum(own.map((bill) => bill.total)), `${hour} ${JSON.stringify(hours)}`);
    assert.equal(yen(row['客数']), sum(own.map((bill) => bill.heads)), hour);
  }

  const payments = await rows(desk, 'payment_sales');
  const paid = (name) => sum(payments.filter((row) => Object.values(row).includes(name)).map((row) => yen(row['金額（税込）'])));
  assert.equal(paid('Visa'), 500, JSON.stringify(payments));
  assert.equal(paid('現金'), cash, JSON.stringify(payments));
  assert.deepEqual(desks, []);
});

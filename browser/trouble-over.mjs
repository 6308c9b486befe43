// The receiver is back: everything has gone by itself; what a person can do from here on is ask once more.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { browser, logIn, person, place, story, until } from './visit.mjs';

const LINKAGE = '/settings/linkages/flaro';

const step = story();
let chrome;
let me;
let page;
before(async () => {
  chrome = await browser();
  me = await person(chrome);
  page = me.page;
  await logIn(page, place('pos'), process.env.SHIME_LOGIN);
});
after(async () => { await chrome.close(); });

const main = () => page.locator('main');
const standing = () => main().locator('.pairs .chip').first().innerText();
const attempts = () => main().locator('section').filter({ hasText: '送信の試行' }).locator('tbody tr').count();

async function resend() {
  await main().getByRole('link', { name: '再送…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: '再送する' }).click();
  await page.getByText('再送の列に入れました').waitFor();
}

step('nobody pressed anything: all four are 送信済み, each with a receipt', async () => {
  await page.goto(`${place('pos')}/deliveries?state=delivered`);
  const rows = await main().locator('tbody tr').allInnerTexts();
  assert.equal(rows.length, 4);
  for (const row of rows) assert.match(row, /送信済み[\s\S]*受領証あり/);
  await page.goto(place('pos') + LINKAGE);
  assert.match(await main().innerText(), /送信待ち\s*0件/);
  // What FLARO knows of the stores is sent again by itself, too, and at its own times.
  await until(page, 'FLARO has confirmed the stores', async () => /連携状態\s*連携中/.test(await main().innerText()));
});

step('照合 says that both ends have the same', async () => {
  await page.goto(`${place('pos')}/deliveries/comparison`);
  const words = await main().locator('tbody .chip').allInnerTexts();
  assert.equal(words.length, 4);
  for (const word of words) assert.equal(word.trim(), '照合済');
});

step('再送 of one: sent once more under the same number, one more attempt on record', async () => {
  await page.goto(`${place('pos')}/deliveries?state=delivered`);
  await main().locator('tbody').getByRole('link').first().click();
  const before = await attempts();
  await resend();
  await until(page, 'it has arrived again', async () => await attempts() > before && (await standing()).includes('送信済み'));
});

step('while paused it waits; 再開 lets it go', async () => {
  const here = page.url();
  await page.goto(place('pos') + LINKAGE);
  await page.getByRole('button', { name: '送信を一時停止' }).click();
  await page.getByText('送信を一時停止しました').waitFor();
  await page.goto(here);
  const before = await attempts();
  await resend();
  assert.match(await standing(), /停止中|送信待ち|再送待ち/);
  await page.goto(place('pos') + LINKAGE);
  assert.match(await main().innerText(), /送信待ち\s*1件/);
  await page.getByRole('button', { name: '送信を再開' }).click();
  await page.getByText('送信を再開しました').waitFor();
  await page.goto(here);
  await until(page, 'it has arrived once more', async () => await attempts() > before && (await standing()).includes('送信済み'));
});

step('再送 of a range: what it means is said first, then all four go again', async () => {
  await page.goto(`${place('pos')}/deliveries/resend`);
  await page.getByLabel(/^始まりの営業日/).fill('2017/01/01');
  await page.getByLabel(/^終わりの営業日/).fill('２０１７/０１/０４');
  await page.getByRole('button', { name: '内容を確認' }).click();
  assert.match(await main().innerText(), /再送する精算\s*4件/);
  await page.getByRole('link', { name: '再送…' }).click();
  const dialog = page.getByRole('dialog');
  assert.match(await dialog.innerText(), /二重になることはありません/);
  await dialog.getByRole('button', { name: '再送する' }).click();
  await until(page, 'all four are in the queue', async () => /4 \/ 4/.test(await main().innerText()));
  await page.goto(`${place('pos')}/deliveries`);
  const words = async () => (await main().locator('tbody .chip').allInnerTexts()).map((word) => word.trim());
  await until(page, 'all four have arrived again', async () => (await words()).filter((word) => word === '送信済み').length === 4);
});

step('the calendar of the month has the four days as 送信済み', async () => {
  await page.goto(`${place('pos')}/deliveries/month?month=2017-01`);
  await main().getByRole('link', { name: '本店', exact: true }).click();
  const calendar = page.locator('table.calendar');
  assert.equal(await calendar.locator('.chip').filter({ hasText: '送信済み' }).count(), 4);
});

step('テスト送信 comes back with a receipt', async () => {
  await page.goto(place('pos') + LINKAGE);
  await page.getByRole('button', { name: 'テスト送信' }).click();
  await page.getByText('テスト送信は成功しました。FLAROから受領証が届きました').waitFor();
});

step('the back office has the four days', async () => {
  await logIn(page, place('flaro'), process.env.SHIME_LOGIN);
  await page.goto(`${place('flaro')}/linkages/events`);
  assert.ok(await main().locator('tbody tr').count() >= 4);
  assert.deepEqual(me.diary, [], 'nothing broke on the way');
});

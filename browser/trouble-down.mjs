// The receiver is down, and a till has closed four business days: what waits is seen, nothing is lost, nobody is misled.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { browser, logIn, person, place, story, until } from './visit.mjs';

const LINKAGE = '/settings/linkages/flaro';

const step = story();
let chrome;
let page;
before(async () => {
  chrome = await browser();
  ({ page } = await person(chrome));
  await logIn(page, place('pos'), process.env.SHIME_LOGIN);
});
after(async () => { await chrome.close(); });

const main = () => page.locator('main');
const chips = async () => (await main().locator('tbody .chip').allInnerTexts()).map((word) => word.trim());

// Nothing has arrived, and each row says why in one of these words.
const NOT_YET = ['送信待ち', '送信中', '再送待ち', '停止中'];

step('what was closed waits, and the first of it was tried', async () => {
  await page.goto(`${place('pos')}/deliveries`);
  const tried = async () => (await chips()).some((word) => word === '再送待ち' || word === '停止中');
  await until(page, 'four settlements wait and one was tried', async () => (await chips()).length === 4 && await tried());
  for (const word of await chips()) assert.ok(NOT_YET.includes(word), word);
});

step('the oldest business day went first: its attempts are on record with what came back, nothing', async () => {
  await main().getByRole('link', { name: /2017\/01\/01/ }).click();
  await page.getByRole('heading', { name: '送信の試行' }).waitFor();
  assert.match(await main().innerText(), /応答なし/);
  assert.match(await main().innerText(), /次に送る時刻/);
});

step('FLARO連携 counts what waits', async () => {
  await page.goto(place('pos') + LINKAGE);
  assert.match(await main().innerText(), /送信待ち\s*4件/);
});

step('テスト送信 says that it did not arrive', async () => {
  await page.getByRole('button', { name: 'テスト送信' }).click();
  await page.getByText('テスト送信は届きませんでした').waitFor();
});

step('送信を一時停止 and 再開', async () => {
  await page.getByRole('button', { name: '送信を一時停止' }).click();
  await page.getByText('送信を一時停止しました').waitFor();
  assert.match(await main().innerText(), /連携状態\s*一時停止中/);
  await page.getByRole('button', { name: '送信を再開' }).click();
  await page.getByText('送信を再開しました').waitFor();
  assert.doesNotMatch(await main().innerText(), /一時停止中/);
});

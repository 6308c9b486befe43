// The linkage with scripts switched off: nothing nicer, nothing missing.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { browser, logIn, person, place, story } from './visit.mjs';

const LINKAGE = '/settings/linkages/flaro';
const FIRST = 'みなと食堂 本店';

const step = story();
let chrome;
let page;
before(async () => {
  chrome = await browser();
  ({ page } = await person(chrome, { javaScriptEnabled: false }));
});
after(async () => { await chrome.close(); });

const field = (label) => page.getByRole('textbox', { name: `${FIRST}の${label}`, exact: true });
const flip = (label) => page.getByRole('switch', { name: label, exact: true });
const button = (name) => page.getByRole('button', { name, exact: true });

step('logging in, and being refused first', async () => {
  await page.goto(`${place('pos')}/login`);
  await page.getByLabel('ログインID').fill('owner@minato.example');
  await page.getByLabel('パスワード').fill('not the password');
  await button('ログイン').click();
  assert.match(await page.getByRole('alert').innerText(), /ログインID/);
  assert.equal(await page.getByLabel('ログインID').inputValue(), 'owner@minato.example', 'what was typed stays');
  await logIn(page, place('pos'), 'owner@minato.example');
});

step('連携開始: the URL can be selected; there is no button that would do nothing', async () => {
  await page.goto(place('pos') + LINKAGE);
  await button('連携開始').click();
  const url = page.getByRole('textbox', { name: /Webhook連携先URL/ });
  assert.ok((await url.inputValue()).startsWith(`${place('flaro')}/`));
  assert.equal(await page.getByRole('button', { name: /コピー/ }).count(), 0);
  await page.getByRole('link', { name: '店舗ごとの設定へ進む' }).click();
});

step('登録: refused with the mistake beside its field, then taken', async () => {
  await field('FLARO店舗コード').fill('12345678901');
  await button('登録').click();
  assert.equal(await field('FLARO店舗コード').getAttribute('aria-invalid'), 'true');
  assert.equal(await field('FLARO店舗コード').inputValue(), '12345678901');
  await field('FLARO店舗コード').fill('0000000101');
  await field('連携開始日').fill('2098/01/01');
  await field('連携終了日').fill('2099/12/31');
  await page.locator('label').filter({ has: flip(`${FIRST}の連携状態`) }).click();
  await button('登録').click();
  assert.match(await page.getByRole('status').first().innerText(), /登録しました/);
  assert.ok(await flip(`${FIRST}の連携状態`).isChecked());
});

step('共通設定', async () => {
  const products = flip('商品の連携にPOS「自社商品コード」を使う');
  await page.locator('label').filter({ has: products }).click();
  await button('共通設定を登録').click();
  assert.ok(await products.isChecked());
});

step('lists narrow by their filters', async () => {
  await page.goto(`${place('pos')}/history`);
  await page.getByLabel('終了日').fill('2020/01/01');
  await button('検索').click();
  assert.match(await page.locator('main').innerText(), /条件に合う/);
});

step('連携解除 asks in the same dialog', async () => {
  await page.goto(place('pos') + LINKAGE);
  const dialog = page.getByRole('dialog', { name: 'FLAROとの連携を解除しますか？' });
  assert.equal(await dialog.count(), 0);
  await page.getByRole('link', { name: '連携解除…' }).click();
  await dialog.getByRole('link', { name: 'キャンセル' }).click();
  assert.equal(await dialog.count(), 0);
  await page.getByRole('link', { name: '連携解除…' }).click();
  await dialog.getByRole('button', { name: '連携解除' }).click();
  assert.ok(await button('連携開始').isVisible());
});

step('logging out', async () => {
  await button('ログアウト').click();
  await page.goto(`${place('pos')}/settlements`);
  assert.equal(new URL(page.url()).pathname, '/login');
});

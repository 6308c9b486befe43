// The linkage from start to end without a mouse: Tab, Enter, Space and Escape only, and the focus is always in sight.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { browser, person, PASSWORD, place, story } from './visit.mjs';

// More stops than any page of the linkage has: then the thing looked for can't be reached.
const STOPS_MAX = 80;

const step = story();
let chrome;
let page;
before(async () => {
  chrome = await browser();
  ({ page } = await person(chrome));
});
after(async () => { await chrome.close(); });

const focused = () => page.locator(':focus');

// Where the focus is must be seen: on the thing itself, or on what is drawn in its place.
async function inSight() {
  const seen = await focused().evaluate((e) => {
    const drawn = e.matches('[role=switch]') ? e.parentElement.querySelector('.track') : e;
    const style = getComputedStyle(drawn);
    const box = drawn.getBoundingClientRect();
    const inView = box.bottom > 0 && box.top < innerHeight && box.width > 0 && box.height > 0;
    return { outline: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2, inView, what: e.outerHTML.slice(0, 120) };
  });
  assert.ok(seen.outline, `no focus to be seen on ${seen.what}`);
  assert.ok(seen.inView, `the focus is out of sight on ${seen.what}`);
}

// Goes on with Tab until the focus is on this thing.
async function tabTo(wanted) {
  for (let stop = 0; stop < STOPS_MAX; stop += 1) {
    await page.keyboard.press('Tab');
    if (await focused().count() === 0) continue; // past the end of the page
    if (await wanted.evaluate((e) => e === document.activeElement)) return inSight();
  }
  throw new Error(`Tab never comes to ${wanted}`);
}

async function enter() {
  await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
}

const link = (name) => page.getByRole('link', { name });
const button = (name) => page.getByRole('button', { name, exact: true });
const field = (label) => page.getByRole('textbox', { name: `みなと食堂 本店の${label}`, exact: true });

step('logging in', async () => {
  await page.goto(`${place('pos')}/login`);
  await tabTo(page.getByLabel('ログインID'));
  await page.keyboard.type('owner@minato.example');
  await tabTo(page.getByLabel('パスワード'));
  await page.keyboard.type(PASSWORD);
  await enter();
  assert.notEqual(new URL(page.url()).pathname, '/login');
});

step('the first Tab offers to skip the menu', async () => {
  await page.keyboard.press('Tab');
  assert.equal(await focused().innerText(), '本文へ移動');
  await inSight();
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
});

step('設定＞外部連携設定 and 連携開始', async () => {
  await page.reload();
  await tabTo(link('外部連携設定'));
  await enter();
  await tabTo(button('連携開始'));
  await enter();
  assert.match(await page.locator('h1').innerText(), /連携を開始しました/);
});

step('the Webhook連携先URL is copied and left behind', async () => {
  await tabTo(page.getByRole('textbox', { name: /Webhook連携先URL/ }));
  await tabTo(page.getByRole('button', { name: /コピー/ }));
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: /コピーしました/ }).waitFor();
  await tabTo(link('店舗ごとの設定へ進む'));
  await enter();
});

step('a mistake: the focus goes to the summary, from there to the field', async () => {
  await tabTo(field('FLARO店舗コード'));
  await page.keyboard.type('12345678901');
  await tabTo(button('登録'));
  await enter();
  assert.match(await focused().innerText(), /入力内容を確認してください/);
  await tabTo(link(/数字10桁以内で入力してください/));
  await page.keyboard.press('Enter');
  assert.ok(await field('FLARO店舗コード').evaluate((e) => e === document.activeElement));
});

step('code, dates and the switch', async () => {
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('0000000101');
  await tabTo(field('連携開始日'));
  await page.keyboard.type('2098/01/01');
  await tabTo(field('連携終了日'));
  await page.keyboard.type('2099/12/31');
  const flip = page.getByRole('switch', { name: 'みなと食堂 本店の連携状態' });
  await tabTo(flip);
  await page.keyboard.press('Space');
  assert.ok(await flip.isChecked());
  await tabTo(button('登録'));
  await enter();
  assert.match(await page.getByRole('status').first().innerText(), /登録しました/);
});

step('共通設定 and マッピング情報', async () => {
  const flip = page.getByRole('switch', { name: '商品の連携にPOS「自社商品コード」を使う' });
  await tabTo(flip);
  await page.keyboard.press('Space');
  await tabTo(button('共通設定を登録'));
  await enter();
  assert.ok(await flip.isChecked());
  await tabTo(link('みなと食堂 本店のマッピング情報'));
  await enter();
  assert.match(await page.locator('h1').innerText(), /マッピング情報/);
  await tabTo(link('FLARO'));
  await enter();
});

step('連携解除: Escape leaves the dialog, キャンセル has the focus first', async () => {
  const open = link('連携解除…');
  await tabTo(open);
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'FLAROとの連携を解除しますか？' });
  await dialog.waitFor();
  assert.equal(await focused().innerText(), 'キャンセル');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  assert.ok(await open.evaluate((e) => e === document.activeElement), 'the focus is back where it was');
});

step('連携解除: Tab stays in the dialog, and the button ends the linkage', async () => {
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'FLAROとの連携を解除しますか？' });
  await dialog.waitFor();
  await tabTo(dialog.getByRole('button', { name: '連携解除' }));
  assert.ok(await dialog.evaluate((e) => e.contains(document.activeElement)));
  await enter();
  await button('連携開始').waitFor();
});

// The manual 「FLARO連携設定」, page by page, played by a person at a place that nobody has linked yet.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { browser, logIn, person, place, story, until } from './visit.mjs';

const LINKAGE = '/settings/linkages/flaro';
const STORES = ['みなと食堂 本店', 'みなとカフェ 駅前店', '酒場みなと'];
const [FIRST, SECOND, THIRD] = STORES;
const START_BUTTON = { name: '連携開始', exact: true };
const SAVE = { name: '登録', exact: true };
const CONTENTS = ['精算情報', '時間帯別売上', '商品別売上', '商品時間帯別売上', '支払方法別売上', '広告媒体別売上', '会計情報', '値引・割引情報'];

let chrome;
let me;
let page;
let today; // as the stores have it: the page itself says which day it is
let webhookUrl;

before(async () => {
  chrome = await browser();
  me = await person(chrome, { permissions: ['clipboard-read', 'clipboard-write'] });
  page = me.page;
  await logIn(page, place('pos'), 'owner@minato.example');
});
after(async () => { await chrome.close(); });

const step = story();
const linkage = () => page.goto(place('pos') + LINKAGE);
const main = () => page.locator('main');
const field = (store, label) => page.getByLabel(`${store}の${label}`, { exact: true });
const flip = (label) => page.getByRole('switch', { name: label, exact: true });
const isOn = (store) => flip(`${store}の連携状態`);
const badge = (store) => page.getByRole('row').filter({ hasText: store }).locator('.chip').first();
const days = (n) => new Date(Date.parse(`${today}T00:00:00Z`) + n * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '/');

async function type(store, { code, start, end, on }) {
  if (code !== undefined) await field(store, 'FLARO店舗コード').fill(code);
  if (start !== undefined) await field(store, '連携開始日').fill(start);
  if (end !== undefined) await field(store, '連携終了日').fill(end);
  if (on !== undefined) await turn(isOn(store), on);
}

// The switch is drawn over its checkbox: a person taps what is drawn.
async function turn(one, on) {
  if (await one.isChecked() !== on) await page.locator('label').filter({ has: one }).click();
}

async function save() {
  await page.getByRole('button', SAVE).click();
  await page.waitForLoadState();
}

// What is said under a field, which must be tied to it, and once more in a summary that has the focus and leads there.
async function refused(store, label, { first = true } = {}) {
  const wrong = field(store, label);
  assert.equal(await wrong.getAttribute('aria-invalid'), 'true', `${store}の${label} is marked`);
  const tied = (await wrong.getAttribute('aria-describedby')).split(' ').find((id) => id.endsWith('-error'));
  const said = (await page.locator(`[id="${tied}"]`).innerText()).trim();
  const summary = page.getByRole('alert').filter({ hasText: '入力内容を確認してください' });
  if (first) assert.ok(await summary.evaluate((e) => e === document.activeElement), 'the summary has the focus');
  await summary.getByRole('link', { name: said }).first().click();
  assert.ok(await wrong.evaluate((e) => e === document.activeElement), 'the summary leads to the field');
  return said;
}

step('2.1 初期画面: 設定＞外部連携設定＞FLARO leads to the start screen', async () => {
  await page.goto(place('pos'));
  const menu = page.getByRole('navigation', { name: 'メニュー' });
  await menu.getByRole('link', { name: '外部連携設定' }).click();
  assert.match(await page.getByRole('navigation', { name: '現在の位置' }).innerText(), /設定[\s\S]*外部連携設定[\s\S]*FLARO/);
  const said = await main().innerText();
  assert.match(said, /企業コード\s*0012345/);
  assert.match(said, /企業名称\s*株式会社みなと食堂/);
  assert.ok(await page.getByRole('button', START_BUTTON).isVisible());
  assert.doesNotMatch(said, /連携解除/);
});

step('1.1 連携内容: the start screen names all eight, and what happens offline', async () => {
  const listed = await page.getByRole('listitem').allInnerTexts();
  assert.deepEqual(listed.filter((item) => CONTENTS.includes(item)), CONTENTS);
  assert.match(await main().innerText(), /オフラインの間は送られず、オンラインに戻ると自動で送られます/);
});

step('2.1 連携開始: a person without the right to may look, and is told who may', async () => {
  const other = await person(chrome);
  await logIn(other.page, place('pos'), 'honbu@minato.example');
  await other.page.goto(place('pos') + LINKAGE);
  assert.match(await other.page.locator('main').innerText(), /連携を開始できるのは企業管理者だけです/);
  await other.context.close();
  const shop = await person(chrome);
  await logIn(shop.page, place('pos'), 'honten@minato.example');
  assert.equal((await shop.page.goto(place('pos') + LINKAGE)).status(), 403);
  await shop.context.close();
});

step('2.1 連携開始: the Webhook連携先URL is shown, can be copied and not be changed', async () => {
  await linkage();
  await page.getByRole('button', START_BUTTON).click();
  await page.waitForLoadState();
  const url = page.getByRole('textbox', { name: /Webhook連携先URL/ });
  webhookUrl = await url.inputValue();
  assert.ok(webhookUrl.startsWith(`${place('flaro')}/`), webhookUrl);
  assert.ok(await url.evaluate((e) => e.readOnly), 'it is read-only');
  await page.getByRole('button', { name: /コピー/ }).click();
  await page.getByRole('button', { name: /コピーしました/ }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), webhookUrl);
});

step('2.1 注意事項: shown that once, to nobody again, and the start screen is gone while linked', async () => {
  await page.getByRole('link', { name: '店舗ごとの設定へ進む' }).click();
  await page.getByRole('heading', { name: '店舗ごとの連携' }).waitFor();
  for (const again of [linkage, () => page.reload()]) {
    await again();
    assert.ok(!(await page.content()).includes(webhookUrl), 'the URL is shown again');
  }
  // Going back leads to the answer of a button, which was never stored: the browser has nothing to show.
  const tab = await me.context.newPage();
  [page, me.page] = [tab, page];
  await assert.rejects(me.page.goBack(), /ERR_CACHE_MISS/);
  await me.page.close();
  await linkage();
  assert.equal(await page.getByRole('button', START_BUTTON).count(), 0);
  assert.match(await main().innerText(), /Webhook連携先：\S+•••/);
  const other = await person(chrome);
  await logIn(other.page, place('pos'), 'honbu@minato.example');
  await other.page.goto(place('pos') + LINKAGE);
  assert.ok(!(await other.page.content()).includes(webhookUrl), 'another person sees the URL');
  assert.equal(await other.page.getByRole('button', START_BUTTON).count(), 0);
  await other.context.close();
});

step('2.2 the stores are shown with their names, and none is linked yet', async () => {
  const rows = await page.getByRole('rowheader').allInnerTexts();
  assert.deepEqual(rows.map((row) => row.split('\n')[0]), STORES);
  for (const store of STORES) assert.equal((await badge(store).innerText()).trim(), '未設定');
});

step('2.2 ②: 連携開始日 before today is refused, and says which day today is', async () => {
  await type(FIRST, { code: '1234567890', start: '2020/01/01', end: '2099/12/31', on: false });
  await save();
  const said = await refused(FIRST, '連携開始日');
  assert.match(said, /本日（\d{4}\/\d{2}\/\d{2}）以降の日付を入力してください/);
  today = said.match(/(\d{4})\/(\d{2})\/(\d{2})/).slice(1).join('-');
  assert.equal(await field(FIRST, 'FLARO店舗コード').inputValue(), '1234567890', 'what was typed stays');
});

const REFUSED = [
  ['①: 11 digits', { code: '12345678901' }, 'FLARO店舗コード', /数字10桁以内で入力してください（いま11桁です）/],
  ['①: letters', { code: '12A' }, 'FLARO店舗コード', /数字だけで入力してください/],
  ['③: 連携終了日 today', { end: () => days(0) }, '連携終了日', /より後の日付を入力してください/],
  ['③: 連携終了日 yesterday', { end: () => days(-1) }, '連携終了日', /より後の日付を入力してください/],
  ['③: 連携終了日 before 連携開始日', { start: () => days(20), end: () => days(10) }, '連携終了日', /連携開始日以降の日付を入力してください/],
  ['③: a day that does not exist', { end: '2099/02/30' }, '連携終了日', /ある日付を入力してください/],
  ['④: on without a code', { code: '', on: true }, 'FLARO店舗コード', /オンにするには、FLARO店舗コードを入力してください/],
  ['④: on without 連携開始日', { start: '', on: true }, '連携開始日', /オンにするには、連携開始日を入力してください/],
  ['④: on without 連携終了日', { end: '', on: true }, '連携終了日', /オンにするには、連携終了日を入力してください/],
];

for (const [what, typed, label, message] of REFUSED) {
  step(`2.2 ${what} is refused beside its field`, async () => {
    await linkage();
    const given = Object.fromEntries(Object.entries(typed).map(([key, value]) => [key, typeof value === 'function' ? value() : value]));
    await type(FIRST, { code: '1234567890', start: days(0), end: '2099/12/31', on: false, ...given });
    await save();
    assert.match(await refused(FIRST, label), message);
    await linkage();
    assert.equal(await field(FIRST, 'FLARO店舗コード').inputValue(), '', 'nothing is stored');
  });
}

step('2.2 ①: a code used twice is refused at both stores, each naming the other, and 登録 saves all rows or none', async () => {
  await linkage();
  await type(FIRST, { code: '1234567890', start: days(0), end: '2099/12/31', on: true });
  await type(SECOND, { code: '777', start: days(0), end: '2099/12/31', on: true });
  await type(THIRD, { code: '777' });
  await save();
  assert.match(await refused(SECOND, 'FLARO店舗コード'), new RegExp(THIRD));
  assert.match(await refused(THIRD, 'FLARO店舗コード', { first: false }), new RegExp(SECOND));
  await linkage();
  for (const store of STORES) {
    assert.equal(await field(store, 'FLARO店舗コード').inputValue(), '');
    assert.equal((await badge(store).innerText()).trim(), '未設定');
  }
});

step('2.2 ①〜④: 1234567890, leading zeros and full-width digits are taken, and the badge says 連携済', async () => {
  await linkage();
  await type(FIRST, { code: '1234567890', start: days(0), end: days(1), on: true });
  await type(SECOND, { code: '0000000102', start: days(0).replaceAll('/', '-'), end: '2099/12/31', on: true });
  await type(THIRD, { code: '００００００１０３', start: days(30), end: '２０９９／１２／３１', on: true });
  await save();
  assert.match(await page.getByRole('status').first().innerText(), /登録しました/);
  assert.equal(await field(FIRST, 'FLARO店舗コード').inputValue(), '1234567890');
  assert.equal(await field(SECOND, 'FLARO店舗コード').inputValue(), '0000000102');
  assert.equal(await field(THIRD, 'FLARO店舗コード').inputValue(), '000000103');
  assert.equal(await field(THIRD, '連携終了日').inputValue(), '2099/12/31');
  assert.equal((await badge(FIRST).innerText()).trim(), '連携済');
  assert.equal((await badge(SECOND).innerText()).trim(), '連携済');
  assert.equal((await badge(THIRD).innerText()).trim(), '期間外');
});

step('2.2 two stores may swap their codes in one 登録, and a form gone stale is refused by name', async () => {
  const late = await me.context.newPage();
  await late.goto(place('pos') + LINKAGE);
  await type(FIRST, { code: '0000000102' });
  await type(SECOND, { code: '1234567890' });
  await save();
  assert.equal(await field(FIRST, 'FLARO店舗コード').inputValue(), '0000000102');
  await late.getByLabel(`${FIRST}のFLARO店舗コード`, { exact: true }).fill('555');
  await late.getByRole('button', SAVE).click();
  await late.getByRole('alert').filter({ hasText: '企業管理者' }).waitFor();
  assert.equal(await late.getByLabel(`${FIRST}のFLARO店舗コード`, { exact: true }).inputValue(), '555', 'what was typed stays');
  await late.close();
  await linkage();
  assert.equal(await field(FIRST, 'FLARO店舗コード').inputValue(), '0000000102');
});

// The newest settlement that is sent because a person asks for it: a business day before 連携開始日, which goes by
// 過去分連携 at any hour of the day. Its 商品別売上, as the bytes that were sent have them.
async function sendPast(day) {
  await page.goto(`${place('pos')}${LINKAGE}/past`);
  await page.getByLabel(/^店舗/).selectOption({ label: FIRST });
  await page.getByLabel(/^始まりの営業日/).fill(day);
  await page.getByLabel(/^終わりの営業日/).fill(day);
  await page.getByRole('button', { name: '内容を確認' }).click();
  await page.waitForURL(/from=/);
  const go = page.getByRole('link', { name: '過去分を送る…' });
  await until(page, `the till has sent the day ${day}`, async () => await go.count() > 0);
  await go.click();
  await page.getByRole('dialog').getByRole('button', { name: '過去分を送る' }).click();
  await page.getByText('過去分連携を受け付けました').waitFor();
  return sent(day);
}

async function sent(day) {
  await page.goto(`${place('pos')}/deliveries?from=${day}&to=${day}&state=delivered`);
  await until(page, `the day ${day} is delivered`, async () => await main().getByRole('link', { name: new RegExp(day) }).count() > 0);
  const href = await main().getByRole('link', { name: new RegExp(day) }).first().getAttribute('href');
  await page.goto(place('pos') + href);
  await page.getByText('本文を表示').click();
  assert.match(await page.locator('#body pre').innerText(), /"business_date": "\d{4}-\d\d-\d\d"/);
  const whole = await me.context.request.get(`${page.url()}?format=json`);
  return (await whole.json()).data.product_sales;
}

async function common(products, categories) {
  await linkage();
  for (const [label, on] of [['商品の連携にPOS「自社商品コード」を使う', products], ['商品カテゴリの連携にPOS「自社商品カテゴリコード」を使う', categories]]) {
    await turn(flip(label), on);
  }
  await page.getByRole('button', { name: '共通設定を登録' }).click();
  await page.getByText('共通設定を登録しました').waitFor();
}

const own = (rows) => ({
  products: rows.some((row) => row.own_product_code),
  categories: rows.some((row) => row.own_parent_category_code || row.own_child_category_code),
});

step('2.3 共通設定: each switch adds its codes to what is sent next, and changes nothing that was sent', async () => {
  const [one, two, three] = [days(-3), days(-2), days(-1)];
  assert.deepEqual(own(await sendPast(one)), { products: false, categories: false });
  await common(true, false);
  assert.deepEqual(own(await sendPast(two)), { products: true, categories: false });
  await common(false, true);
  assert.deepEqual(own(await sendPast(three)), { products: false, categories: true });
  assert.deepEqual(own(await sent(one)), { products: false, categories: false }, 'the first day as it was sent');
  await common(true, true);
  await linkage();
  assert.ok(await flip('商品の連携にPOS「自社商品コード」を使う').isChecked());
});

step('3.1 データ抽出: the 設定 icon leads to マッピング情報, each of the three can be downloaded', async () => {
  await linkage();
  await page.getByRole('link', { name: `${FIRST}のマッピング情報` }).click();
  for (const title of ['支払種別', '値引き別情報', '広告媒体']) {
    await page.getByRole('heading', { name: title, exact: true }).waitFor();
    const link = page.getByRole('link', { name: new RegExp(`CSVダウンロード\\s*（${title}）`) });
    const [file] = await Promise.all([page.waitForEvent('download'), link.click()]);
    assert.match(file.suggestedFilename(), new RegExp(`${title}_\\d{12}\\.csv$`));
  }
});

step('2.2 ⑤ 連携解除: the dialog says what follows, キャンセル changes nothing', async () => {
  await linkage();
  await page.getByRole('link', { name: '連携解除…' }).click();
  const dialog = page.getByRole('dialog', { name: 'FLAROとの連携を解除しますか？' });
  const said = await dialog.innerText();
  assert.match(said, /未送信の精算(が \d+件 あります。解除すると送られません|はありません)/);
  assert.match(said, /連携開始の画面に戻ります。これまでの履歴は残ります/);
  await dialog.getByRole('link', { name: 'キャンセル' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await linkage();
  assert.equal(await page.getByRole('button', START_BUTTON).count(), 0);
});

step('2.2 ⑤ 連携解除: back to the start screen; what was sent stays on record', async () => {
  await page.getByRole('link', { name: '連携解除…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: '連携解除' }).click();
  await page.getByRole('button', START_BUTTON).waitFor();
  assert.match(await page.getByRole('status').first().innerText(), /連携を解除しました/);
  await page.goto(`${place('pos')}/deliveries?from=${days(-3)}&to=${days(-1)}`);
  assert.ok(await main().getByRole('row').count() > 3);
});

step('連携開始 again: a new URL, codes prefilled, every switch off', async () => {
  await linkage();
  await page.getByRole('button', START_BUTTON).click();
  const url = await page.getByRole('textbox', { name: /Webhook連携先URL/ }).inputValue();
  assert.notEqual(url, webhookUrl);
  await linkage();
  assert.equal(await field(FIRST, 'FLARO店舗コード').inputValue(), '0000000102');
  assert.equal(await field(SECOND, 'FLARO店舗コード').inputValue(), '1234567890');
  for (const store of STORES) {
    assert.equal(await isOn(store).isChecked(), false);
    assert.notEqual((await badge(store).innerText()).trim(), '連携済');
  }
});

step('お問い合わせ: whom to ask about the till and about FLARO, as the manual has it', async () => {
  await page.getByRole('link', { name: 'ヘルプ', exact: true }).first().click();
  const said = await main().innerText();
  for (const contact of ['0120-210-440', '年中無休/24時間受付', 'https://support.usen.com/', 'https://flaro.jp/corporate/contact']) {
    assert.ok(said.includes(contact), contact);
  }
});

step('変更履歴 says who did all this', async () => {
  await page.goto(`${place('pos')}/history`);
  const said = await main().innerText();
  for (const deed of ['連携開始', '連携解除', '共通設定']) assert.ok(said.includes(deed), `${deed} is in 変更履歴`);
  assert.deepEqual(me.diary, [], 'nothing broke on the way');
});

// データ抽出 of the manual: its example of 支払種別 as a file, to the letter and to the byte.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before } from 'node:test';
import { inflateRawSync } from 'node:zlib';
import { browser, logIn, person, place, story } from './visit.mjs';

const CARDS = ['Visa', 'Mastercard', 'JCB', 'American Express', 'Diners Club', 'Discover', 'その他クレジット', 'USEN Visaカード',
  'クレジット2', 'クレジット3', 'クレジット4', 'クレジット5', 'クレジット6', 'クレジット7', 'クレジット8', 'クレジット9', 'クレジット10'];
const code = (n) => `1${String(n).padStart(19, '0')}`;
const EXAMPLE = ['支払種目,支払科目名称,取込コード', ...CARDS.map((name, at) => `1,${name},${code(at + 1)}`), ''].join('\r\n');

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

const section = (title) => page.locator('section').filter({ has: page.getByRole('heading', { name: title, exact: true }) });

async function downloaded(title, label) {
  const link = section(title).getByRole('link', { name: label });
  const [file] = await Promise.all([page.waitForEvent('download'), link.click()]);
  return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
}

step('the 設定 icon of the store leads to マッピング情報', async () => {
  await page.goto(`${place('pos')}/settings/linkages/flaro`);
  await page.getByRole('link', { name: '本店のマッピング情報' }).click();
  const rows = await section('支払種別').getByRole('row').allInnerTexts();
  assert.equal(rows.length, 1 + CARDS.length);
  assert.match(rows[1], /1\s+Visa\s+10000000000000000001/);
});

step('CSVダウンロード: UTF-8 with its mark, CRLF, every digit of every code', async () => {
  const { name, bytes } = await downloaded('支払種別', /^CSVダウンロード/);
  assert.match(name, /^本店_支払種別_\d{12}\.csv$/);
  assert.deepEqual([...bytes.subarray(0, 3)], [0xef, 0xbb, 0xbf]);
  assert.equal(bytes.subarray(3).toString('utf8'), EXAMPLE);
});

step('CSV（Shift_JIS）: the same letters in the other encoding, without a mark', async () => {
  const { bytes } = await downloaded('支払種別', /^CSV（Shift_JIS）/);
  assert.deepEqual([...bytes.subarray(0, 2)], [0x8e, 0x78], '支 as Shift_JIS has it');
  assert.equal(new TextDecoder('shift_jis', { fatal: true }).decode(bytes), EXAMPLE);
});

// The parts of a workbook: a ZIP, read by its directory at the end.
function unzipped(bytes) {
  const parts = new Map();
  let at = bytes.readUInt32LE(bytes.lastIndexOf('PK\x05\x06', undefined, 'latin1') + 16);
  while (bytes.readUInt32LE(at) === 0x02014b50) {
    const [method, size] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20)];
    const [name, extra, comment] = [28, 30, 32].map((field) => bytes.readUInt16LE(at + field));
    const local = bytes.readUInt32LE(at + 42);
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const part = bytes.subarray(start, start + size);
    parts.set(bytes.toString('utf8', at + 46, at + 46 + name), (method === 8 ? inflateRawSync(part) : part).toString('utf8'));
    at += 46 + name + extra + comment;
  }
  return parts;
}

step('Excel: a workbook whose codes are text, not numbers that lose their digits', async () => {
  const { name, bytes } = await downloaded('支払種別', /^Excel/);
  assert.match(name, /^本店_支払種別_\d{12}\.xlsx$/);
  const parts = unzipped(bytes);
  const sheet = [...parts].find(([part]) => /worksheets\/sheet1\.xml$/.test(part))[1];
  const words = [...parts.values()].join('');
  for (const [at, card] of CARDS.entries()) {
    assert.ok(words.includes(`>${card}<`), card);
    assert.ok(words.includes(`>${code(at + 1)}<`), code(at + 1));
  }
  // A number would stand in <v> of a cell without a type.
  assert.doesNotMatch(sheet, /<c r="C\d+"(?![^>]*\bt=)[^>]*>/);
});

step('注意事項: what 店舗管理 has not set is not listed, and the screen says where to set it', async () => {
  for (const title of ['値引き別情報', '広告媒体']) {
    assert.equal(await section(title).getByRole('row').count(), 0);
    assert.equal(await section(title).getByRole('link', { name: /CSV/ }).count(), 0);
    assert.match(await section(title).innerText(), new RegExp(`店舗管理でこの店舗の${title}を設定すると`));
  }
});

step('what 店舗管理 sets through its screens is listed and can be taken home', async () => {
  const mapping = page.url();
  await page.goto(`${place('pos')}/ad-media/new`);
  await page.getByLabel(/^広告媒体名称/).fill('ぐるめサイト');
  await page.getByRole('button', { name: '登録', exact: true }).click();
  await page.waitForLoadState();
  await page.goto(mapping);
  await section('広告媒体').getByRole('link', { name: '店舗別設定で広告媒体を選ぶ' }).click();
  const use = page.getByRole('checkbox', { name: '本店でぐるめサイトを使う' });
  await use.check({ force: true });
  await page.getByRole('button', { name: '登録', exact: true }).click();
  await page.waitForLoadState();
  await page.goto(mapping);
  const { bytes } = await downloaded('広告媒体', /^CSVダウンロード/);
  assert.match(bytes.subarray(3).toString('utf8'), /^広告媒体名称,取込コード\r\nぐるめサイト,\d{20}\r\n$/);
  assert.deepEqual(me.diary, [], 'nothing broke on the way');
});

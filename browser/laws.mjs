// What every page must keep, whatever it shows: the laws that need a browser to be judged.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'];

// Everything axe can say at level AA and of best practice; one line a kind, with the first places.
export async function axe(page) {
  await page.evaluate(AXE);
  const found = await page.evaluate((tags) => window.axe.run({
    runOnly: { type: 'tag', values: tags },
    rules: { 'target-size': { enabled: true } },
    resultTypes: ['violations'],
  }), TAGS);
  return found.violations.map((v) => `axe ${v.id}: ${v.help} (${v.nodes.length}×: ${v.nodes.slice(0, 3).map((n) => n.target.join(' ')).join(', ')})`);
}

// Language, one heading of the first rank, a title, nothing wider than the screen, targets large enough to hit.
export async function form(page, { touch = false } = {}) {
  return page.evaluate((fingers) => {
    const wrong = [];
    const root = document.documentElement;
    if (root.lang !== 'ja') wrong.push(`lang is "${root.lang}"`);
    const headings = document.querySelectorAll('h1').length;
    if (headings !== 1) wrong.push(`${headings} h1`);
    if (!document.title.includes('｜')) wrong.push(`title "${document.title}"`);
    if (root.scrollWidth > root.clientWidth) {
      const reaches = (e) => e.getBoundingClientRect().right > root.clientWidth + 1;
      const wide = [...document.querySelectorAll('main *')].filter((e) => reaches(e) && !e.closest('.table-wrap, pre, .tabs'));
      const name = (e) => `${e.tagName.toLowerCase()}.${e.className}`;
      wrong.push(`${root.scrollWidth}px wide on ${root.clientWidth}px: ${wide.slice(0, 3).map(name).join(', ')}`);
    }
    const shown = (e) => e.checkVisibility({ checkOpacity: false, checkVisibilityCSS: true }) && e.getClientRects().length > 0 && !e.closest('.sr, .skip');
    const inText = (e) => e.tagName === 'A' && getComputedStyle(e).display === 'inline';
    const size = (e) => {
      const own = (e.matches('input[type=checkbox], input[type=radio]') && e.closest('label')) || e;
      const box = own.getBoundingClientRect();
      return [box.width, box.height];
    };
    for (const e of document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')) {
      if (!shown(e)) continue;
      const [width, height] = size(e);
      const control = e.matches('.btn, button, input, select, textarea');
      const least = fingers && control ? 44 : 24;
      // A link in running text is as high as its line; what may not happen is two of them closer than a line.
      if (inText(e) ? height < 16 : width < least - 0.5 || height < least - 0.5) {
        const words = (e.innerText || e.getAttribute('aria-label') || e.name || '').trim().slice(0, 20);
        wrong.push(`${e.tagName.toLowerCase()}.${e.className} "${words}" is ${Math.round(width)}×${Math.round(height)}, wants ${least}`);
      }
    }
    return [...new Set(wrong)].slice(0, 8);
  }, touch);
}

// Everything a pointer can use is come to with Tab, and where the focus is can be seen.
export async function keys(page) {
  const stops = await page.evaluate(() => {
    const focusable = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';
    const shown = (e) => e.checkVisibility({ checkVisibilityCSS: true }) && e.getClientRects().length > 0;
    const open = [...document.querySelectorAll(focusable)].filter((e) => shown(e) && !e.disabled && !e.closest('[inert]'));
    // Of a group of radio buttons Tab comes to one.
    const groups = new Set();
    const own = open.filter((e) => {
      if (e.type !== 'radio') return true;
      const first = !groups.has(e.name);
      groups.add(e.name);
      return first;
    });
    own.forEach((e, n) => { e.dataset.stop = e.type === 'radio' ? `radio ${e.name}` : n; });
    open.filter((e) => e.type === 'radio').forEach((e) => { e.dataset.stop = `radio ${e.name}`; });
    return own.map((e) => [e.dataset.stop, e.outerHTML.slice(0, 100)]);
  });
  const missing = new Map(stops);
  const wrong = [];
  for (let press = 0; press < stops.length + 5 && missing.size > 0; press += 1) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => {
      const e = document.activeElement;
      const drawn = e.matches('[role=switch]') ? e.parentElement.querySelector('.track') : e;
      const style = getComputedStyle(drawn);
      return { stop: e.dataset.stop, seen: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2, what: e.outerHTML.slice(0, 100) };
    });
    if (missing.delete(at.stop) && !at.seen) wrong.push(`no focus to be seen on ${at.what}`);
  }
  return [...[...missing.values()].map((what) => `Tab never comes to ${what}`), ...wrong].slice(0, 8);
}

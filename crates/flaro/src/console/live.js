'use strict';
// <div id="…" data-live="pulse">: fetched again as soon as the pulse is another one.
(() => {
  const busy = (part) => document.hidden || document.querySelector('dialog[open]')
    || (part.contains(document.activeElement) && document.activeElement.matches('input, select, textarea'));
  const focusables = (part) => [...part.querySelectorAll('a, button, input, select, textarea, summary, [tabindex]')];
  // As it was served: what a person opened or typed since is not a change.
  const served = new WeakMap();

  // Rows may have come before it, so it is found by what it is: the nth of those that lead to the same place.
  const what = (e) => [e.tagName, e.getAttribute('href'), e.name, e.value, e.textContent].join('|');
  const place = (part, e) => ({ is: what(e), nth: focusables(part).filter((other) => what(other) === what(e)).indexOf(e) });
  const find = (part, { is, nth }) => focusables(part).filter((e) => what(e) === is)[nth];

  const swap = (old, fresh) => {
    const html = fresh.innerHTML;
    if (html === served.get(old)) { old.dataset.live = fresh.dataset.live; return old; }
    const had = old.contains(document.activeElement) ? place(old, document.activeElement) : null;
    const opened = [...old.querySelectorAll('details')].map((details) => details.open);
    const placed = document.adoptNode(fresh);
    served.set(placed, html);
    old.replaceWith(placed);
    [...placed.querySelectorAll('details')].forEach((details, at) => { if (opened[at]) details.open = true; });
    if (had) find(placed, had)?.focus({ preventScroll: true });
    return placed;
  };

  const ask = (address) => fetch(address, { headers: { 'X-Refresh': '1' }, redirect: 'manual', credentials: 'same-origin' });

  const look = async (part) => {
    const pulse = await ask('/pulse');
    if (pulse.type === 'opaqueredirect') { location.reload(); return part; }
    if (!pulse.ok || await pulse.text() === part.dataset.live) return part;
    const answer = await ask(location.href);
    if (!answer.ok) return part;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const fresh = page.getElementById(part.id);
    return fresh && !busy(part) ? swap(part, fresh) : part;
  };

  const keep = (part) => setTimeout(async () => {
    let next = part;
    if (!busy(part)) try { next = await look(part); } catch { /* offline: the next round asks again */ }
    keep(next);
  }, 1000);
  for (const part of document.querySelectorAll('[id][data-live]')) { served.set(part, part.innerHTML); keep(part); }
})();

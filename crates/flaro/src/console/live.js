'use strict';
// <div id="…" data-live="pulse">: fetched again as soon as the pulse is another one.
(() => {
  const busy = (part) => document.hidden || document.querySelector('dialog[open]')
    || (part.contains(document.activeElement) && document.activeElement.matches('input, select, textarea'));
  const focusables = (part) => [...part.querySelectorAll('a, button, input, select, textarea, summary, [tabindex]')];

  const swap = (old, fresh) => {
    const had = focusables(old).indexOf(document.activeElement);
    const opened = [...old.querySelectorAll('details')].map((details) => details.open);
    const placed = document.adoptNode(fresh);
    old.replaceWith(placed);
    [...placed.querySelectorAll('details')].forEach((details, at) => { if (opened[at]) details.open = true; });
    if (had >= 0) focusables(placed)[had]?.focus({ preventScroll: true });
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
  for (const part of document.querySelectorAll('[id][data-live]')) keep(part);
})();

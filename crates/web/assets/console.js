// Makes pages nicer; every page works without it. No text from the page is ever made into markup here.
'use strict';
(() => {
  document.documentElement.classList.add('js');

  const spoken = document.createElement('div');
  spoken.className = 'sr';
  spoken.setAttribute('role', 'status');
  document.querySelector('main')?.append(spoken);
  const say = (text) => { spoken.textContent = ''; setTimeout(() => { spoken.textContent = text; }, 50); };

  document.querySelector('[data-focus]')?.focus();

  // Copying: the value stands in a read-only field, which is selected where there is no clipboard to write to.
  const copy = async (button) => {
    const field = document.getElementById(button.dataset.copy);
    if (!field) return;
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      field.select();
      document.execCommand('copy');
    }
    say(button.dataset.done);
    if (button.dataset.copied) return;
    button.dataset.copied = 'yes';
    const label = [...button.childNodes].find((node) => node.nodeType === Node.TEXT_NODE);
    const before = label.textContent;
    label.textContent = button.dataset.done;
    setTimeout(() => { label.textContent = before; delete button.dataset.copied; }, 2000);
  };

  // Dialogs: without this the link shows the same dialog through :target.
  const open = (link, event) => {
    const dialog = document.getElementById(link.dataset.dialog);
    if (!dialog?.showModal) return;
    event.preventDefault();
    dialog.showModal();
    dialog.querySelector('[data-close]')?.focus();
  };
  const close = (link, event) => {
    const dialog = link.closest('dialog');
    if (!dialog?.open) return;
    event.preventDefault();
    dialog.close();
  };

  document.addEventListener('click', (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target || event.defaultPrevented) return;
    const on = (selector) => target.closest(selector);
    let found;
    if ((found = on('[data-copy]'))) copy(found);
    else if ((found = on('[data-dialog]'))) open(found, event);
    else if ((found = on('[data-close]'))) close(found, event);
    else if (on('[data-print]')) window.print();
    for (const menu of document.querySelectorAll('details.menu[open]')) if (!menu.contains(target)) menu.open = false;
  });

  document.addEventListener('keydown', (event) => {
    const menu = event.key === 'Escape' && document.querySelector('details.menu[open]');
    if (menu) { menu.open = false; menu.querySelector('summary').focus(); }
  });

  // A part that keeps itself fresh: <section id="…" data-refresh="30">. It waits while someone types in it, while a
  // dialog is open and while nobody looks; the focus stays where it was.
  const typing = (part) => part.contains(document.activeElement) && document.activeElement.matches('input, select, textarea');
  const busy = (part) => document.hidden || document.querySelector('dialog[open]') || part.querySelector('dialog:target') || typing(part);
  const focusables = (part) => [...part.querySelectorAll('a, button, input, select, textarea, summary, [tabindex]')];

  const swap = (old, fresh) => {
    if (old.isEqualNode(fresh)) return old;
    const had = focusables(old).indexOf(document.activeElement);
    const opened = [...old.querySelectorAll('details')].map((details) => details.open);
    const placed = document.adoptNode(fresh);
    old.replaceWith(placed);
    [...placed.querySelectorAll('details')].forEach((details, at) => { if (opened[at]) details.open = true; });
    if (had >= 0) focusables(placed)[had]?.focus({ preventScroll: true });
    return placed;
  };

  const refresh = async (part) => {
    const answer = await fetch(location.href, { headers: { 'X-Refresh': '1' }, redirect: 'manual', credentials: 'same-origin' });
    if (answer.type === 'opaqueredirect') { location.reload(); return part; }
    if (!answer.ok) return part;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const fresh = page.getElementById(part.id);
    return fresh && !busy(part) ? swap(part, fresh) : part;
  };

  const keepFresh = (part) => {
    const wait = Math.max(5, Number(part.dataset.refresh) || 30) * 1000;
    setTimeout(async () => {
      let next = part;
      if (!busy(part)) try { next = await refresh(part); } catch { /* offline: the next round tries again */ }
      if (next.isConnected && next.dataset.refresh) keepFresh(next);
    }, wait);
  };
  for (const part of document.querySelectorAll('[id][data-refresh]')) keepFresh(part);
})();

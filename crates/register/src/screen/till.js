// Makes taps fast: they are sent one after the other in the background, and the bill that comes back takes the old
// one's place. Every page works without it. No yen is computed here, and no text is ever made into markup by hand.
'use strict';
(() => {
  const trouble = document.getElementById('trouble');
  const tell = (text) => { if (trouble) { trouble.textContent = text; trouble.hidden = !text; } };
  const wait = (ms) => new Promise((done) => { setTimeout(done, ms); });

  // A key for a tap: the same tap sent again changes nothing, another tap is another one.
  const fresh = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join('');

  // Dialogs that the server opened become modal; closing one that asks for a manager leads back.
  const openDialogs = (root) => {
    for (const dialog of root.querySelectorAll('dialog[data-open]')) {
      dialog.removeAttribute('data-open');
      dialog.removeAttribute('open');
      dialog.showModal();
      (dialog.querySelector('[aria-invalid=true]') || dialog.querySelector('input[type=password]') || dialog.querySelector('input, select, button'))?.focus();
    }
  };

  // Puts every part of an answer where the part of the same name was. What was open and focused stays so.
  const place = (text) => {
    const answer = new DOMParser().parseFromString(text, 'text/html');
    const opened = document.querySelector('#panel details[open]')?.dataset.item;
    const scrolled = document.querySelector('#panel .lines')?.scrollTop ?? 0;
    const before = document.querySelectorAll('#panel .lines li').length;
    const focused = document.activeElement?.id;
    for (const part of [...answer.body.children]) {
      const old = part.id && document.getElementById(part.id);
      if (old) old.replaceWith(document.adoptNode(part));
    }
    const lines = document.querySelector('#panel .lines');
    if (lines) {
      lines.scrollTop = lines.children.length > before ? lines.scrollHeight : scrolled;
      const line = opened && lines.querySelector(`details[data-item="${CSS.escape(opened)}"]`);
      if (line) line.open = true;
    }
    if (focused && document.activeElement === document.body) document.getElementById(focused)?.focus({ preventScroll: true });
    openDialogs(document);
  };

  const post = async (url, body) => {
    for (;;) {
      try {
        const answer = await fetch(url, { method: 'POST', body, headers: { 'X-Part': '1' }, redirect: 'manual', credentials: 'same-origin' });
        tell('');
        return answer;
      } catch {
        tell('レジ本体が応答していません。押した内容は、つながりしだい記録します。');
        await wait(1000);
      }
    }
  };

  // One after the other, in the order they were tapped.
  let last = Promise.resolve();
  const send = (url, body) => {
    last = last.then(async () => {
      const answer = await post(url, body);
      if (answer.status === 401 || answer.type === 'opaqueredirect') { location.reload(); return; }
      if (!(answer.headers.get('content-type') || '').startsWith('text/html')) { location.reload(); return; }
      const text = await answer.text();
      if (text.startsWith('<!doctype')) { tell('この操作は行えませんでした。画面を開き直して、もう一度お試しください。'); return; }
      place(text);
    });
    return last;
  };

  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (form.matches('[data-tap]')) {
      event.preventDefault();
      const body = new URLSearchParams(new FormData(form, event.submitter));
      body.set('key', fresh());
      const here = document.querySelector('.cats [aria-current]')?.dataset.category;
      if (here) body.set('category', here);
      event.submitter?.classList.add('pressed');
      setTimeout(() => event.submitter?.classList.remove('pressed'), 120);
      document.querySelector('main > .flash.good')?.remove();
      form.closest('dialog')?.close();
      send(form.action, body);
    } else if (form.matches('[data-once]')) {
      // Sent once; a second press while the first is under way is the same press.
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = 'yes';
    }
  });
  window.addEventListener('pageshow', () => { for (const form of document.querySelectorAll('[data-sent]')) delete form.dataset.sent; });

  document.addEventListener('click', (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const digit = target?.closest('[data-digit]');
    if (digit) {
      const field = document.getElementById(digit.closest('[data-pad]').dataset.pad);
      const key = digit.dataset.digit;
      if (key === 'clear') field.value = '';
      else if (key === 'back') field.value = field.value.slice(0, -1);
      else field.value += key;
      field.dispatchEvent(new Event('input', { bubbles: true }));
      return;
    }
    const step = target?.closest('[data-step]');
    if (step) {
      const field = document.getElementById(step.dataset.for);
      const next = (Number(field.value) || 0) + Number(step.dataset.step);
      field.value = String(Math.min(Math.max(next, 0), Number(field.dataset.max)));
      return;
    }
    const category = target?.closest('.cats [data-category]');
    if (category && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      for (const link of document.querySelectorAll('.cats a')) link.removeAttribute('aria-current');
      category.setAttribute('aria-current', 'true');
      for (const tiles of document.querySelectorAll('[data-tiles]')) tiles.hidden = tiles.dataset.tiles !== category.dataset.category;
      document.querySelector('.goods > form').scrollTop = 0;
      history.replaceState(null, '', category.href);
    }
  });

  // The running total of a count: added up by the till, not here.
  let counting;
  document.addEventListener('input', (event) => {
    const form = event.target.closest?.('[data-count]');
    if (!form) return;
    clearTimeout(counting);
    counting = setTimeout(() => {
      const body = new URLSearchParams(new FormData(form));
      body.set('do', 'count');
      send(form.dataset.count, body);
    }, 150);
  });

  // How the till stands, without anybody pressing anything.
  const fresher = async () => {
    const bar = document.getElementById('bar');
    if (!bar) return;
    try {
      const answer = await fetch(bar.dataset.bar, { headers: { 'X-Part': '1' }, credentials: 'same-origin' });
      if (answer.ok) {
        const part = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('bar');
        if (part && !part.isEqualNode(bar) && !bar.contains(document.activeElement)) bar.replaceWith(document.adoptNode(part));
        if (trouble?.dataset.bar) { delete trouble.dataset.bar; tell(''); }
      }
    } catch {
      tell('レジ本体が応答していません。このパソコンのレジのプログラムを確認してください。');
      if (trouble) trouble.dataset.bar = 'yes';
    }
  };
  (async () => { for (;;) { await wait(4000); if (!document.hidden) await fresher(); } })();

  const sell = document.querySelector('[data-sell]');
  if (sell && !location.search.includes('check=')) {
    const here = document.querySelector('.cats [aria-current]')?.dataset.category;
    history.replaceState(null, '', `/?check=${sell.dataset.sell}${here ? `&category=${here}` : ''}`);
  }
  openDialogs(document);
})();

// The matrix of 店舗別設定: whole rows and columns at once, the arrow keys, and how much has changed.
'use strict';
(() => {
  const form = document.querySelector('[data-matrix]');
  if (!form) return;
  const boxes = (part) => [...part.querySelectorAll('input[type=checkbox]')];
  const told = form.querySelector('[data-changed]');
  const before = told.textContent;

  const tell = () => {
    const changed = boxes(form).filter((box) => box.checked !== box.defaultChecked);
    for (const box of boxes(form)) box.closest('td').classList.toggle('changed', box.checked !== box.defaultChecked);
    const stores = new Set(changed.map((box) => box.dataset.store));
    told.textContent = changed.length ? `${stores.size}店舗の${changed.length}件を変更します。まだ登録していません。` : before;
  };

  // All on, unless all are on already.
  const turn = (some) => {
    const on = some.some((box) => !box.checked);
    for (const box of some) box.checked = on;
    tell();
  };

  form.addEventListener('click', (event) => {
    const column = event.target.closest('[data-column]');
    const row = event.target.closest('[data-row]');
    if (column) turn(boxes(form).filter((box) => box.dataset.store === column.dataset.column));
    if (row) turn(boxes(row.closest('tr')));
  });
  form.addEventListener('change', tell);

  form.addEventListener('keydown', (event) => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step || !event.target.matches('td input[type=checkbox]')) return;
    const row = event.target.closest('tr');
    const rows = [...row.parentElement.rows];
    const next = rows[rows.indexOf(row) + step[0]];
    const to = next && boxes(next)[boxes(row).indexOf(event.target) + step[1]];
    if (!to) return;
    event.preventDefault();
    to.focus();
  });

  // Nothing ticked is lost by a search or another page.
  let sent = false;
  form.addEventListener('submit', () => { sent = true; });
  addEventListener('beforeunload', (event) => {
    const changed = boxes(form).some((box) => box.checked !== box.defaultChecked);
    if (changed && !sent) event.preventDefault();
  });
})();

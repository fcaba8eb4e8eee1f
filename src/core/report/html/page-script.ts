/**
 * The page's only script: sorting and reading charts off. Everything can be read without it. It takes what it shows from
 * the page and computes nothing. After a change, run the test of the page's policy: it prints the new hash.
 */
export const pageScript = `
'use strict';
const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

for (const table of all('table.changes')) {
  const heads = all('thead th', table);
  const body = table.tBodies[0];
  heads.forEach((head, column) => {
    if (!head.dataset.sort) return;
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener('click', () => {
      const isDown = head.getAttribute('aria-sort') !== 'ascending';
      for (const other of heads) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', isDown ? 'ascending' : 'descending');
      const key = (row) => head.dataset.sort === 'text'
        ? row.cells[column].textContent
        : Number(row.cells[column].dataset.v ?? parseFloat(row.cells[column].textContent)) || 0;
      const rows = Array.from(body.rows).sort((a, b) => {
        const [x, y] = [key(a), key(b)];
        return (x < y ? -1 : x > y ? 1 : 0) * (isDown ? 1 : -1);
      });
      body.append(...rows);
    });
  });
}

for (const frame of all('.frame[data-x]')) {
  const plot = frame.querySelector('.plot');
  const at = frame.dataset.x.split(' ').map(Number);
  const texts = frame.dataset.t.split('|');
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'line');
  line.setAttribute('class', 'cursor');
  line.setAttribute('y2', '100%');
  const output = document.createElement('span');
  output.className = 'reading';
  const voice = document.createElement('output');
  voice.className = 'unseen';
  frame.after(voice);
  let current = -1;
  const show = (index) => {
    current = Math.max(0, Math.min(at.length - 1, index));
    line.setAttribute('x1', at[current] / 10 + '%');
    line.setAttribute('x2', at[current] / 10 + '%');
    plot.append(line);
    output.textContent = texts[current];
    frame.append(output);
  };
  const hide = () => { line.remove(); output.remove(); };
  frame.tabIndex = 0;
  plot.addEventListener('pointermove', (event) => {
    const box = plot.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * 1000;
    show(at.reduce((best, value, i) => (Math.abs(value - x) < Math.abs(at[best] - x) ? i : best), 0));
  });
  plot.addEventListener('pointerleave', () => { if (document.activeElement !== frame) hide(); });
  frame.addEventListener('focus', () => show(current < 0 ? 0 : current));
  frame.addEventListener('blur', hide);
  frame.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) { event.preventDefault(); show(current + step); voice.textContent = texts[current]; }
    if (event.key === 'Escape') hide();
  });
}

const openTarget = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) { target.open = true; target.scrollIntoView(); }
};
addEventListener('hashchange', openTarget);
openTarget();
`;

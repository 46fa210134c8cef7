// Elements by function calls: what comes from the broker only ever becomes text, never markup.
export function h(name, properties, ...children) {
  const element = document.createElement(name);
  set(element, properties, children);
  return element;
}

export function svg(name, properties, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  set(element, properties, children);
  return element;
}

function set(element, properties, children) {
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (key === 'value' || key === 'checked' || key === 'disabled') element[key] = value;
    else element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false));
}

export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

const shapes = {
  overview: 'M3 12a9 9 0 1 1 18 0M12 12l4-4M5 18h14',
  topics: 'M4 6h16M4 12h16M4 18h10',
  groups: 'M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6M2.5 19a5.5 5.5 0 0 1 11 0M16 11a2.5 2.5 0 1 0 0-5M16 14a5 5 0 0 1 5.5 5',
  clients: 'M9 7V3M15 7V3M6 7h12v4a6 6 0 0 1-12 0zM12 17v4',
  brokers: 'M4 4h16v6H4zM4 14h16v6H4zM8 7h.01M8 17h.01',
  events: 'M12 7v5l3 2M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0',
  access: 'M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6z',
  reference: 'M8 7l-5 5 5 5M16 7l5 5-5 5M13.5 5l-3 14',
  check: 'M5 13l4 4L19 7',
  alert: 'M12 8v5M12 16.5h.01M10.3 4l-7.5 13a2 2 0 0 0 1.7 3h15a2 2 0 0 0 1.7-3L13.7 4a2 2 0 0 0-3.4 0z',
};

export function icon(name) {
  return svg('svg', { viewBox: '0 0 24 24', fill: 'none', stroke: 'currentColor', 'stroke-width': 1.8, 'stroke-linecap': 'round', 'stroke-linejoin': 'round',
    'aria-hidden': 'true' }, svg('path', { d: shapes[name] }));
}

export function badge(text, kind = '') {
  return h('span', { class: 'badge ' + kind }, text);
}

/** A table that can be scrolled by keys where it is too wide. columns: [title, is a number, hidden where it is narrow]. */
export function table(caption, columns, rows, empty) {
  if (rows.length === 0) return h('div', { class: 'empty' }, empty);
  const classes = column => [column[1] && 'num', column[2] && 'hide-narrow'].filter(Boolean).join(' ') || null;
  return h('div', { class: 'table', tabindex: '0', role: 'region', 'aria-label': caption },
    h('table', {},
      h('caption', { class: 'visually-hidden' }, caption),
      h('thead', {}, h('tr', {}, columns.map(column => h('th', { scope: 'col', class: classes(column) }, column[0])))),
      h('tbody', {}, rows.map(row => h('tr', {}, row.map((cell, i) => h(i === 0 ? 'th' : 'td', { scope: i === 0 ? 'row' : null, class: classes(columns[i]) }, cell)))))));
}

/** Asks in a dialog. fields: elements of the form; act does it, and may throw what is wrong. */
export function dialog(title, fields, words, act, danger = false) {
  const said = h('div', { role: 'alert' });
  const id = 'dialog-' + Math.random().toString(36).slice(2);
  const submit = h('button', { class: danger ? 'danger' : 'primary', type: 'submit' }, words[0]);
  const box = h('dialog', { 'aria-labelledby': id },
    h('form', { class: 'form', onsubmit: async event => {
      event.preventDefault();
      submit.disabled = true;
      try {
        if (await act(said) !== false) box.close();
      } catch (problem) {
        fill(said, h('p', { class: 'problem' }, problem.message));
      } finally {
        submit.disabled = false;
      }
    } }, h('h2', { id }, title), fields, said,
    h('div', { class: 'actions' }, h('button', { type: 'button', onclick: () => box.close() }, words[1]), submit)));
  box.addEventListener('close', () => box.remove());
  document.body.append(box);
  box.showModal();
  return box;
}

export function problem(error) {
  return h('p', { class: 'problem', role: 'alert' }, error.message);
}

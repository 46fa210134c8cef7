import { api, onLoggedOut } from './api.js';
import { fill, h, icon, problem } from './dom.js';
import { language, languages, setLanguage, t } from './words.js';

const pages = {
  overview: { title: 'Overview', load: () => import('./overview.js') },
  topics: { title: 'Topics', load: () => import('./topics.js') },
  groups: { title: 'Groups', load: () => import('./groups.js') },
  clients: { title: 'Clients', load: () => import('./clients.js') },
  brokers: { title: 'Brokers', load: () => import('./brokers.js') },
  events: { title: 'What happened', load: () => import('./events.js') },
  access: { title: 'Access', load: () => import('./access.js') },
  reference: { title: 'REST', load: () => import('./reference.js') },
};

const AGAIN_MILLIS = 2500;

let leaving = new AbortController();
let session = null;

function stored(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function store(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Not where pages may keep nothing.
  }
}

function theme(wanted) {
  if (wanted === 'auto') document.documentElement.removeAttribute('data-theme');
  else document.documentElement.dataset.theme = wanted;
}

function choices() {
  const themes = [['auto', t('As the system')], ['light', t('Light')], ['dark', t('Dark')]];
  return h('div', { class: 'row' },
    h('label', {}, h('span', { class: 'visually-hidden' }, t('Colours')),
      h('select', { onchange: event => { store('theme', event.target.value); theme(event.target.value); } },
        themes.map(([value, name]) => h('option', { value, selected: (stored('theme') ?? 'auto') === value }, name)))),
    h('label', {}, h('span', { class: 'visually-hidden' }, t('Language')),
      h('select', { onchange: event => { store('language', event.target.value); setLanguage(event.target.value); frame(); } },
        languages.map(([value, name]) => h('option', { value, lang: value, selected: language() === value }, name)))));
}

const main = h('main', { id: 'main', tabindex: '-1' });
const links = new Map();

function frame() {
  document.documentElement.lang = language();
  links.clear();
  const nav = h('ul', { class: 'nav' }, Object.entries(pages).map(([name, page]) => {
    const link = h('a', { href: '#/' + name }, icon(name), t(page.title));
    links.set(name, link);
    return h('li', {}, link);
  }));
  fill(document.body,
    h('a', { class: 'skip', href: '#main', onclick: event => { event.preventDefault(); main.focus(); } }, t('To the content')),
    h('div', { class: 'frame' },
      h('header', { class: 'side' },
        h('a', { class: 'brand', href: '#/overview' }, h('img', { src: '/console/icon.svg', alt: '' }), 'Partita'),
        h('nav', { 'aria-label': t('Pages') }, nav),
        h('div', { class: 'side-foot' }, choices(),
          session && h('div', { class: 'who' }, session.principal.replace(/^User:/, '')),
          session?.asks && h('button', { class: 'quiet', onclick: logout }, t('Log out')))),
      main));
  show();
}

async function logout() {
  await api('/session', { method: 'DELETE' });
  session = null;
  begin();
}

let title = null;

async function show() {
  const [path, query] = location.hash.replace(/^#\/?/, '').split('?');
  const segments = path.split('/').map(decodeURIComponent);
  const name = pages[segments[0]] ? segments[0] : 'overview';
  leaving.abort();
  leaving = new AbortController();
  const signal = leaving.signal;
  for (const [key, link] of links) {
    if (key === name) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  try {
    const page = await pages[name].load();
    if (signal.aborted) return;
    const heading = h('h1', { tabindex: '-1' }, t(pages[name].title));
    const shown = h('div', { class: 'page', hidden: true });
    document.title = (segments[1] ? segments.slice(1, 2) + ' · ' : '') + t(pages[name].title) + ' · Partita';
    fill(main);
    await page.show({ root: main, heading, segments, query: new URLSearchParams(query), signal, session, go: target => { location.hash = target; } });
    shown.remove();
    const here = location.hash;
    if (title !== null && title !== here && main.contains(heading)) heading.focus({ preventScroll: true });
    title = here;
  } catch (error) {
    if (!signal.aborted && error.name !== 'AbortError') {
      if (error.status === 401) return;
      fill(main, h('h1', { tabindex: '-1' }, t(pages[name].title)), problem(error));
      // Not there just now: a broker or a coordinator may be back in a moment.
      if (error.status === 503 || error.status === 0) setTimeout(() => { if (!signal.aborted) show(); }, AGAIN_MILLIS);
    }
  }
}

async function begin() {
  try {
    session = await api('/session');
    frame();
  } catch (error) {
    if (error.status !== 401) {
      fill(document.body, h('main', { class: 'login' }, h('div', { class: 'card' }, h('h1', {}, 'Partita'), problem(error),
        h('button', { onclick: begin }, t('Try again')))));
      return;
    }
    leaving.abort();
    (await import('./login.js')).show(begin, choices);
  }
}

setLanguage(stored('language') ?? (navigator.language.startsWith('zh') ? 'zh' : 'en'));
theme(stored('theme') ?? 'auto');
onLoggedOut(() => { if (session) { session = null; begin(); } });
addEventListener('hashchange', () => { if (session) show(); });
begin();

import { api, every, part } from './api.js';
import { badge, dialog, fill, h, table } from './dom.js';
import { meter } from './chart.js';
import { bytes, count } from './format.js';
import { configTable } from './topic.js';
import { t } from './words.js';

async function one({ root, heading, segments, signal }) {
  const id = segments[1];
  fill(heading, t('Settings of broker {n}', { n: id }));
  const changed = h('input', { type: 'checkbox', checked: true });
  const search = h('input', { type: 'search', placeholder: t('Part of a name') });
  const list = h('section', { class: 'card flush' });
  const { configs } = await api(`/brokers/${part(id)}/configs`, { signal });
  const draw = () => fill(list, configTable(configs.filter(config => config.name.includes(search.value) && (!changed.checked || !config.isDefault)), null));
  changed.addEventListener('change', draw);
  search.addEventListener('input', draw);
  fill(root, h('nav', { class: 'crumb', 'aria-label': t('Where you are') }, h('a', { href: '#/brokers' }, t('Brokers'))), h('div', { class: 'head' }, heading),
    h('div', { class: 'bar' }, h('label', {}, t('Find'), search), h('label', { class: 'check' }, changed, t('Only what differs from the default'))), list);
  draw();
}

function list(answer) {
  return [table(t('Leaders'), [[t('Partition')], [t('From'), true], [t('To'), true]], answer.moved.map(one => [one.topic + '-' + one.partition, one.from, one.to]), t('Nothing changes.')),
    answer.left.map(one => h('p', { class: 'problem' }, one.topic + '-' + one.partition + ': ' + one.why))];
}

/** Shows what would be, then does it. */
function leaders(title, words, path) {
  let seen = false;
  dialog(title, [h('p', {}, words), h('p', { class: 'soft' }, t('First you see what it would do; then you may do it.'))], [t('Go on'), t('Close')], async said => {
    const answer = await api(path + (seen ? '' : '?dryRun=true'), { method: 'POST' });
    fill(said, list(answer), !seen && answer.moved.length > 0 && h('p', {}, t('Press it again to do it.')));
    seen = answer.moved.length > 0 && !seen;
    return false;
  });
}

export async function show(page) {
  if (page.segments[1]) return one(page);
  const { root, heading, signal } = page;
  const cards = h('div', { class: 'grid wide' });
  fill(root, h('div', { class: 'head' }, heading, h('button', { onclick: () => leaders(t('Spread leaders'),
    t('Has all brokers lead as many partitions as the others, as far as replicas in sync allow. No record moves.'), '/leaders/spread') }, t('Spread leaders'))), cards);
  await every(3000, signal, async () => {
    const { brokers } = await api('/brokers', { signal });
    fill(cards, brokers.map(broker => h('section', { class: 'card form' },
      h('div', { class: 'head' }, h('h2', {}, t('Broker {n}', { n: broker.broker })), broker.answers ? badge(t('answers'), 'good') : badge(t('does not answer'), 'bad')),
      h('dl', { class: 'facts' }, h('dt', {}, t('Address')), h('dd', { class: 'mono' }, broker.host + ':' + broker.port),
        broker.rack && [h('dt', {}, t('Rack')), h('dd', {}, broker.rack)],
        h('dt', {}, t('Leads')), h('dd', {}, t('{n} partitions', { n: count(broker.leads) })),
        h('dt', {}, t('Holds')), h('dd', {}, t('{n} replicas', { n: count(broker.replicas) }), ' ', broker.behind > 0 && badge(t('{n} not in sync', { n: count(broker.behind) }), 'warn')),
        h('dt', {}, t('Size')), h('dd', {}, bytes(broker.sizeBytes))),
      broker.directories?.map(directory => h('div', {}, h('div', { class: 'head small' }, h('code', { class: 'wrap' }, directory.path),
        h('span', {}, directory.totalBytes ? t('{a} of {b} free', { a: bytes(directory.usableBytes), b: bytes(directory.totalBytes) }) : bytes(directory.sizeBytes))),
      directory.totalBytes && meter(1 - directory.usableBytes / directory.totalBytes, t('{n} % used', { n: Math.round(100 - directory.usableBytes / directory.totalBytes * 100) })),
      directory.error && badge(directory.error, 'bad'))),
      h('div', { class: 'bar level' }, h('a', { href: '#/brokers/' + broker.broker }, t('Settings')), broker.leads > 0 && brokers.length > 1
        && h('button', { class: 'quiet', 'aria-label': t('Have others lead what broker {n} leads', { n: broker.broker }), onclick: () =>
          leaders(t('Have others lead what broker {n} leads', { n: broker.broker }), t('Before it is worked on. Its replicas stay in sync; spread the leaders again afterwards.'),
            `/brokers/${broker.broker}/leaders-away`) }, t('Have others lead'))))));
  });
}

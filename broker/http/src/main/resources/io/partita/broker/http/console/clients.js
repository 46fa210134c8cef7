import { api, every, part } from './api.js';
import { badge, fill, h, table } from './dom.js';
import { meter } from './chart.js';
import { bytes, count, duration } from './format.js';
import { t } from './words.js';

const units = { producer_byte_rate: bytes, consumer_byte_rate: bytes, request_percentage: value => count(Math.round(value * 10) / 10) + ' %' };

function amount(quota, value) {
  return value === null ? '–' : (units[quota] ?? count)(Math.round(value * 10) / 10);
}

function whose(entity) {
  return Object.entries(entity).map(([kind, name]) => kind + ' ' + (name === '' ? '""' : name)).join(', ');
}

function usageTable(usage) {
  return table(t('Quotas in use'), [[t('Whose')], [t('Quota')], [t('Takes a second'), true], [t('Bound'), true, true], [t('Of it'), false, true], [t('Waits')]], usage.map(one => [
    h('span', { class: 'wrap' }, whose(one.entity)), one.quota, amount(one.quota, one.perSecond), amount(one.quota, one.bound),
    one.perSecond === null ? '–' : meter(one.perSecond / one.bound, t('{n} % used', { n: Math.round(one.perSecond / one.bound * 100) })),
    [one.waitMillis > 0 ? badge(duration(one.waitMillis), 'warn') : badge(t('no'), 'good'), ' ', h('span', { class: 'small' }, t('Broker {n}', { n: one.broker }))]]),
  t('Nobody who has a quota does anything at the moment.'));
}

function connectionTable(connections) {
  return table(t('Connections'), [[t('Client')], [t('Library')], [t('Who')], [t('From'), false, true], [t('Broker'), true], [t('Deprecated requests')]], connections.map(one => [
    [h('span', { class: 'wrap' }, one.client || t('without a client id')), ' ', one.throttledMillis > 0 && badge(t('waits {n}', { n: duration(one.throttledMillis) }), 'warn')],
    one.software ? [one.software, ' ', h('span', { class: 'small' }, one.softwareVersion)] : h('span', { class: 'small' }, t('does not say')),
    h('span', { class: 'wrap' }, one.principal.replace(/^User:/, '')), h('span', {}, one.remote, h('div', { class: 'small' }, one.listener)), one.broker,
    one.deprecated.length ? one.deprecated.map(old => h('div', {}, badge(`${old.api} ${old.version}`, 'warn'), ' ', h('span', { class: 'small' }, t('Kafka 4 serves {n} and newer', { n: old.current }))))
      : badge(t('none'), 'good')]), t('Nobody is connected by Kafka’s protocol.'));
}

export async function show({ root, heading, signal }) {
  const search = h('input', { type: 'search', placeholder: t('Part of a name') });
  const old = h('input', { type: 'checkbox' });
  const usage = h('section', { class: 'card flush' });
  const list = h('section', { class: 'card flush' });
  fill(root, h('div', { class: 'head' }, heading), h('div', { class: 'bar' }, h('label', {}, t('Find'), search), h('label', { class: 'check' }, old, t('Only with deprecated requests'))),
    list, usage);
  const look = async () => {
    const [clients, taken] = await Promise.all([api(`/connections?name=${part(search.value)}&deprecated=${old.checked}`, { signal }), api('/throttling', { signal })]);
    fill(list, h('h2', {}, t('Connections'), ' ', h('span', { class: 'small' }, t('{a} of {b}', { a: count(clients.connections.length), b: count(clients.connected) }))),
      clients.missing.length > 0 && h('p', { class: 'soft' }, t('Not told by: broker {n}', { n: clients.missing.join(', ') })), connectionTable(clients.connections));
    fill(usage, h('h2', {}, t('Quotas in use')), usageTable(taken.usage));
  };
  await look();
  search.addEventListener('input', look);
  old.addEventListener('change', look);
  await every(3000, signal, look);
}

import { api, every, part } from './api.js';
import { badge, dialog, fill, h, table } from './dom.js';
import { Rate } from './chart.js';
import { bytes, count, short } from './format.js';
import { t } from './words.js';

const PAGE = 50;
const rates = new Map();

function perSecond(topic) {
  if (!rates.has(topic.id)) rates.set(topic.id, new Rate());
  return rates.get(topic.id).look(topic.endOffsets);
}

function create(go) {
  const name = h('input', { required: true, pattern: '[A-Za-z0-9._\\-]{1,249}', autofocus: true });
  const partitions = h('input', { type: 'number', min: 1, max: 100000, value: '3' });
  const replicas = h('input', { type: 'number', min: 1, placeholder: t('as the broker is set') });
  const configs = h('textarea', { placeholder: 'retention.ms=604800000\ncleanup.policy=compact', spellcheck: 'false' });
  dialog(t('Make a topic'), [h('label', {}, t('Name'), name), h('label', {}, t('Partitions'), partitions), h('label', {}, t('Replicas'), replicas),
    h('label', {}, t('Settings, a line each'), configs)], [t('Make it'), t('Cancel')], async () => {
    const body = { name: name.value, partitions: Number(partitions.value) };
    if (replicas.value) body.replicationFactor = Number(replicas.value);
    body.configs = Object.fromEntries(configs.value.split('\n').filter(line => line.includes('=')).map(line => {
      const at = line.indexOf('=');
      return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
    }));
    await api('/topics', { method: 'POST', body });
    go('#/topics/' + part(name.value));
  });
}

export async function show(page) {
  if (page.segments[1]) return (await import('./topic.js')).show(page);
  const { root, heading, signal, query, go } = page;
  const search = h('input', { type: 'search', value: query.get('name') ?? '', placeholder: t('Part of a name') });
  const internal = h('input', { type: 'checkbox', checked: query.get('internal') === 'true' });
  const list = h('section', { class: 'card flush' });
  const pager = h('nav', { class: 'bar', 'aria-label': t('Pages of the list') });
  const from = [''];
  fill(root, h('div', { class: 'head' }, heading, h('button', { class: 'primary', onclick: () => create(go) }, t('Make a topic'))),
    h('div', { class: 'bar' }, h('label', {}, t('Find'), search), h('label', { class: 'check' }, internal, t('Also the cluster’s own'))), list, pager);
  const look = async () => {
    const after = from[from.length - 1];
    const answer = await api(`/topics?include=records,size,lag&limit=${PAGE}&internal=${internal.checked}&name=${part(search.value)}&after=${part(after)}`, { signal });
    fill(list, table(t('Topics'), [[t('Topic')], [t('Partitions'), true], [t('Records'), true], [t('A second'), true], [t('Size'), true, true], [t('Groups and their lag')]],
      answer.topics.map(topic => {
        const rate = perSecond(topic);
        return [[h('a', { href: '#/topics/' + part(topic.name), class: 'wrap' }, topic.name), ' ',
          topic.leaderless > 0 && badge(t('{n} without leader', { n: topic.leaderless }), 'bad'),
          topic.leaderless === 0 && topic.underReplicated > 0 && badge(t('{n} not in sync', { n: topic.underReplicated }), 'warn')],
        [count(topic.partitionCount), h('span', { class: 'small' }, ' × ' + topic.replicationFactor)], short(topic.records), rate === null ? '…' : short(rate),
        bytes(topic.sizeBytes),
        topic.groups.length ? topic.groups.slice(0, 4).map(group => h('div', {}, h('a', { href: '#/groups/' + part(group.group) }, group.group), ' ',
          h('span', { class: group.lag > 0 ? 'badge warn' : 'badge good' }, short(group.lag)))) : h('span', { class: 'small' }, '–')];
      }), search.value ? t('No topic has that in its name.') : [h('p', {}, t('There is no topic yet. Make one, or write to one:')),
        h('pre', {}, 'echo hello | kcat -P -b ' + location.hostname + ':9092 -t greetings')]));
    fill(pager, h('span', { class: 'soft' }, t('{n} topics', { n: count(answer.total) })),
      from.length > 1 && h('button', { onclick: () => { from.pop(); look(); } }, t('Back')),
      answer.next && h('button', { onclick: () => { from.push(answer.next); look(); } }, t('On')));
  };
  let typed;
  search.addEventListener('input', () => { clearTimeout(typed); typed = setTimeout(() => { from.length = 1; look(); }, 200); });
  internal.addEventListener('change', () => { from.length = 1; look(); });
  await every(3000, signal, look);
}

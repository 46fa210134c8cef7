import { api, every, part } from './api.js';
import { dialog, fill, h, table } from './dom.js';
import { Rate, spark } from './chart.js';
import { count, short } from './format.js';
import { stateBadge } from './overview.js';
import { t } from './words.js';

const lags = new Map();
const kind = type => type ? t(type[0].toUpperCase() + type.slice(1)) : '';
const known = number => number === null || number === undefined ? '–' : count(number);

function assigned(member) {
  return member.assigned.length ? member.assigned.map(one => h('div', { class: 'wrap' }, one.topic, ' ', h('span', { class: 'small' }, '[' + one.partitions.join(', ') + ']')))
    : h('span', { class: 'small' }, t('nothing'));
}

/** What a member of a group of Kafka Streams works on, and what copies of state it keeps. */
function tasks(member) {
  return [['active', 'Tasks: {names}'], ['standby', 'Keeps copies for: {names}'], ['warmup', 'Prepares: {names}']].filter(([name]) => member[name]?.length)
    .map(([name, sentence]) => h('div', { class: 'small wrap' }, t(sentence, { names: member[name].join(', ') })));
}

function topology(group) {
  if (!group.subtopologies) return null;
  const names = list => list.length ? list.map(name => h('div', { class: 'wrap' }, h('a', { href: '#/topics/' + encodeURIComponent(name) }, name))) : '–';
  return h('section', { class: 'card flush' }, h('h2', {}, t('Topology')), table(t('Topology'),
    [[t('Part')], [t('Reads')], [t('Repartitions to'), false, true], [t('Keeps state in'), false, true]],
    group.subtopologies.map(one => [one.subtopology, names(one.sources), names(one.repartitionSinks), names(one.changelogs)]), t('No member has said what it does.')));
}

function reset(group, done) {
  const topics = [...new Set(group.offsets.map(one => one.topic))];
  const topic = h('select', {}, h('option', { value: '' }, t('All its topics')), topics.map(name => h('option', { value: name }, name)));
  const to = h('select', {}, [['earliest', t('the beginning')], ['latest', t('the end')], ['PT1H', t('an hour ago')], ['PT24H', t('yesterday, this time')], ['time', t('a time…')],
    ['by', t('so many records on or back…')]].map(([value, text]) => h('option', { value }, text)));
  const at = h('input', { type: 'datetime-local', step: 1 });
  const by = h('input', { type: 'number', value: '-100' });
  const atLabel = h('label', { hidden: true }, t('Time'), at);
  const byLabel = h('label', { hidden: true }, t('Records'), by);
  to.addEventListener('change', () => { atLabel.hidden = to.value !== 'time'; byLabel.hidden = to.value !== 'by'; seen = false; });
  topic.addEventListener('change', () => { seen = false; });
  let seen = false;
  dialog(t('Where {name} goes on', { name: group.group }), [h('label', {}, t('Topics'), topic), h('label', {}, t('Go on at'), to), atLabel, byLabel,
    h('p', { class: 'soft' }, t('First you see what it would do; then you may do it.'))], [t('Go on'), t('Cancel')], async said => {
    const body = { dryRun: !seen };
    if (topic.value) body.topics = [topic.value];
    if (to.value === 'by') body.by = Number(by.value);
    else body.to = to.value === 'time' ? String(new Date(at.value).getTime()) : to.value;
    const answer = await api(`/groups/${part(group.group)}/offsets`, { method: 'POST', body });
    if (!answer.dryRun) {
      done();
      return true;
    }
    seen = true;
    fill(said, answer.warning && h('p', { class: 'problem' }, t('The group has members, and only a group without is reset: stop its consumers first.')),
      table(t('What it would do'), [[t('Partition')], [t('Now'), true], [t('Then'), true]], answer.offsets.map(one => [one.topic + '-' + one.partition, count(one.before),
        [count(one.after), ' ', h('span', { class: 'small' }, one.change ? (one.change > 0 ? '+' : '') + count(one.change) : '')]]), ''),
      h('p', {}, t('Press it again to do it.')));
    return false;
  });
}

async function one({ root, heading, segments, signal, go }) {
  const id = segments[1];
  fill(heading, id);
  const figures = h('div', { class: 'grid' });
  const members = h('section', { class: 'card flush' });
  const offsets = h('section', { class: 'card flush' });
  const parts = h('div', {});
  let group = await api('/groups/' + part(id), { signal });
  const look = async () => {
    group = await api('/groups/' + part(id), { signal });
    if (!lags.has(id)) lags.set(id, { values: [], rate: new Rate() });
    const history = lags.get(id);
    const isShare = group.type === 'share';
    history.values.push(group.lag);
    if (history.values.length > 300) history.values.shift();
    const rate = history.rate.look(group.offsets.reduce((sum, part) => sum + (part.committed ?? part.start ?? 0), 0));
    fill(figures,
      h('div', { class: 'card figure' }, h('span', { class: 'name' }, t('Lag')), h('span', { class: 'value' }, short(group.lag)), spark(history.values)),
      h('div', { class: 'card figure' }, h('span', { class: 'name' }, t(isShare ? 'Records done with a second' : 'Records committed a second')), h('span', { class: 'value' }, rate === null ? '…' : short(rate)), spark(history.rate.values)),
      h('div', { class: 'card figure' }, h('span', { class: 'name' }, t('State')), h('span', { class: 'value' }, stateBadge(group.state)),
        h('span', { class: 'note' }, [kind(group.type), group.assignor].filter(Boolean).join(' · ')), group.type === 'streams' && group.topologyEpoch !== null && h('span', { class: 'note' }, t('topology epoch {n}', { n: group.topologyEpoch })),
        h('span', { class: 'note' }, t('coordinated by broker {n}', { n: group.coordinator }))));
    fill(members, h('h2', {}, t('Members')), table(t('Members'), [[t('Client')], [t('Host'), false, true], [t('Has')]], group.members.map(member => [
      [member.client, h('div', { class: 'small wrap' }, member.instance ?? member.member)], member.host, [assigned(member), tasks(member)]]), t('Nobody is in it now.')));
    fill(parts, topology(group));
    fill(offsets, h('h2', {}, t('Offsets')), table(t('Offsets'), [[t('Topic')], [t('Partition'), true], [t(isShare ? 'Starts' : 'Committed'), true], [t('Ends'), true], [t('Lag'), true]],
      group.offsets.map(part => [h('a', { href: '#/topics/' + encodeURIComponent(part.topic) }, part.topic), part.partition, known(part.committed ?? part.start), known(part.endOffset),
        part.lag === null ? '–' : h('span', { class: part.lag > 0 ? 'badge warn' : 'badge good' }, count(part.lag))]), t(isShare ? 'It has read nothing.' : 'It has committed nothing.')));
  };
  fill(root, h('nav', { class: 'crumb', 'aria-label': t('Where you are') }, h('a', { href: '#/groups' }, t('Groups'))),
    h('div', { class: 'head' }, heading, h('div', { class: 'bar' }, h('button', { class: 'primary', onclick: () => reset(group, look) }, t('Reset its offsets')),
      h('button', { class: 'danger', onclick: () => dialog(t('Delete {name}?', { name: id }), [h('p', {}, t('Its committed offsets go; consumers of that name begin anew.'))],
        [t('Delete it'), t('Cancel')], async () => {
          await api('/groups/' + part(id), { method: 'DELETE' });
          go('#/groups');
        }, true) }, t('Delete')))), figures, members, parts, offsets);
  await every(2500, signal, look);
}

export async function show(page) {
  if (page.segments[1]) return one(page);
  const { root, heading, signal } = page;
  const search = h('input', { type: 'search', placeholder: t('Part of a name') });
  const list = h('section', { class: 'card flush' });
  fill(root, h('div', { class: 'head' }, heading), h('div', { class: 'bar' }, h('label', {}, t('Find'), search)), list);
  const look = async () => {
    const { groups } = await api(`/groups?include=lag&limit=500&name=${part(search.value)}`, { signal });
    fill(list, table(t('Groups'), [[t('Group')], [t('State')], [t('Protocol'), false, true], [t('Topics'), false, true], [t('Lag'), true]], groups.map(group => [
      h('a', { href: '#/groups/' + part(group.group), class: 'wrap' }, group.group), stateBadge(group.state), kind(group.type), h('span', { class: 'wrap' }, group.topics.join(', ')),
      group.lag === null ? '–' : h('span', { class: group.lag > 0 ? 'badge warn' : 'badge good' }, count(group.lag))]), t('No group has read anything yet.')));
  };
  search.addEventListener('input', look);
  await every(3000, signal, look);
}

import { api, every } from './api.js';
import { badge, fill, h, icon, table } from './dom.js';
import { Rate, spark } from './chart.js';
import { bytes, count, short } from './format.js';
import { line } from './events.js';
import { t } from './words.js';

const rate = new Rate();
const lags = [];

function sentence(problem) {
  switch (problem.kind) {
    case 'leaderless': return [t('{n} partitions have no leader: nobody writes to them or reads them until a broker with their records is back.', { n: problem.count }),
      problem.topics?.length ? ' ' + problem.topics.join(', ') : ''];
    case 'unwritable': return t('{n} partitions take no records with acks=all: start the brokers that are away, or free the disks that are full.', { n: problem.count });
    case 'under-replicated': return t('{n} partitions have fewer replicas in sync than replicas: if another broker fails, they may not be written to.', { n: problem.count });
    case 'broker-missing': return t('Broker {n} is not there, and holds replicas.', { n: problem.broker });
    default: return problem.detail;
  }
}

function hero(cluster) {
  const well = cluster.well;
  return h('section', { class: 'card hero' + (well ? '' : ' bad'), 'aria-labelledby': 'well' },
    h('div', { class: 'mark' }, icon(well ? 'check' : 'alert')),
    h('div', {}, h('strong', { id: 'well' }, well ? t('All is well') : t('{n} things need a look', { n: cluster.problems.length })),
      well ? h('p', { class: 'soft' }, t('{p} partitions of {t} topics are led by {b} brokers, and all replicas are in sync.',
        { b: cluster.brokers.length, p: count(cluster.partitions), t: count(cluster.topics) }))
        : h('ul', {}, cluster.problems.map(problem => h('li', {}, sentence(problem))))));
}

function figure(name, value, note, chart) {
  return h('div', { class: 'card figure' }, h('span', { class: 'name' }, name), h('span', { class: 'value' }, value), note && h('span', { class: 'note' }, note), chart);
}

export async function show({ root, heading, signal }) {
  const state = h('div', { 'aria-live': 'polite' });
  const figures = h('div', { class: 'grid' });
  const behind = h('section', { class: 'card flush' });
  const disks = h('section', { class: 'card flush' });
  const events = h('section', { class: 'card flush' });
  fill(root, h('div', { class: 'head' }, heading), state, figures, h('div', { class: 'grid wide' }, behind, disks), events);
  let last = null;
  await every(2500, signal, async () => {
    let cluster, groups, brokers, happened;
    try {
      [cluster, groups, brokers, happened] = await Promise.all([api('/cluster?include=records', { signal }), api('/groups?include=lag&limit=1000', { signal }),
        api('/brokers', { signal }), api('/events?limit=8', { signal })]);
    } catch (error) {
      if (error.name === 'AbortError') throw error;
      fill(state, h('section', { class: 'card hero bad' }, h('div', { class: 'mark' }, icon('alert')), h('div', {}, h('strong', {}, t('This broker does not answer')),
        h('p', {}, error.message))));
      last = null;
      throw error;
    }
    const perSecond = rate.look(cluster.recordsWritten);
    const lag = groups.groups.reduce((sum, group) => sum + group.lag, 0);
    lags.push(lag);
    if (lags.length > 300) lags.shift();
    const now = JSON.stringify([cluster.problems, cluster.brokers.length, cluster.partitions, cluster.topics]);
    // Only what has changed is said again to those who listen.
    if (now !== last) fill(state, hero(cluster));
    last = now;
    fill(figures,
      figure(t('Records written a second'), perSecond === null ? '…' : short(perSecond), t('{n} in all', { n: short(cluster.recordsWritten) }), spark(rate.values)),
      figure(t('Lag of all groups'), short(lag), t('{n} groups', { n: count(groups.total) }), spark(lags)),
      figure(t('Brokers'), count(cluster.brokers.length), cluster.brokers.map(broker => broker.broker).join(', ')),
      figure(t('Partitions'), short(cluster.partitions), t('{n} not in sync', { n: count(cluster.underReplicated + cluster.leaderless) })));
    const late = groups.groups.filter(group => group.lag > 0).sort((a, b) => b.lag - a.lag).slice(0, 6);
    fill(behind, h('h2', {}, t('Furthest behind')), table(t('Furthest behind'), [[t('Group')], [t('State'), false, true], [t('Lag'), true]],
      late.map(group => [h('a', { href: '#/groups/' + encodeURIComponent(group.group) }, group.group), stateBadge(group.state), count(group.lag)]),
      t('No group is behind.')));
    fill(disks, h('h2', {}, t('Brokers')), table(t('Brokers'), [[t('Broker')], [t('Leads'), true], [t('Size'), true], [t('Free'), true]],
      brokers.brokers.map(broker => [[broker.broker, ' ', h('span', { class: 'small' }, broker.host + ':' + broker.port)], count(broker.leads), bytes(broker.sizeBytes),
        bytes(broker.directories?.reduce((free, directory) => free + (directory.usableBytes ?? 0), 0))]), t('No broker.')));
    fill(events, h('h2', {}, t('What happened lately')), happened.events.length === 0 ? h('p', { class: 'empty' }, t('Nothing since this broker started.'))
      : h('ol', { class: 'timeline' }, happened.events.map(line)));
  });
}

export function stateBadge(state) {
  const kind = state === 'Stable' ? 'good' : state === 'Empty' ? '' : state === 'Dead' ? 'bad' : 'warn';
  return badge(t(state), kind);
}

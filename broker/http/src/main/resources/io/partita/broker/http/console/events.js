import { api, every } from './api.js';
import { fill, h } from './dom.js';
import { count, duration, time } from './format.js';
import { t } from './words.js';

function what(event) {
  const { kind, cause, from, to, count: n } = event;
  const values = { from, to, n: count(n) };
  switch (kind) {
    case 'broker_joined': return ['good', t('Broker {to} is there', values)];
    case 'broker_left': return ['bad', t('Broker {from} is gone', values)];
    case 'topic_created': return ['', t('{n} topics made', values)];
    case 'topic_deleted': return ['', t('{n} topics deleted', values)];
    case 'leader_lost': return ['bad', t(cause === 'broker_gone' ? '{n} partitions lost their leader {from}: its broker is gone' : '{n} partitions lost their leader {from}', values)];
    case 'leader_elected': return [cause === 'broker_gone' ? 'warn' : 'good', t({
      broker_gone: 'Broker {to} leads {n} partitions: broker {from}, which led them, is gone',
      preferred: 'Broker {to} leads {n} partitions again, as it should; broker {from} handed over',
      handed_over: 'Broker {to} leads {n} partitions; broker {from} handed over',
      was_leaderless: 'Broker {to} leads {n} partitions, which had no leader',
    }[cause], values)];
    case 'replica_fell_behind': return [cause === 'stopping' ? '' : 'warn', t({
      broker_gone: 'Broker {from} left the in-sync replicas of {n} partitions: it is gone',
      stopping: 'Broker {from} left the in-sync replicas of {n} partitions: it stops',
      disk: 'Broker {from} left the in-sync replicas of {n} partitions: its disk lacks space or fails',
      slow: 'Broker {from} left the in-sync replicas of {n} partitions: it does not keep up',
    }[cause], values)];
    case 'replica_in_sync': return ['good', t('Broker {to} is in sync in {n} partitions', values)];
    default: return ['', t('Replicas of {n} partitions moved', values)];
  }
}

export function line(event) {
  const [kind, text] = what(event);
  const more = event.count > event.partitions.length ? ' …' : '';
  return h('li', {}, h('span', { class: 'dot ' + kind, 'aria-hidden': 'true' }),
    h('div', {}, text, event.leaderlessMillis !== null && [' ', h('strong', {}, t('Clients stood still for {d}.', { d: duration(event.leaderlessMillis) }))],
      event.partitions.length > 0 && h('div', { class: 'small wrap' }, event.partitions.join(', ') + more)),
    h('time', { datetime: event.at }, time(event.at)));
}

export async function show({ root, heading, signal }) {
  const list = h('section', { class: 'card flush' });
  fill(root, h('div', { class: 'head' }, heading, h('p', { class: 'soft' }, t('As this broker saw it, since it started; the last 500 events.'))), list);
  let last = -1;
  await every(3000, signal, async () => {
    const { events } = await api('/events?limit=500', { signal });
    if (events.length > 0 && events[0].sequence === last) return;
    last = events[0]?.sequence ?? -1;
    fill(list, events.length ? h('ol', { class: 'timeline' }, events.map(line)) : h('p', { class: 'empty' }, t('Nothing since this broker started.')));
  });
}

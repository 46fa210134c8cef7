// Records that are written once more: to another topic, or from a dead-letter topic back to where they come from.
import { api, part } from './api.js';
import { dialog, fill, h } from './dom.js';
import { count } from './format.js';
import { t } from './words.js';

const MARK = '__dlq.errors.';

function headerOf(record, name) {
  return record.headers?.filter(header => header.key === MARK + name).at(-1)?.value;
}

/** What a dead letter is about, with a button that sends it back; null where the record is none. */
export function deadLetter(topic, record) {
  const source = headerOf(record, 'topic');
  if (source === undefined) return null;
  const said = h('span', { role: 'status' });
  const back = h('button', { onclick: async () => {
    back.disabled = true;
    try {
      const answer = await api(`/topics/${part(topic)}/redrives`, { method: 'POST', body: { records: [record.partition + ':' + record.offset] } });
      if (answer.problems.length) throw new Error(answer.problems[0].detail);
      const to = answer.redriven[0].to;
      fill(said, h('span', { class: 'done' }, t('It is in {topic} again, in partition {p} at offset {o}.', { topic: to.topic, p: to.partition, o: to.offset })));
    } catch (error) {
      back.disabled = false;
      fill(said, h('span', { class: 'problem' }, error.message));
    }
  } }, t('Send it back'));
  return h('div', { class: 'form' }, h('p', {}, t('The group {group} gave it up.', { group: headerOf(record, 'group') ?? '?' }), ' ', headerOf(record, 'message') ?? '', ' ',
    h('a', { href: `#/topics/${part(source)}` }, source), ' ', h('span', { class: 'mono' }, headerOf(record, 'partition') + ':' + headerOf(record, 'offset'))),
  h('div', { class: 'bar' }, back, said));
}

/** Copies until all is done; each request does so many. */
async function all(path, body, said, words) {
  let sum = 0;
  let next;
  for (;;) {
    const answer = await api(path, { method: 'POST', body: next ? { ...body, from: undefined, offsets: next } : body });
    sum += answer.copied ?? answer.redriven.length;
    fill(said, h('p', { class: 'done' }, t(words, { n: count(sum) })), answer.problems.map(problem => h('p', { class: 'problem' }, problem.detail)));
    if (answer.complete || answer.problems.length || answer.next === next) return false;
    next = answer.next;
  }
}

export function replay(name) {
  const to = h('input', { required: true });
  const from = h('select', {}, [['earliest', t('From the beginning')], ['PT1H', t('Last hour')], ['PT24H', t('Last day')]].map(([value, text]) => h('option', { value }, text)));
  const contains = h('input', { type: 'search', placeholder: t('Text in key, value or header') });
  dialog(t('Replay to another topic'), [h('label', {}, t('To the topic'), to), h('label', {}, t('Where'), from), h('label', {}, t('Contains'), contains),
    h('p', { class: 'soft' }, t('Keys, headers and times stay as they are.'))], [t('Replay'), t('Close')], said =>
    all(`/topics/${part(name)}/replays`, { to: to.value, from: from.value, contains: contains.value, limit: 1000 }, said, '{n} records are written.'));
}

export function redriveAll(name) {
  dialog(t('Send all dead letters back?'), [h('p', {}, t('Each goes to the topic and partition that it comes from, and every group that reads those gets it. Truncate this topic when all is well.'))],
    [t('Send them back'), t('Close')], said => all(`/topics/${part(name)}/redrives`, {}, said, '{n} records are sent back.'));
}

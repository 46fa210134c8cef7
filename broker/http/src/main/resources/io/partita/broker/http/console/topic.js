import { api, every, part } from './api.js';
import { badge, dialog, fill, h, problem, table } from './dom.js';
import { Rate, spark } from './chart.js';
import { bytes, count, short, time } from './format.js';
import { deadLetter, redriveAll, replay } from './copy.js';
import { t } from './words.js';

const rates = new Map();
const KEPT_WHILE_LIVE = 500;

// ---- one record

function decoded(record, name) {
  if (record[name + 'Base64'] !== undefined) {
    const raw = atob(record[name + 'Base64']);
    return { bytes: Uint8Array.from(raw, c => c.charCodeAt(0)), text: null };
  }
  return { bytes: null, text: record[name] };
}

function hex(value) {
  const all = value.bytes ?? new TextEncoder().encode(value.text);
  const lines = [];
  for (let at = 0; at < all.length; at += 16) {
    const row = [...all.slice(at, at + 16)];
    lines.push(at.toString(16).padStart(8, '0') + '  ' + row.map(b => b.toString(16).padStart(2, '0')).join(' ').padEnd(47) + '  '
      + row.map(b => b >= 32 && b < 127 ? String.fromCharCode(b) : '·').join(''));
  }
  return lines.join('\n');
}

function pretty(text) {
  try {
    // Numbers as they stand there, where the browser can: not all of 64 bits are a number of its own.
    const value = JSON.parse(text, (key, one, from) => typeof one === 'number' && from && JSON.rawJSON ? JSON.rawJSON(from.source) : one);
    return typeof value === 'object' && value !== null ? JSON.stringify(value, null, 2) : null;
  } catch {
    return null;
  }
}

function shown(value) {
  if (value.text === null && value.bytes === null) return h('p', { class: 'nulls' }, 'null');
  const json = value.text === null ? null : pretty(value.text);
  const views = [json !== null && ['JSON', () => json], value.text !== null && [t('Text'), () => value.text], [t('Hex'), () => hex(value)]].filter(Boolean);
  const text = h('pre', { tabindex: '0' }, views[0][1]());
  const buttons = views.map(([name, view], i) => h('button', { 'aria-pressed': String(i === 0), onclick: event => {
    buttons.forEach(button => button.setAttribute('aria-pressed', String(button === event.currentTarget)));
    text.textContent = view();
  } }, name));
  const copy = h('button', { class: 'quiet', onclick: async () => {
    await navigator.clipboard.writeText(text.textContent);
    copy.textContent = t('Copied');
  } }, t('Copy'));
  return [h('div', { class: 'views', role: 'group', 'aria-label': t('Shown as') }, buttons, navigator.clipboard && copy), text];
}

// With which schema a key or value was written, or why it is not shown as that says.
function writtenWith(record, name) {
  const schema = record[name + 'Schema'];
  if (schema === undefined) return null;
  const kind = { avro: 'Avro', protobuf: 'Protobuf', json: 'JSON Schema' }[record[name + 'Format']];
  return h('p', { class: 'soft small' }, t('Schema {id}', { id: schema }), kind && ' · ' + kind, record[name + 'Problem'] && [': ', h('span', { lang: 'en' }, record[name + 'Problem'])]);
}

function brief(value) {
  if (value.text === null && value.bytes === null) return h('span', { class: 'nulls' }, 'null');
  if (value.text === null) return h('span', { class: 'nulls' }, t('{n} binary', { n: bytes(value.bytes.length) }));
  return value.text.length > 300 ? value.text.slice(0, 300) + '…' : value.text === '' ? h('span', { class: 'nulls' }, t('empty')) : value.text;
}

function recordRow(topic, record, fresh) {
  const key = decoded(record, 'key');
  const value = decoded(record, 'value');
  const body = h('div', { class: 'body' });
  const row = h('details', { class: 'record' + (fresh ? ' fresh' : ''), ontoggle: () => {
    if (!row.open || body.firstChild) return;
    body.append(h('h3', { class: 'visually-hidden' }, t('Value')), ...[writtenWith(record, 'value')].filter(Boolean), ...[shown(value)].flat());
    if (record.valueCut) {
      body.append(h('p', { class: 'soft' }, t('The first part of {n}.', { n: bytes(record.valueBytes) }), ' ',
        h('a', { href: `/api/v1/topics/${part(topic)}/partitions/${record.partition}/records/${record.offset}/value${record.valueFormat ? '?format=decoded' : ''}`, download: '' }, t('Load the whole value'))));
    }
    if (record.key !== null || record.keyBase64) body.append(h('div', {}, h('strong', { class: 'small' }, t('Key')), ...[writtenWith(record, 'key'), shown(key)].flat().filter(Boolean)));
    if (record.headers) {
      body.append(...[deadLetter(topic, record)].filter(Boolean));
      body.append(table(t('Headers'), [[t('Header')], [t('Value')]], record.headers.map(header => [header.key, h('code', { class: 'wrap' }, brief(decoded(header, 'value')))]), ''));
    }
  } },
  h('summary', {}, h('span', { class: 'mono' }, record.partition + ':' + record.offset), h('span', { class: 'soft' }, time(record.timestamp)),
    h('code', {}, brief(key)), h('code', {}, brief(value))), body);
  return row;
}

function recordHead() {
  return h('div', { class: 'recordhead', 'aria-hidden': 'true' }, [t('Partition:offset'), t('Time'), t('Key'), t('Value')].map(name => h('span', {}, name)));
}

// ---- records

async function records({ body, topic, name, signal }) {
  const from = h('select', {}, [['newest', t('Newest first')], ['earliest', t('From the beginning')], ['PT10M', t('Last 10 minutes')], ['PT1H', t('Last hour')],
    ['PT24H', t('Last day')], ['time', t('From a time…')], ['offset', t('From an offset…')]].map(([value, text]) => h('option', { value }, text)));
  const at = h('input', { type: 'datetime-local', step: 1 });
  const offset = h('input', { type: 'number', min: 0, value: '0' });
  const partition = h('select', {}, h('option', { value: '' }, t('All')), topic.partitions.map(one => h('option', { value: one.partition }, one.partition)));
  const contains = h('input', { type: 'search', placeholder: t('Text in key, value or header') });
  const expression = h('input', { type: 'search', placeholder: 'value.amount > 10', spellcheck: 'false', title: t('An expression in CEL that is true of the records: value.amount > 10 && key.startsWith("eu-")') });
  const atLabel = h('label', { hidden: true }, t('Time'), at);
  const offsetLabel = h('label', { hidden: true }, t('Offset'), offset);
  const live = h('button', { type: 'button', 'aria-pressed': 'false' }, t('Live'));
  const list = h('div', {});
  const said = h('p', { class: 'soft', role: 'status' });
  const more = h('div', { class: 'bar' });
  let source = null;

  const filter = () => (partition.value ? '&partition=' + partition.value : '') + (contains.value ? '&contains=' + part(contains.value) : '')
    + (expression.value ? '&filter=' + part(expression.value) : '');
  const start = () => {
    if (from.value === 'offset') return '&offset=' + offset.value + (partition.value ? '' : '&partition=0');
    if (from.value === 'time') return '&from=' + (at.value ? new Date(at.value).getTime() : 'earliest');
    return '&from=' + from.value;
  };
  const look = async (next) => {
    stop();
    fill(said, t('Looking…'));
    try {
      const answer = await api(`/topics/${part(name)}/records?limit=50&valueBytes=20000${next ? '&offsets=' + next + filter() : start() + filter()}`, { signal });
      if (!next) fill(list, recordHead());
      list.append(...answer.records.map(record => recordRow(name, record)));
      fill(said, answer.records.length === 0 && !next ? t('No record is like that.') : t('{n} records', { n: list.childElementCount - 1 }),
        contains.value || expression.value ? ' · ' + t('{n} looked at', { n: count(answer.scanned) }) : '', answer.complete || from.value === 'newest' ? '' : ' · ' + t('there are more'));
      fill(more, !answer.complete && from.value !== 'newest' && h('button', { onclick: () => look(answer.next) }, t('More')));
    } catch (error) {
      if (error.name !== 'AbortError') fill(said, problem(error));
    }
  };
  const stop = () => {
    source?.close();
    source = null;
    live.setAttribute('aria-pressed', 'false');
    fill(live, t('Live'));
  };
  const follow = () => {
    fill(list, recordHead());
    fill(more);
    fill(said, t('Records appear as they come.'));
    live.setAttribute('aria-pressed', 'true');
    fill(live, h('span', { class: 'live' }, t('Live')));
    source = new EventSource(`/api/v1/topics/${part(name)}/tail?valueBytes=20000${filter()}`);
    let waiting = [];
    source.addEventListener('record', event => {
      if (waiting.length === 0) requestAnimationFrame(() => {
        const rows = waiting.slice(-KEPT_WHILE_LIVE).reverse().map(record => recordRow(name, record, true));
        waiting = [];
        list.firstChild.after(...rows);
        while (list.childElementCount > KEPT_WHILE_LIVE + 1) list.lastChild.remove();
      });
      waiting.push(JSON.parse(event.data));
      if (waiting.length > KEPT_WHILE_LIVE) waiting.shift();
    });
    source.addEventListener('problem', event => {
      stop();
      fill(said, problem(new Error(JSON.parse(event.data).detail)));
    });
  };
  live.addEventListener('click', () => source ? stop() : follow());
  signal.addEventListener('abort', stop);
  from.addEventListener('change', () => {
    atLabel.hidden = from.value !== 'time';
    offsetLabel.hidden = from.value !== 'offset';
    if (from.value !== 'time' && from.value !== 'offset') look();
  });
  partition.addEventListener('change', () => source ? (stop(), follow()) : look());
  fill(body, h('form', { class: 'bar', onsubmit: event => { event.preventDefault(); look(); } },
    h('label', {}, t('Where'), from), atLabel, offsetLabel, h('label', {}, t('Partition'), partition), h('label', {}, t('Contains'), contains),
    h('label', {}, t('Filter (CEL)'), expression), h('button', { type: 'submit', class: 'primary' }, t('Show')), live,
    h('a', { class: 'small', href: `/api/v1/topics/${part(name)}/export`, download: '' }, t('Export'))), h('section', { class: 'card flush', 'aria-label': t('Records') }, list), h('div', { class: 'bar' }, said, more));
  await look();
}

function write(name, topic) {
  const key = h('input', {});
  const value = h('textarea', { required: true, autofocus: true, spellcheck: 'false' });
  const headers = h('textarea', { placeholder: 'source=console', spellcheck: 'false' });
  const partition = h('select', {}, h('option', { value: '' }, t('as the key says')), topic.partitions.map(one => h('option', { value: one.partition }, one.partition)));
  dialog(t('Write a record'), [h('label', {}, t('Key'), key), h('label', {}, t('Value'), value), h('label', {}, t('Headers, a line each'), headers),
    h('label', {}, t('Partition'), partition)], [t('Write it'), t('Close')], async said => {
    const record = { value: value.value };
    if (key.value) record.key = key.value;
    if (partition.value) record.partition = Number(partition.value);
    const lines = headers.value.split('\n').filter(line => line.includes('='));
    if (lines.length) record.headers = Object.fromEntries(lines.map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
    const answer = await api(`/topics/${part(name)}/records`, { method: 'POST', body: record });
    fill(said, h('p', { class: 'done' }, t('Written to partition {p} at offset {o}.', { p: answer.records[0].partition, o: answer.records[0].offset })));
    return false;
  });
}

// ---- partitions

async function partitions({ body, name, signal }) {
  const figures = h('div', { class: 'grid' });
  const list = h('section', { class: 'card flush' });
  fill(body, figures, list);
  if (!rates.has(name)) rates.set(name, new Rate());
  const rate = rates.get(name);
  await every(2500, signal, async () => {
    const topic = await api('/topics/' + part(name), { signal });
    const now = rate.look(topic.partitions.reduce((sum, one) => sum + (one.endOffset ?? 0), 0));
    fill(figures, h('div', { class: 'card figure' }, h('span', { class: 'name' }, t('Records written a second')), h('span', { class: 'value' }, now === null ? '…' : short(now)),
      spark(rate.values)),
    h('div', { class: 'card figure' }, h('span', { class: 'name' }, t('Records')), h('span', { class: 'value' }, short(topic.partitions.reduce((sum, one) => sum + (one.endOffset - one.startOffset), 0)))),
    h('div', { class: 'card figure' }, h('span', { class: 'name' }, t('Size')), h('span', { class: 'value' }, bytes(topic.partitions.reduce((sum, one) => sum + (one.sizeBytes ?? 0), 0))),
      h('span', { class: 'note' }, t('of one replica'))));
    fill(list, table(t('Partitions'), [[t('Partition')], [t('Leader')], [t('Replicas')], [t('In sync')], [t('Begins'), true], [t('Ends'), true], [t('Size'), true]],
      topic.partitions.map(one => [one.partition, one.leader === null ? badge(t('none'), 'bad') : [one.leader, ' ', h('span', { class: 'small' }, t('epoch {n}', { n: one.leaderEpoch }))],
        one.replicas.join(', '), one.inSync.length < one.replicas.length ? badge(one.inSync.join(', '), 'warn') : one.inSync.join(', '),
        count(one.startOffset), count(one.endOffset), bytes(one.sizeBytes)]), ''));
  });
}

// ---- groups

async function groups({ body, name, signal }) {
  const list = h('section', { class: 'card flush' });
  fill(body, list);
  await every(3000, signal, async () => {
    const answer = await api(`/topics?include=lag&internal=true&limit=1000&name=${part(name)}`, { signal });
    const topic = answer.topics.find(one => one.name === name);
    fill(list, table(t('Groups'), [[t('Group')], [t('Lag'), true]], (topic?.groups ?? []).map(group => [h('a', { href: '#/groups/' + part(group.group) }, group.group),
      count(group.lag)]), t('No group has committed offsets of this topic.')));
  });
}

// ---- settings

async function settings({ body, name, signal }) {
  const changed = h('input', { type: 'checkbox' });
  const search = h('input', { type: 'search', placeholder: t('Part of a name') });
  const list = h('section', { class: 'card flush' });
  fill(body, h('div', { class: 'bar' }, h('label', {}, t('Find'), search), h('label', { class: 'check' }, changed, t('Only what differs from the default'))), list);
  let all = [];
  const draw = () => fill(list, configTable(all.filter(one => one.name.includes(search.value) && (!changed.checked || !one.isDefault)), edit));
  const edit = config => {
    const value = h('input', { value: config.value ?? '', autofocus: true });
    dialog(config.name, [h('p', { class: 'soft' }, config.documentation), h('label', {}, t('Value'), value),
      config.source === 'topic' && h('button', { type: 'button', onclick: async event => {
        await api('/topics/' + part(name), { method: 'PATCH', body: { configs: { [config.name]: null } } });
        event.target.closest('dialog').close();
        await load();
      } }, t('Back to the default'))], [t('Set it'), t('Cancel')], async () => {
      await api('/topics/' + part(name), { method: 'PATCH', body: { configs: { [config.name]: value.value } } });
      await load();
    });
  };
  const load = async () => {
    all = (await api(`/topics/${part(name)}/configs`, { signal })).configs;
    draw();
  };
  changed.addEventListener('change', draw);
  search.addEventListener('input', draw);
  await load();
}

export function configTable(configs, edit) {
  return table(t('Settings'), [[t('Setting')], [t('Value')], [t('From')]], configs.map(config => [
    [h('span', { class: 'mono wrap' }, config.name), h('div', { class: 'small' }, config.documentation)],
    [h('code', { class: 'wrap' }, config.sensitive ? '••••' : config.value ?? h('span', { class: 'nulls' }, t('none'))),
      edit && !config.readOnly && [' ', h('button', { class: 'quiet', onclick: () => edit(config), 'aria-label': t('Change {name}', { name: config.name }) }, t('Change'))]],
    config.isDefault ? h('span', { class: 'small' }, t('default')) : badge(t(config.source), 'accent')]), t('Every setting is as by default.'));
}

// ---- the page

function remove(name, go) {
  const typed = h('input', { autofocus: true });
  dialog(t('Delete {name}?', { name }), [h('p', {}, t('All its records go. Write the name of the topic to go on.')), h('label', {}, t('Name'), typed)],
    [t('Delete it'), t('Cancel')], async () => {
      if (typed.value !== name) throw new Error(t('That is not the name of the topic.'));
      await api('/topics/' + part(name), { method: 'DELETE' });
      go('#/topics');
    }, true);
}

const tabs = { records: ['Records', records], partitions: ['Partitions', partitions], groups: ['Groups', groups], settings: ['Settings', settings] };

export async function show(page) {
  const { root, heading, segments, signal, go } = page;
  const name = segments[1];
  const tab = tabs[segments[2]] ? segments[2] : 'records';
  fill(heading, name);
  const topic = await api('/topics/' + part(name), { signal });
  const takesLetters = (await api(`/topics/${part(name)}/configs?changed=true`, { signal }).catch(() => ({ configs: [] }))).configs
    .some(one => one.name === 'errors.deadletterqueue.group.enable' && one.value === 'true');
  const body = h('div', { class: 'form' });
  fill(root, h('nav', { class: 'crumb', 'aria-label': t('Where you are') }, h('a', { href: '#/topics' }, t('Topics'))),
    h('div', { class: 'head' }, heading, h('div', { class: 'bar' }, h('button', { class: 'primary', onclick: () => write(name, topic) }, t('Write a record')),
      h('button', { onclick: () => replay(name) }, t('Replay')), takesLetters && h('button', { onclick: () => redriveAll(name) }, t('Send dead letters back')),
      h('button', { class: 'danger', onclick: () => remove(name, go) }, t('Delete')))),
    h('nav', { class: 'tabs', 'aria-label': t('Parts of the topic') }, Object.entries(tabs).map(([key, [title]]) =>
      h('a', { href: `#/topics/${part(name)}/${key}`, 'aria-current': key === tab ? 'true' : null }, t(title)))), body);
  await tabs[tab][1]({ body, topic, name, signal });
}

import { fill, h } from './dom.js';
import { t } from './words.js';

function operation(path, verb, described) {
  const inputs = described.parameters.map(parameter => [parameter, h('input', { placeholder: parameter.schema.type })]);
  const example = described.requestBody?.content['application/json']?.example;
  const body = example && h('textarea', { spellcheck: 'false', value: JSON.stringify(example, null, 2) });
  const said = h('div', {});
  const act = async event => {
    event.preventDefault();
    let target = path;
    const query = new URLSearchParams();
    for (const [parameter, input] of inputs) {
      if (parameter.in === 'path') target = target.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
      else if (input.value !== '') query.set(parameter.name, input.value);
    }
    const response = await fetch(target + (query.size ? '?' + query : ''), { method: verb.toUpperCase(), headers: { 'Partita-Console': '1',
      ...(body ? { 'Content-Type': 'application/json' } : {}) }, body: body?.value });
    const text = await response.text();
    let shown = text;
    try {
      shown = JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      // It is no JSON.
    }
    fill(said, h('p', { class: 'small', role: 'status' }, response.status + ' ' + target + (query.size ? '?' + query : '')), text && h('pre', { tabindex: '0' }, shown.slice(0, 100_000)));
  };
  return h('details', { class: 'op' }, h('summary', {}, h('span', { class: 'verb' }, verb.toUpperCase()), h('code', { class: 'wrap' }, path), h('span', { class: 'soft' }, described.summary)),
    h('form', { class: 'form', onsubmit: act }, inputs.map(([parameter, input]) => h('label', {}, [parameter.name, parameter.description ? ' – ' + parameter.description : ''], input)),
      body && h('label', {}, t('Body'), body),
      described.operationId === 'tail' ? h('p', { class: 'soft' }, t('A stream: see Live of a topic, or curl.')) : h('div', {}, h('button', { type: 'submit', class: 'primary' }, t('Send it'))), said));
}

export async function show({ root, heading, signal }) {
  const api = await (await fetch('/api/v1/openapi.json', { signal })).json();
  const groups = new Map();
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const [verb, described] of Object.entries(methods)) {
      const tag = described.tags[0];
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(operation(path, verb, described));
    }
  }
  fill(root, h('div', { class: 'head' }, heading, h('a', { class: 'button', href: '/api/v1/openapi.json' }, 'OpenAPI 3.1')),
    h('p', { class: 'soft' }, t('Everything that the console does goes by this interface, and can be tried here. It is done for real.')),
    [...groups].map(([tag, operations]) => h('section', { class: 'card flush' }, h('h2', {}, tag), operations)));
}

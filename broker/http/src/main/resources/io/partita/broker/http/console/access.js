import { api, part } from './api.js';
import { badge, dialog, fill, h, problem, table } from './dom.js';
import { count } from './format.js';
import { t } from './words.js';

function make(done) {
  const select = words => h('select', {}, words.map(word => h('option', { value: word }, word)));
  const resource = select(['topic', 'group', 'cluster', 'transactional_id', 'user']);
  const name = h('input', { required: true, value: '' });
  const pattern = select(['literal', 'prefixed']);
  const principal = h('input', { required: true, value: 'User:', pattern: '[A-Za-z]+:.+' });
  const operation = select(['read', 'write', 'create', 'delete', 'alter', 'describe', 'describe_configs', 'alter_configs', 'all']);
  const permission = select(['allow', 'deny']);
  dialog(t('Make an access rule'), [h('label', {}, t('Who'), principal), h('label', {}, t('May or may not'), permission), h('label', {}, t('Operation'), operation),
    h('label', {}, t('Of what'), resource), h('label', {}, t('Name'), name), h('label', {}, t('Names'), pattern)], [t('Make it'), t('Cancel')], async () => {
    await api('/acls', { method: 'POST', body: { resource: resource.value, name: resource.value === 'cluster' ? 'kafka-cluster' : name.value, pattern: pattern.value,
      principal: principal.value, operation: operation.value, permission: permission.value } });
    await done();
  });
}

export async function show({ root, heading, signal }) {
  const rules = h('section', { class: 'card flush' });
  const quotas = h('section', { class: 'card flush' });
  const transactions = h('section', { class: 'card flush' });
  const acls = async () => {
    try {
      const answer = await api('/acls', { signal });
      fill(rules, h('h2', {}, t('Access rules')), table(t('Access rules'), [[t('Who')], [t('May or may not')], [t('Of what')], ['']], answer.acls.map(acl => [acl.principal,
        [badge(t(acl.permission), acl.permission === 'allow' ? 'good' : 'bad'), ' ', acl.operation],
        [acl.resource, ' ', h('code', { class: 'wrap' }, acl.name + (acl.pattern === 'prefixed' ? '…' : ''))],
        h('button', { class: 'quiet', 'aria-label': t('Delete the rule of {name}', { name: acl.principal }), onclick: () => dialog(t('Delete this rule?'),
          [h('p', {}, `${acl.principal} ${acl.permission} ${acl.operation} ${acl.resource} ${acl.name}`)], [t('Delete it'), t('Cancel')], async () => {
            await api('/acls?' + ['resource', 'name', 'pattern', 'principal', 'host', 'operation', 'permission'].map(key => key + '=' + part(acl[key])).join('&'), { method: 'DELETE' });
            await acls();
          }, true) }, t('Delete'))]), t('There is no rule: only super.users may do anything.')));
    } catch (error) {
      if (error.name !== 'AbortError') fill(rules, h('h2', {}, t('Access rules')), h('div', { class: 'empty' }, error.message));
    }
  };
  fill(root, h('div', { class: 'head' }, heading, h('button', { class: 'primary', onclick: () => make(acls) }, t('Make an access rule'))), rules, quotas, transactions);
  await acls();
  try {
    const [bounds, open] = await Promise.all([api('/quotas', { signal }), api('/transactions?limit=200', { signal })]);
    fill(quotas, h('h2', {}, t('Quotas')), table(t('Quotas'), [[t('Whose')], [t('Quota')], [t('Value'), true]], bounds.quotas.flatMap(quota => Object.entries(quota.quotas)
      .map(([key, value]) => [Object.entries(quota.entity).map(([type, name]) => type + ' ' + (name ?? t('all others'))).join(', '), key, count(value)])), t('Nobody is bounded.')));
    fill(transactions, h('h2', {}, t('Transactions')), table(t('Transactions'), [[t('Id')], [t('State')], [t('Producer'), true]], open.transactions.map(one => [
      h('span', { class: 'wrap' }, one.id), badge(one.state, one.state === 'Ongoing' ? 'accent' : ''), String(one.producerId)]), t('There are no transactional producers.')));
  } catch (error) {
    if (error.name !== 'AbortError') fill(quotas, problem(error));
  }
}

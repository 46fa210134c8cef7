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

const operations = ['read', 'write', 'create', 'delete', 'alter', 'describe', 'describe_configs', 'alter_configs', 'cluster_action', 'idempotent_write'];

function why(decision) {
  const rule = decision.rule && [badge(t(decision.rule.permission), decision.rule.permission === 'allow' ? 'good' : 'bad'), ' ', h('code', { class: 'wrap' }, decision.rule.principal
    + (decision.rule.host === '*' ? '' : '@' + decision.rule.host)), ' ', decision.rule.operation, ' ', decision.rule.resource, ' ',
  h('code', { class: 'wrap' }, decision.rule.name + (decision.rule.pattern === 'prefixed' ? '…' : ''))];
  return {
    not_asked: t('Everybody may do everything: authorizer.class.name is not set.'),
    super_user: t('One of super.users may do everything.'),
    denied: [t('A rule denies it, and that wins:'), ' ', rule],
    allowed: [t('A rule allows it, and none denies it:'), ' ', rule],
    without_rule: t('No rule is about it, and allow.everyone.if.no.acl.found is set.'),
    not_allowed: t('No rule allows it.'),
  }[decision.reason] ?? decision.why;
}

function ask(signal) {
  const select = words => h('select', {}, words.map(word => h('option', { value: word }, word)));
  const operation = select(operations);
  const resource = select(['topic', 'group', 'cluster', 'transactional_id', 'user']);
  const name = h('input', { placeholder: '*' });
  const principal = h('input', { placeholder: t('everybody') });
  const answer = h('div', { 'aria-live': 'polite' });
  const form = h('form', { class: 'bar', onsubmit: async event => {
    event.preventDefault();
    try {
      const { decisions } = await api(`/access?operation=${operation.value}&resource=${resource.value}&name=${part(name.value)}`
        + (principal.value ? '&principal=' + part(principal.value.includes(':') ? principal.value : 'User:' + principal.value) : ''), { signal });
      fill(answer, table(t('Who may do it, and why'), [[t('Who')], [t('May it?')], [t('Why')]], decisions.map(one => [
        one.principal === 'User:*' ? t('everybody else') : one.principal, one.allowed ? badge(t('yes'), 'good') : badge(t('no'), 'bad'), why(one)]),
      t('Nobody is known: there are no rules, super.users or passwords.')));
    } catch (error) {
      if (error.name !== 'AbortError') fill(answer, problem(error));
    }
  } }, h('label', {}, t('Operation'), operation), h('label', {}, t('Of what'), resource), h('label', {}, t('Name'), name), h('label', {}, t('Who'), principal),
  h('button', { type: 'submit' }, t('Ask')));
  return h('section', { class: 'card form', id: 'why' }, h('h2', {}, t('Who may do what, and why')), form, answer);
}

function password(done, user) {
  const name = h('input', { required: true, value: user ?? '', autocomplete: 'off' });
  const secret = h('input', { type: 'password', required: true, autocomplete: 'new-password' });
  dialog(t('Set a password'), [h('label', {}, t('User'), name), h('label', {}, t('Password'), secret)], [t('Set it'), t('Cancel')], async () => {
    await api('/users', { method: 'POST', body: { user: name.value, password: secret.value } });
    await done();
  });
}

export async function show({ root, heading, signal }) {
  const rules = h('section', { class: 'card flush' });
  const people = h('section', { class: 'card flush' });
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
  const users = async () => {
    try {
      const answer = await api('/users?limit=500', { signal });
      fill(people, h('h2', {}, t('Users')), table(t('Users'), [[t('User')], [t('Password for')], ['']], answer.users.map(user => [user.user,
        user.mechanisms.map(one => one.mechanism).join(', '), h('div', { class: 'bar' }, h('button', { class: 'quiet', 'aria-label': t('Another password for {name}', { name: user.user }),
          onclick: () => password(users, user.user) }, t('Another password')),
        h('button', { class: 'quiet', 'aria-label': t('Delete {name}', { name: user.user }), onclick: () => dialog(t('Delete {name}?', { name: user.user }),
          [h('p', {}, t('Nobody logs in by that name any more; connections stay until they end.'))], [t('Delete it'), t('Cancel')], async () => {
            await api('/users/' + part(user.user), { method: 'DELETE' });
            await users();
          }, true) }, t('Delete')))]), t('Nobody has a password in the cluster.')));
    } catch (error) {
      if (error.name !== 'AbortError') fill(people, h('h2', {}, t('Users')), h('div', { class: 'empty' }, error.message));
    }
  };
  fill(root, h('div', { class: 'head' }, heading, h('div', { class: 'bar' }, h('button', { class: 'primary', onclick: () => make(acls) }, t('Make an access rule')),
    h('button', { onclick: () => password(users) }, t('Set a password')))), ask(signal), rules, people, quotas, transactions);
  await acls();
  await users();
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

import { api } from './api.js';
import { fill, h, problem } from './dom.js';
import { t } from './words.js';

export async function show(done, choices) {
  const ways = (await api('/login')).ways;
  const said = h('div', {});
  const user = h('input', { autocomplete: 'username', required: true, name: 'user' });
  const password = h('input', { type: 'password', autocomplete: 'current-password', required: true, name: 'password' });
  const token = h('textarea', { required: true, name: 'token', spellcheck: 'false' });
  const form = (fields, body) => h('form', { class: 'form', onsubmit: async event => {
    event.preventDefault();
    try {
      await api('/session', { method: 'POST', body: body() });
      done();
    } catch (error) {
      fill(said, problem(error));
    }
  } }, fields, h('button', { class: 'primary', type: 'submit' }, t('Log in')));
  fill(document.body, h('main', { class: 'login' }, h('div', { class: 'card' },
    h('div', { class: 'brand' }, h('img', { src: '/console/icon.svg', alt: '' }), h('h1', {}, 'Partita')),
    h('p', { class: 'soft' }, ways.length ? t('Log in as over Kafka’s protocol: you see and do here what you may there.')
      : t('This listener knows its clients by certificates, which the console does not take here. http.authentication.listener may name another one.')),
    ways.includes('password') && form([h('label', {}, t('User'), user), h('label', {}, t('Password'), password)],
      () => ({ user: user.value, password: password.value })),
    ways.includes('token') && form([h('label', {}, t('Token'), token)], () => ({ token: token.value.trim() })),
    said, choices())));
  (ways.includes('password') ? user : token).focus();
}

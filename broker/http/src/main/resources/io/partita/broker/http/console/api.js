// The REST interface. What goes wrong is thrown as an Error whose message is the sentence that the broker gives.
const listeners = new Set();

export function onLoggedOut(listener) {
  listeners.add(listener);
}

export class Problem extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

export async function api(path, { method = 'GET', body, headers = {}, signal } = {}) {
  let response;
  try {
    response = await fetch('/api/v1' + path, {
      method, signal,
      headers: { ...headers, 'Partita-Console': '1', ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Problem(0, 'The broker does not answer. It is asked again every few seconds.');
  }
  if (response.status === 401 && path !== '/session') listeners.forEach(listener => listener());
  if (response.status === 204) return { etag: null };
  let answer;
  try {
    answer = await response.json();
  } catch {
    throw new Problem(response.status, 'The broker answers ' + response.status + ', and not in JSON.');
  }
  if (!response.ok) throw new Problem(response.status, answer.detail ?? 'The broker answers ' + response.status + '.');
  Object.defineProperty(answer, 'etag', { value: response.headers.get('etag'), enumerable: false });
  return answer;
}

/** Does something now and then, until the signal says that the page is left; not while nobody looks. */
export function every(millis, signal, act) {
  let timer;
  const again = async () => {
    if (signal.aborted) return;
    if (!document.hidden) {
      try {
        await act();
      } catch (error) {
        if (signal.aborted || error.name === 'AbortError') return;
      }
    }
    if (!signal.aborted) timer = setTimeout(again, millis);
  };
  signal.addEventListener('abort', () => clearTimeout(timer));
  return again();
}

export const part = encodeURIComponent;

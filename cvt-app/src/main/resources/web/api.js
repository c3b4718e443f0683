// The HTTP service that serves this page.

let token = '';

/** What a request ended in, in words for people; `status` is 0 where no answer came. */
export class ServiceError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

export function useToken(text) {
  token = text;
}

export async function models() {
  return (await call('v1/models')).models;
}

export function predict(model, picture, signal) {
  return call(`v1/predict?${new URLSearchParams({model, top: 5})}`, post(picture, signal));
}

/** `question` holds method and, as far as the method has them, stage, block, head and class. */
export function explain(model, picture, question, signal) {
  return call(`v1/explain?${new URLSearchParams({model, ...question})}`, post(picture, signal));
}

function post(picture, signal) {
  // What a file really is the server tells from its bytes; a wrong name should not decide.
  const type = picture.type.startsWith('image/') ? picture.type : 'application/octet-stream';
  return {method: 'POST', body: picture, headers: {'Content-Type': type}, signal};
}

async function call(path, options = {}) {
  const headers = {Accept: 'application/json', ...options.headers};
  if (token) {
    headers.Authorization = `Bearer ${token}`;
  }
  let response;
  try {
    response = await fetch(path, {...options, headers});
  } catch (e) {
    if (e.name === 'AbortError') {
      throw e;
    }
    throw new ServiceError('The server does not answer. Is it still running?', 0);
  }
  const body = await response.json().catch(() => null);
  if (!response.ok || body === null) {
    throw new ServiceError(problem(response, body), response.status);
  }
  return body;
}

function problem(response, body) {
  const said = body?.detail || body?.title;
  if (response.status === 429) {
    const wait = response.headers.get('Retry-After');
    return `The server is busy${wait ? `; try again in ${wait} s` : '; try again soon'}.`;
  }
  return said || `The server answered ${response.status} ${response.statusText}.`;
}

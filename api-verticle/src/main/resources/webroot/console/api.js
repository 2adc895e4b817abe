// Requests to the API. Every failure is an ApiError whose message is a sentence for people.
import { t } from './i18n.js';

const PATIENCE_MILLIS = 20_000;

export class ApiError extends Error {
  constructor(message, { status = 0, code = 'unreachable', retryAfter = null, body = null } = {}) {
    super(message);
    Object.assign(this, { status, code, retryAfter, body });
  }

  /** This API is older than the console, and has no such route. */
  get missing() {
    return this.status === 404 && this.code === 'path_not_found';
  }
}

export async function errorOf(response) {
  const body = await response.json().catch(() => null);
  return new ApiError(body?.detail ?? t('error.status', { status: response.status }), {
    status: response.status,
    code: body?.code ?? 'unknown',
    retryAfter: Number(response.headers.get('Retry-After')) || null,
    body,
  });
}

/** @returns {{body: any, etag: string|null}} body is null where there is none */
export async function send(method, path, { body, headers = {}, patience = PATIENCE_MILLIS } = {}) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: body === undefined ? headers : { 'Content-Type': 'application/json', ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(patience),
    });
  } catch {
    throw new ApiError(t('error.unreachable'));
  }
  if (!response.ok) {
    throw await errorOf(response);
  }
  return {
    body: response.status === 204 ? null : await response.json(),
    etag: response.headers.get('ETag'),
  };
}

export const get = async (path, options) => (await send('GET', path, options)).body;

/** A path with a query; what is null, undefined or empty is left out. */
export function query(path, parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== '');
  return given.length ? `${path}?${new URLSearchParams(given)}` : path;
}

const scenario = id => `/api/v1/scenarios/${encodeURIComponent(id)}`;

export const api = {
  scenarios: parameters => get(query('/api/v1/scenarios', parameters)),
  scenario: id => send('GET', scenario(id)),
  // The key makes trying again harmless: a create whose answer was lost is not done twice.
  create: (body, key) =>
    send('POST', '/api/v1/scenarios', { body, headers: { 'Idempotency-Key': key }, patience: 45_000 }),
  change: (id, body, etag) => send('PATCH', scenario(id), { body, headers: etag ? { 'If-Match': etag } : {} }),
  start: id => send('POST', `${scenario(id)}/start`),
  stop: id => send('POST', `${scenario(id)}/stop`),
  remove: id => send('DELETE', scenario(id)),
  events: (id, limit = 100) => get(query(`${scenario(id)}/events`, { limit })),
  predictions: (id, parameters) => get(query(`${scenario(id)}/predictions`, parameters)),
  stats: (id, parameters) => get(query(`${scenario(id)}/stats`, parameters)),
  preview: id => `${scenario(id)}/preview.mjpeg`,
  video: id => `${scenario(id)}/video`,
  export: (id, parameters) => query(`${scenario(id)}/predictions`, parameters),
  models: () => get('/api/v1/models'),
  probe: body => get2('/api/v1/probe', body),
  discover: wait => get(query('/api/v1/discovery/onvif', { wait }), { patience: 30_000 }),
  media: () => get(query('/api/v1/media', { limit: 1000 })),
  mediaFile: name => get(`/api/v1/media/${encodeURIComponent(name)}`),
  cluster: () => get('/api/v1/cluster'),
};

async function get2(path, body) {
  return (await send('POST', path, { body, patience: 45_000 })).body;
}

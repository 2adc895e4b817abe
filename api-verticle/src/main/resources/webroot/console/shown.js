// Small pieces of markup that several views share.
import { html, nothing } from 'lit';
import { number, span, t, word } from './i18n.js';

const KINDS = {
  active: 'good', streaming: 'good', closed: 'good', up: 'good', running: 'good',
  init_startup: 'wait', in_startup_processing: 'wait', init_shutdown: 'wait', in_shutdown_processing: 'wait',
  connecting: 'wait', backing_off: 'bad', half_open: 'wait', open: 'bad', draining: 'wait', outdated: 'wait', lost: 'bad',
};

export const pill = (prefix, value) => html`<span class="pill ${KINDS[value] ?? 'idle'}">${word(prefix, value)}</span>`;

/** An error where it happens; read out when it appears. */
export const problem = message => html`<div class="says" aria-live="assertive">${
  message ? html`<p class="error">${message}</p>` : nothing}</div>`;

export const titleOf = s => s.name ?? sourceOf(s);

/** A file by its own name: where it lies is the operator's business. */
export const sourceOf = s => (s.camera_url?.startsWith('file:') ? s.camera_url.replace(/^.*\//, '') : s.camera_url ?? '');

export const isFile = s => s.camera_url?.startsWith('file:') ?? false;

export const stopped = s => s.status === 'inactive';
export const stopping = s => s.status.includes('shutdown');

/** Classes and how often each occurs, the most frequent first. */
export function countsOf(detections) {
  const counts = new Map();
  detections.forEach(d => counts.set(d.class, (counts.get(d.class) ?? 0) + 1));
  return sorted([...counts]);
}

const sorted = pairs => pairs.sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));

export const inWords = pairs => pairs.map(([name, n]) => `${number(n)}\u00a0×\u00a0${name}`).join(', ');

export const objectsInWords = objects =>
  objects == null ? '–' : inWords(sorted(Object.entries(objects))) || t('objects.none');

/** Runners report twice a second, and are asked for every two seconds: who said nothing for longer is silent. */
const SILENT_MILLIS = 4000;

/**
 * How old the newest frame of a scenario is, as its runner last measured it: frames that came since are not known here, and
 * must not look as if they had not come. It grows with time where none come, and where the runner is silent.
 *
 * @param since milliseconds since the scenario came from the API
 * @returns milliseconds; null where there is no frame
 */
export function frameAge(s, since) {
  const source = s.source;
  if (stopped(s) || source?.frame_age_ms == null) {
    return null;
  }
  const silent = (source.reported_ms ?? 0) + since;
  const flows = source.state === 'streaming' && silent <= SILENT_MILLIS;
  return flows ? source.frame_age_ms - (source.reported_ms ?? 0) : source.frame_age_ms + since;
}

/** How old a frame is, and in what colour that is said. */
export function ageOf(millis, limit = 5000) {
  return html`<span class="age ${millis > limit ? 'old' : ''}">${millis == null ? '–' : span(millis)}</span>`;
}

export const uuid = () =>
  crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map(b => b.toString(16).padStart(2, '0')).join('');

// The live picture with its boxes. What is not live is shown as such: grey, and with the time since when.
import { html, nothing } from 'lit';
import { api, errorOf } from '../api.js';
import { clock, span, t } from '../i18n.js';
import { live } from '../live.js';
import { drawBoxes, drawGrid, drawPicture, visible } from '../overlay.js';
import { Pairing } from '../pairing.js';
import { Part } from '../part.js';
import { readPreview } from '../preview.js';
import { countsOf, inWords } from '../shown.js';

const RETRY_MILLIS = [500, 1000, 2000, 4000, 8000];
const STALE_MILLIS = 3000;
/** So many frames of a slow scenario may be missing before its picture counts as old. */
const STALE_FRAMES = 3;

class Stage extends Part {
  static properties = { scenario: { attribute: false }, filter: { attribute: false } };

  /** `connecting`, `streaming`, `waiting` (until #retryAt), `missing` (no pictures from this API), `off` */
  #state = 'connecting';
  #retryAt = 0;
  #reason = null;
  #attempts = 0;
  #stream = null;
  #timer = null;
  #picture = null;
  #result = null;
  #seenAt = 0;
  #pairing = new Pairing((picture, result) => this.#shows(picture, result), picture => picture.bitmap?.close());

  connectedCallback() {
    super.connectedCallback();
    this.on(window, 'resize', () => this.#draw());
    this.on(document, 'visibilitychange', () => this.#watch());
    this.every(250, () => this.requestUpdate());
    this.during(() => this.#end());
    this.during(() => this.#pairing.clear());
  }

  /** A result that came over the WebSocket. */
  result(result) {
    this.#pairing.result(result);
    if (this.#state === 'missing' || this.#state === 'waiting') {
      // Boxes alone, on an empty picture: still each one with its own frame.
      this.#shows({ frame: result.frame_number, width: result.width, height: result.height, at: result.timestamp }, result);
    }
  }

  updated(changed) {
    if (changed.has('scenario')) {
      this.#watch();
    }
    if (changed.has('filter')) {
      this.#draw();
    }
  }

  /** Pictures are made only while somebody watches: a page out of sight does not. */
  #watch() {
    const wanted = this.scenario && this.scenario.status !== 'inactive' && !document.hidden;
    if (wanted && !this.#stream && !this.#timer && this.#state !== 'missing') {
      this.#begin();
    } else if (!wanted && (this.#stream || this.#timer)) {
      this.#end();
      this.#become('off');
    }
  }

  async #begin() {
    this.#timer = null;
    const stream = new AbortController();
    this.#stream = stream;
    this.#become(this.#attempts ? this.#state : 'connecting');
    let failure = null;
    try {
      await readPreview(api.preview(this.scenario.scenario_uuid), picture => this.#got(picture, stream), stream.signal, errorOf);
    } catch (e) {
      failure = e;
    }
    if (this.#stream !== stream) {
      return;
    }
    this.#stream = null;
    this.#reason = failure?.code ? failure.message : null;
    if (failure?.missing) {
      this.#become('missing');
      return;
    }
    const pause = (failure?.retryAfter ?? 0) * 1000 || RETRY_MILLIS[Math.min(this.#attempts++, RETRY_MILLIS.length - 1)];
    this.#retryAt = Date.now() + pause;
    this.#timer = setTimeout(() => { this.#timer = null; this.#watch(); }, pause);
    this.#become('waiting');
  }

  #end() {
    clearTimeout(this.#timer);
    this.#timer = null;
    const stream = this.#stream;
    this.#stream = null;
    stream?.abort();
  }

  async #got(picture, stream) {
    picture.bitmap = await createImageBitmap(picture.blob);
    if (this.#stream !== stream) {
      picture.bitmap.close();
      return;
    }
    this.#attempts = 0;
    this.#reason = null;
    this.#state = 'streaming';
    picture.width ||= picture.bitmap.width;
    picture.height ||= picture.bitmap.height;
    this.#pairing.picture(picture);
  }

  #shows(picture, result) {
    if (picture !== this.#picture) {
      this.#seenAt = Date.now();
    }
    this.#picture = picture;
    this.#result = result;
    this.#draw();
  }

  #draw() {
    const picture = this.#picture;
    const [under, over] = this.querySelectorAll('canvas');
    if (!picture || !under) {
      return;
    }
    under.parentElement.style.aspectRatio = `${picture.width} / ${picture.height}`;
    if (picture.bitmap?.width) {
      drawPicture(under, picture.width, picture.height, picture.bitmap);
    } else if (!picture.bitmap) {
      drawGrid(under, picture.width, picture.height);
    }
    const seen = this.#result ? visible(this.#result.detections, this.filter) : [];
    drawBoxes(over, picture.width, picture.height, seen);
    over.dataset.frame = this.#result ? picture.frame : '';
    under.dataset.frame = picture.frame;
    under.setAttribute('aria-label', t('stage.picture', { frame: picture.frame, what: inWords(countsOf(seen)) || t('objects.none') }));
  }

  #become(state) {
    this.#state = state;
    this.requestUpdate();
  }

  render() {
    const running = this.scenario?.status !== 'inactive';
    const since = this.#picture ? Date.now() - this.#seenAt : null;
    const fps = this.scenario?.fps || this.scenario?.worker?.fps || 1;
    const stale = since === null || !running || since > Math.max(STALE_MILLIS, STALE_FRAMES * 1000 / fps);
    return html`
      <div class="stage ${stale ? 'stale' : ''}">
        <canvas role="img" aria-label=${t('stage.nothing')}></canvas><canvas class="over" aria-hidden="true"></canvas>
        ${stale ? html`<div class="veil"><p>${this.#why(running, since)}</p></div>` : nothing}
      </div>
      <p class="under">
        <span class="pill ${stale ? 'bad' : 'good'}" id="liveness">${stale ? t('stage.stale') : t('stage.live')}</span>
        ${this.#picture ? html`<span>${t('stage.frame', { frame: this.#picture.frame })}</span>
          <span class="age ${stale ? 'old' : ''}">${t('stage.age', { age: span(since + (this.#result?.age_ms ?? 0)) })}</span>` : nothing}
        ${this.#result?.gated ? html`<span>${t('stage.gated')}</span>` : nothing}
        ${this.#state === 'missing' ? html`<span>${t('stage.missing')}</span>` : nothing}
        ${this.#state === 'waiting' && !stale ? html`<span>${this.#retry()}</span>` : nothing}
      </p>`;
  }

  #why(running, since) {
    const seen = since === null ? '' : t('stage.since', { at: clock(this.#seenAt), age: span(since) });
    if (!running) {
      return `${t('stage.stopped')} ${seen}`;
    }
    if (this.#state === 'waiting') {
      return `${this.#reason ?? t('stage.broken')} ${this.#retry()} ${seen}`;
    }
    if (live.state !== 'open' && this.#state === 'missing') {
      return `${t('stage.broken')} ${seen}`;
    }
    return since === null ? t('stage.nothing') : seen;
  }

  #retry() {
    return t('live.retry', { n: Math.max(0, Math.ceil((this.#retryAt - Date.now()) / 1000)) });
  }
}

customElements.define('vap-stage', Stage);

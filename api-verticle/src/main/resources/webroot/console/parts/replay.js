// Back in time: stored results replayed as they came, on an empty picture, for pictures are not stored.
import { html } from 'lit';
import { api } from '../api.js';
import { clock, t } from '../i18n.js';
import { drawBoxes, drawGrid, visible } from '../overlay.js';
import { Part } from '../part.js';
import { countsOf, inWords, problem } from '../shown.js';
import { Timeline } from '../timeline.js';

const MINUTES = [15, 60, 360, 1440];
const SPEEDS = [0.5, 1, 2, 5, 20];
/** A frame stands for so long unless the next one comes. */
const STANDS_MILLIS = 1000;
/** Pauses longer than this are skipped. */
const SKIP_MILLIS = 3000;

class Replay extends Part {
  static properties = { scenario: { attribute: false }, filter: { attribute: false } };

  #minutes = 15;
  #speed = 1;
  #since = 0;
  #until = 0;
  #at = 0;
  #playing = false;
  #timeline = null;
  #result = null;
  #error = null;
  #empty = false;
  #last = 0;
  #activity = [];
  #frame = null;

  connectedCallback() {
    super.connectedCallback();
    this.on(window, 'resize', () => this.#draw());
    this.during(() => cancelAnimationFrame(this.#frame));
    this.#open();
  }

  updated(changed) {
    if (changed.has('filter')) {
      this.#draw();
    }
  }

  async #open() {
    await this.updateComplete;
    const uuid = this.scenario.scenario_uuid;
    this.#playing = false;
    try {
      const newest = (await api.predictions(uuid, { limit: 1 })).results.at(-1);
      this.#empty = !newest;
      if (newest) {
        this.#until = Date.parse(newest.timestamp) + 1;
        this.#since = this.#until - this.#minutes * 60_000;
        this.#timeline = new Timeline(async window => {
          const page = await api.predictions(uuid, window);
          this.tell('classes', page.results);
          return page;
        }, this.#until);
        // From the first there is, not from an empty stretch before it.
        await this.#timeline.need(this.#since);
        this.#since = Math.max(this.#since, this.#timeline.after(this.#since - 1) ?? this.#since);
        await this.#seek(this.#since);
        this.#measure();
      }
      this.#error = null;
    } catch (e) {
      this.#error = e.message;
    }
    this.requestUpdate();
  }

  /** How much was seen when: a strip above the slider. */
  async #measure() {
    try {
      const stats = await api.stats(this.scenario.scenario_uuid, {
        since: new Date(this.#since).toISOString(),
        until: new Date(this.#until).toISOString(),
        step: this.#minutes > 360 ? '5m' : '1m',
      });
      this.#activity = stats.buckets.map(b => [Date.parse(b.start), Object.values(b.classes).reduce((n, c) => n + c.most, 0)]);
    } catch {
      // The slider does without.
      this.#activity = [];
    }
    this.requestUpdate();
    await this.updateComplete;
    this.#strip();
  }

  async #seek(at) {
    this.#at = Math.min(Math.max(at, this.#since), this.#until);
    try {
      await this.#timeline.need(this.#at);
      this.#error = null;
    } catch (e) {
      this.#error = e.message;
      this.#playing = false;
    }
    this.#show();
  }

  #show() {
    const result = this.#timeline.before(this.#at, Math.max(STANDS_MILLIS, 40 * this.#speed));
    if (result !== this.#result) {
      this.#result = result;
      this.#draw();
    }
    this.requestUpdate();
  }

  #play() {
    this.#playing = !this.#playing;
    if (this.#playing) {
      if (this.#at >= this.#until - 1) {
        this.#at = this.#since;
      }
      this.#last = performance.now();
      this.#frame = requestAnimationFrame(now => this.#step(now));
    }
    this.requestUpdate();
  }

  async #step(now) {
    if (!this.#playing || !this.here) {
      return;
    }
    let next = this.#at + (now - this.#last) * this.#speed;
    this.#last = now;
    const coming = this.#timeline.after(this.#at);
    if (coming !== null && coming - this.#at > SKIP_MILLIS) {
      next = coming;
    }
    if (next >= this.#until) {
      next = this.#until;
      this.#playing = false;
    }
    await this.#seek(next);
    // Waiting for a page must not become a leap.
    this.#last = Math.max(this.#last, performance.now() - 100);
    this.#frame = requestAnimationFrame(later => this.#step(later));
  }

  #draw() {
    const [under, over] = this.querySelectorAll('.stage canvas');
    if (!under || under.clientWidth === 0) {
      return;
    }
    const width = this.#result?.width ?? 16;
    const height = this.#result?.height ?? 9;
    if (this.#result) {
      under.parentElement.style.aspectRatio = `${width} / ${height}`;
    }
    drawGrid(under, width, height);
    const seen = this.#result ? visible(this.#result.detections, this.filter) : [];
    drawBoxes(over, width, height, seen);
    over.dataset.frame = this.#result?.frame_number ?? '';
    under.setAttribute('aria-label', this.#result
      ? t('stage.picture', { frame: this.#result.frame_number, what: inWords(countsOf(seen)) || t('objects.none') })
      : t('replay.nothing'));
  }

  #strip() {
    const canvas = this.querySelector('.strip');
    if (!canvas || canvas.hidden) {
      return;
    }
    canvas.width = canvas.clientWidth * (window.devicePixelRatio || 1);
    canvas.height = canvas.clientHeight * (window.devicePixelRatio || 1);
    const g = canvas.getContext('2d');
    g.fillStyle = getComputedStyle(this).getPropertyValue('--accent');
    const most = Math.max(1, ...this.#activity.map(([, n]) => n));
    const step = (this.#minutes > 360 ? 300_000 : 60_000) / (this.#until - this.#since) * canvas.width;
    this.#activity.forEach(([start, n]) => {
      const x = (start - this.#since) / (this.#until - this.#since) * canvas.width;
      const h = n / most * canvas.height;
      g.fillRect(x, canvas.height - h, Math.max(1, step - 1), h);
    });
  }

  render() {
    if (this.#empty) {
      return html`<p class="empty">${t('replay.empty')}</p>`;
    }
    return html`
      <div class="stage"><canvas role="img" aria-label=${t('replay.nothing')}></canvas><canvas class="over" aria-hidden="true"></canvas>
        <p class="corner">${t('replay.stored')} · ${this.#at ? clock(this.#at, true) : ''}</p></div>
      <canvas class="strip" aria-hidden="true" ?hidden=${!this.#activity.length}></canvas>
      <input type="range" class="time" id="time" min=${this.#since} max=${this.#until} step="100" .value=${String(this.#at)}
        aria-label=${t('replay.time')} aria-valuetext=${this.#at ? clock(this.#at) : ''}
        @input=${e => this.#seek(Number(e.target.value))}>
      <div class="bar">
        <button id="play" @click=${() => this.#play()}>${this.#playing ? t('pause') : t('play')}</button>
        <label>${t('replay.speed')}<select @change=${e => { this.#speed = Number(e.target.value); }}>
          ${SPEEDS.map(s => html`<option value=${s} ?selected=${s === this.#speed}>${s}×</option>`)}</select></label>
        <label>${t('replay.span')}<select @change=${e => { this.#minutes = Number(e.target.value); this.#open(); }}>
          ${MINUTES.map(m => html`<option value=${m} ?selected=${m === this.#minutes}>
            ${m < 60 ? t('span.minutes', { n: m }) : t('span.hours', { n: m / 60 })}</option>`)}</select></label>
        <button class="small" @click=${() => this.#open()}>${t('replay.refresh')}</button>
        <span class="under">${this.#result ? html`${t('stage.frame', { frame: this.#result.frame_number })} ·
          ${inWords(countsOf(visible(this.#result.detections, this.filter))) || t('objects.none')}` : t('replay.nothing')}</span>
      </div>
      ${problem(this.#error)}`;
  }
}

customElements.define('vap-replay', Replay);

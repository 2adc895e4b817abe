// A scenario's file, played by the browser, with the stored boxes of exactly the frame that is shown. Where the browser
// can't play it, the boxes are replayed on an empty picture.
import { html, nothing } from 'lit';
import { api, errorOf } from '../api.js';
import { number, span, t } from '../i18n.js';
import { drawBoxes, drawGrid, visible } from '../overlay.js';
import { Part } from '../part.js';
import { countsOf, inWords, problem } from '../shown.js';
import { firstAfter } from '../timeline.js';

const PAGE = 1000;
const MOST = 30_000;
/** Half of the time between two analysed frames, but no more than this, may lie between a picture and its boxes. */
const MOST_MILLIS_OFF = 250;

class Video extends Part {
  static properties = { scenario: { attribute: false }, filter: { attribute: false } };

  #results = [];
  #loading = false;
  #cut = false;
  #error = null;
  #unplayable = null;
  #result = null;
  #playing = false;
  #at = 0;
  #raf = null;

  connectedCallback() {
    super.connectedCallback();
    this.on(window, 'resize', () => this.#draw());
    this.during(() => cancelAnimationFrame(this.#raf));
    this.updateComplete.then(() => this.#load());
  }

  updated(changed) {
    if (changed.has('filter')) {
      this.#draw();
    }
  }

  async #load() {
    const uuid = this.scenario.scenario_uuid;
    this.#loading = true;
    try {
      let after = -1;
      while (this.here && this.#results.length < MOST) {
        const page = await api.predictions(uuid, { after_frame: after, limit: PAGE });
        // A file that is looped comes to the same times again: the first time round is enough.
        const fresh = page.results.filter(r => !r.gated && (!this.#results.length || r.pts_ms > this.#results.at(-1).pts_ms));
        this.#results.push(...fresh);
        this.tell('classes', fresh);
        this.requestUpdate();
        if (page.results.length < PAGE || (!fresh.length && this.#results.length)) {
          break;
        }
        after = page.results.at(-1).frame_number;
      }
      this.#cut = this.#results.length >= MOST;
    } catch (e) {
      this.#error = e.message;
    }
    this.#loading = false;
    this.#show(this.#at);
  }

  /** Called with the time of the very picture that is painted, where the browser tells it. */
  #follow(video) {
    if ('requestVideoFrameCallback' in video) {
      const painted = (now, frame) => {
        this.#show(frame.mediaTime * 1000);
        if (this.here) {
          video.requestVideoFrameCallback(painted);
        }
      };
      video.requestVideoFrameCallback(painted);
    } else {
      const tick = () => {
        this.#show(video.currentTime * 1000);
        this.#raf = requestAnimationFrame(tick);
      };
      this.#raf = requestAnimationFrame(tick);
    }
  }

  #show(at) {
    this.#at = at;
    const result = this.#resultAt(at);
    if (result !== this.#result) {
      this.#result = result;
      this.#draw();
      this.requestUpdate();
    }
  }

  #resultAt(at) {
    const list = this.#results;
    const index = firstAfter(list, at, r => r.pts_ms);
    const near = [list[index - 1], list[index]].filter(Boolean);
    const nearest = near.sort((a, b) => Math.abs(a.pts_ms - at) - Math.abs(b.pts_ms - at))[0];
    const pause = near.length === 2 ? Math.abs(near[0].pts_ms - near[1].pts_ms) / 2 : 50;
    return nearest && Math.abs(nearest.pts_ms - at) <= Math.min(pause, MOST_MILLIS_OFF) + 1 ? nearest : null;
  }

  #draw() {
    const over = this.querySelector('.over');
    const shape = this.#result ?? this.#results[0];
    if (!over || !shape) {
      return;
    }
    const stage = over.parentElement;
    stage.style.aspectRatio = `${shape.width} / ${shape.height}`;
    const under = this.querySelector('.grid');
    if (under) {
      drawGrid(under, shape.width, shape.height);
    }
    drawBoxes(over, shape.width, shape.height, this.#result ? visible(this.#result.detections, this.filter) : []);
    over.dataset.frame = this.#result?.frame_number ?? '';
  }

  async #failed() {
    // The player tells not whether there is no file or none that it can play: the API does.
    this.#unplayable = await this.#refusal() ?? t('video.unplayable');
    this.requestUpdate();
    await this.updateComplete;
    this.#draw();
  }

  async #refusal() {
    try {
      const response = await fetch(api.video(this.scenario.scenario_uuid), { headers: { Range: 'bytes=0-0' } });
      if (!response.ok) {
        return `${(await errorOf(response)).message} ${t('video.boxes')}`;
      }
      await response.body.cancel();
      return null;
    } catch {
      return `${t('error.unreachable')} ${t('video.boxes')}`;
    }
  }

  /** Without the browser's player: a clock of our own. */
  #playBoxes() {
    this.#playing = !this.#playing;
    let last = performance.now();
    const end = this.#results.at(-1)?.pts_ms ?? 0;
    if (this.#at >= end) {
      this.#at = 0;
    }
    const tick = now => {
      if (!this.#playing || !this.here) {
        return;
      }
      this.#show(this.#at + now - last);
      last = now;
      this.#playing = this.#at < end;
      this.requestUpdate();
      this.#raf = requestAnimationFrame(tick);
    };
    this.#raf = requestAnimationFrame(tick);
    this.requestUpdate();
  }

  render() {
    const seen = this.#result ? visible(this.#result.detections, this.filter) : [];
    return html`
      <div class="stage">
        ${this.#unplayable ? html`<canvas class="grid" aria-hidden="true"></canvas>` : html`
          <video src=${api.video(this.scenario.scenario_uuid)} controls muted playsinline preload="metadata"
            aria-label=${t('see.video')} @loadedmetadata=${e => this.#ready(e.target)} @error=${() => this.#failed()}></video>`}
        <canvas class="over" aria-hidden="true"></canvas>
      </div>
      ${problem(this.#unplayable ?? this.#error)}
      ${this.#unplayable ? this.#controls() : nothing}
      <p class="under">${this.#loading ? t('video.loading', { n: this.#results.length }) : t('video.loaded', { n: this.#results.length })}
        ${this.#cut ? t('video.cut', { n: MOST }) : nothing}
        ${this.#result ? html`<span>${t('stage.frame', { frame: this.#result.frame_number })}</span>
          <span>${inWords(countsOf(seen)) || t('objects.none')}</span>` : nothing}</p>`;
  }

  #ready(video) {
    video.parentElement.style.aspectRatio = `${video.videoWidth} / ${video.videoHeight}`;
    this.#follow(video);
  }

  #controls() {
    const end = this.#results.at(-1)?.pts_ms ?? 0;
    return html`<div class="bar">
      <button id="play" ?disabled=${!end} @click=${() => this.#playBoxes()}>${this.#playing ? t('pause') : t('play')}</button>
      <input type="range" class="time" min="0" max=${end} step="10" .value=${String(this.#at)} aria-label=${t('replay.time')}
        aria-valuetext=${span(this.#at)} @input=${e => this.#show(Number(e.target.value))}>
      <span class="n">${number(this.#at / 1000, 1)} / ${number(end / 1000, 1)}</span></div>`;
  }
}

customElements.define('vap-video', Video);

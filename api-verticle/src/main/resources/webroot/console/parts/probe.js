// A look at a source before it is used: what it is, its first picture, or what is wrong with it.
import { html, nothing } from 'lit';
import { api } from '../api.js';
import { number, span, t } from '../i18n.js';
import { Part } from '../part.js';
import { problem } from '../shown.js';

class Probe extends Part {
  static properties = { ask: { attribute: false } };

  #report = null;
  #error = null;
  #busy = false;

  render() {
    const r = this.#report;
    return html`<div class="probe">
      <button type="button" id="probe" ?disabled=${this.#busy} @click=${() => this.#look()}>
        ${this.#busy ? t('probe.busy') : t('probe.look')}</button>
      ${problem(this.#error ?? (r && !r.ok ? r.reason : null))}
      <div aria-live="polite" class="found">${r?.ok ? html`
        <canvas ?hidden=${!r.picture_jpeg} role="img" aria-label=${t('probe.picture')}></canvas>
        <dl>
          <dt>${t('probe.stream')}</dt><dd>${r.codec ?? '?'} · ${r.width}×${r.height} · ${number(r.fps, 1)} ${t('fps')}</dd>
          ${r.live ? html`<dt>${t('probe.kind')}</dt><dd>${t('probe.live')}</dd>` : nothing}
          ${!r.live && r.duration_ms ? html`<dt>${t('probe.length')}</dt><dd>${span(r.duration_ms)}</dd>` : nothing}
          ${r.first_frame_ms ? html`<dt>${t('probe.first')}</dt><dd>${span(r.first_frame_ms)}</dd>` : nothing}
        </dl>` : nothing}</div>
    </div>`;
  }

  async #look() {
    const source = this.ask();
    if (!source) {
      return;
    }
    this.#busy = true;
    this.#error = null;
    this.#report = null;
    this.requestUpdate();
    try {
      this.#report = await this.#probe(source);
    } catch (e) {
      this.#error = e.message;
    }
    this.#busy = false;
    this.requestUpdate();
    if (this.#report?.picture_jpeg) {
      await this.updateComplete;
      await this.#draw(this.#report.picture_jpeg);
    }
  }

  async #probe(source) {
    try {
      return await api.probe({ camera_url: source, picture: true });
    } catch (e) {
      if (e.code !== 'unknown_field') {
        throw e;
      }
      // An API that knows of no pictures.
      return api.probe({ camera_url: source });
    }
  }

  async #draw(base64) {
    // Onto a canvas: the page may load no pictures from data URLs.
    const bytes = Uint8Array.from(atob(base64), char => char.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' }));
    const canvas = this.querySelector('canvas');
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
    canvas.getContext('2d').drawImage(bitmap, 0, 0);
    bitmap.close();
  }
}

customElements.define('vap-probe', Probe);

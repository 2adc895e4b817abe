// Uploads a file with a bar that moves; what breaks off goes on where it stopped. Or takes one that is there.
import { html, nothing } from 'lit';
import { api } from '../api.js';
import { bytes, t } from '../i18n.js';
import { Part } from '../part.js';
import { problem } from '../shown.js';

const RETRY_MILLIS = [500, 1000, 2000, 4000, 8000];
/** So often in a row a name may be in use that was free at first. */
const MOST_CONFLICTS = 5;

class Upload extends Part {
  #sent = 0;
  #file = null;
  #state = 'idle';
  #error = null;
  #request = null;
  #media = [];
  /** Nothing had the file's name before: what has it now came from here. */
  #free = false;
  #names = new Set();

  connectedCallback() {
    super.connectedCallback();
    this.#list();
    this.during(() => this.#cancel());
  }

  async #list() {
    try {
      const { media } = await api.media();
      this.#names = new Set(media.map(file => file.name));
      this.#media = media.filter(file => file.complete);
      this.requestUpdate();
    } catch (e) {
      this.#error = e.message;
      this.requestUpdate();
    }
  }

  render() {
    return html`<div class="upload">
      <label>${t('upload.file')}
        <input type="file" accept="video/*,.mkv,.ts,.mov,.avi" ?disabled=${this.#state === 'sending'}
          @change=${e => e.target.files[0] && this.#start(e.target.files[0])}></label>
      ${this.#file ? html`<div class="progress">
        <progress max=${this.#file.size} .value=${this.#sent} aria-label=${t('upload.progress')}></progress>
        <span aria-live="polite">${this.#said()}</span>
        ${this.#state === 'sending' || this.#state === 'waiting'
          ? html`<button type="button" class="small" @click=${() => this.#cancel()}>${t('cancel')}</button>` : nothing}
      </div>` : nothing}
      ${problem(this.#error)}
      ${this.#media.length ? html`<label>${t('upload.there')}
        <select @change=${e => e.target.value && this.tell('source', e.target.value)}>
          <option value="">${t('upload.choose')}</option>
          ${this.#media.map(m => html`<option value=${m.camera_url}>${m.name} (${bytes(m.size)})</option>`)}
        </select></label>` : nothing}
    </div>`;
  }

  #said() {
    const percent = this.#file.size ? Math.floor(100 * this.#sent / this.#file.size) : 100;
    return this.#state === 'done' ? t('upload.done')
      : this.#state === 'waiting' ? t('upload.waiting', { n: percent })
      : this.#state === 'cancelled' ? t('upload.cancelled') : `${percent} % · ${bytes(this.#sent)}`;
  }

  async #start(file) {
    this.#file = file;
    this.#sent = 0;
    this.#state = 'sending';
    this.requestUpdate();
    await this.#list();
    this.#error = null;
    this.#free = !this.#names.has(file.name);
    let failures = 0;
    let conflicts = 0;
    while (this.here && this.#state !== 'cancelled') {
      try {
        const stored = await this.#send(file, this.#sent);
        if (stored.complete) {
          this.#complete(file, stored);
          break;
        }
        this.#sent = stored.received;
      } catch (e) {
        conflicts = e.conflict ? conflicts + 1 : 0;
        if (e.final || conflicts > MOST_CONFLICTS || this.#state === 'cancelled') {
          this.#error = e.message ?? null;
          this.#state = this.#state === 'cancelled' ? 'cancelled' : 'failed';
          break;
        }
        // The connection broke: the API knows how far it came.
        this.#state = 'waiting';
        this.requestUpdate();
        await new Promise(wake => setTimeout(wake, RETRY_MILLIS[Math.min(failures++, RETRY_MILLIS.length - 1)]));
        if (this.#state !== 'cancelled') {
          const stored = await this.#stored(file);
          if (stored?.complete && this.#free) {
            // All of it had come; only the answer was lost.
            this.#complete(file, stored);
            break;
          }
          this.#sent = stored?.received ?? this.#sent;
          this.#state = 'sending';
        }
      }
    }
    this.requestUpdate();
  }

  #complete(file, stored) {
    this.#state = 'done';
    this.#sent = file.size;
    this.tell('source', stored.camera_url);
    this.#list();
  }

  /** What the API has of it; null if that can't be told now. */
  async #stored(file) {
    try {
      return await api.mediaFile(file.name);
    } catch (e) {
      return e.code === 'media_not_found' ? { received: 0 } : null;
    }
  }

  /** fetch() tells nothing of how much it has sent; XMLHttpRequest does. */
  #send(file, from) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      this.#request = request;
      request.open('POST', `/api/v1/media?name=${encodeURIComponent(file.name)}`);
      request.setRequestHeader('Content-Type', 'application/octet-stream');
      if (from > 0) {
        request.setRequestHeader('Content-Range', `bytes ${from}-${file.size - 1}/${file.size}`);
      }
      request.upload.onprogress = event => {
        this.#sent = from + event.loaded;
        this.requestUpdate();
      };
      request.onload = () => {
        const body = parse(request.responseText);
        if (request.status < 300) {
          resolve(body);
        } else {
          // A browser sends a request again by itself when its connection breaks: then our own half of a file is in the way.
          const conflict = request.status === 409 && this.#free;
          const busy = [408, 429].includes(request.status) || request.status >= 500;
          reject({ final: !busy && !conflict, conflict, message: body?.detail ?? t('error.status', { status: request.status }) });
        }
      };
      request.onerror = () => reject({ final: false });
      request.onabort = () => reject({ final: true });
      request.send(from > 0 ? file.slice(from) : file);
    });
  }

  #cancel() {
    if (this.#state === 'sending' || this.#state === 'waiting') {
      this.#state = 'cancelled';
      this.#request?.abort();
      this.requestUpdate();
    }
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

customElements.define('vap-upload', Upload);

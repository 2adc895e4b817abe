// The dialog that makes a scenario: where the pictures come from, how they are analysed, and a look at them first.
import { html, nothing } from 'lit';
import { api } from '../api.js';
import { t } from '../i18n.js';
import { Part } from '../part.js';
import { problem, uuid } from '../shown.js';
import './upload.js';
import './discovery.js';
import './probe.js';
import { optionFields, readOptions } from './option-fields.js';

const WAYS = ['address', 'upload', 'discovery'];

class NewScenario extends Part {
  static properties = { models: { attribute: false } };

  #way = 'address';
  #error = null;
  #busy = false;
  #labels = [];
  /** The same for every attempt with the same answers: a create whose answer was lost is not done twice. */
  #key = { body: null, value: null };

  open() {
    this.#error = null;
    this.requestUpdate();
    this.querySelector('dialog').showModal();
    this.querySelector('[name=camera_url]').focus();
  }

  render() {
    return html`<dialog aria-labelledby="new-title" @close=${() => this.requestUpdate()}>
      <div class="bar"><h2 id="new-title">${t('new.title')}</h2>
        <button class="small" type="button" aria-label=${t('close')} @click=${() => this.#close()}>✕</button></div>
      <div class="tabs" role="tablist" aria-label=${t('new.ways')} @keydown=${e => this.#arrow(e)}>
        ${WAYS.map(way => html`<button type="button" role="tab" id="way-${way}" aria-controls="way-panel"
          aria-selected=${this.#way === way} tabindex=${this.#way === way ? 0 : -1}
          @click=${() => this.#turn(way)}>${t(`new.${way}`)}</button>`)}
      </div>
      <div role="tabpanel" id="way-panel" aria-labelledby="way-${this.#way}">
        ${this.#way === 'upload' ? html`<vap-upload @source=${e => this.#fill(e.detail)}></vap-upload>` : nothing}
        ${this.#way === 'discovery' ? html`<vap-discovery @source=${e => this.#fill(e.detail)}></vap-discovery>` : nothing}
      </div>
      <form autocomplete="off" @submit=${e => this.#submit(e)} @input=${() => this.#changed()}>
        <label class="wide">${t('new.source')}
          <input name="camera_url" required maxlength="2048" spellcheck="false" placeholder="rtsp://user:password@host/stream">
          <small>${t('new.source.hint')}</small></label>
        <vap-probe .ask=${() => this.#probed()}></vap-probe>
        <div class="fields">
          <label>${t('col.name')}<input name="name" maxlength="100"></label>
          <label>${t('filter.model')}<select name="model" @change=${e => this.#model(e.target.value)}>
            <option value="">${t('new.model.default')}</option>
            ${(this.models ?? []).map(m => html`<option value=${m.name} ?disabled=${!m.available} title=${m.problem ?? ''}>
              ${m.available ? m.name : t('new.model.missing', { name: m.name })}</option>`)}
          </select></label>
          ${optionFields({}, this.#labels)}
        </div>
        ${problem(this.#error)}
        <div class="bar end">
          <button type="button" @click=${() => this.#close()}>${t('cancel')}</button>
          <button class="primary" ?disabled=${this.#busy}>${this.#busy ? t('new.creating') : t('new.create')}</button>
        </div>
      </form>
    </dialog>`;
  }

  #close() {
    this.querySelector('dialog').close();
  }

  #turn(way) {
    this.#way = way;
    this.requestUpdate();
  }

  #arrow(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) {
      this.#turn(WAYS[(WAYS.indexOf(this.#way) + step + WAYS.length) % WAYS.length]);
      this.updateComplete.then(() => this.querySelector(`#way-${this.#way}`).focus());
    }
  }

  #fill(source) {
    this.querySelector('[name=camera_url]').value = source;
    this.#changed();
  }

  #model(name) {
    this.#labels = this.models.find(m => m.name === name)?.labels ?? [];
    this.requestUpdate();
  }

  #changed() {
    if (this.#error) {
      this.#error = null;
      this.requestUpdate();
    }
  }

  #probed() {
    const form = this.querySelector('form');
    const source = form.elements.camera_url.value.trim();
    if (!source) {
      form.elements.camera_url.reportValidity();
      return null;
    }
    return source;
  }

  async #submit(event) {
    event.preventDefault();
    const form = event.target;
    const body = { camera_url: form.elements.camera_url.value.trim() };
    if (form.elements.name.value.trim()) {
      body.name = form.elements.name.value.trim();
    }
    if (form.elements.model.value) {
      body.model = form.elements.model.value;
    }
    const options = readOptions(form, false);
    if (Object.keys(options).length) {
      body.options = options;
    }
    this.#busy = true;
    this.#error = null;
    this.requestUpdate();
    try {
      const { body: made } = await api.create(body, this.#keyFor(body));
      this.#key = { body: null, value: null };
      form.reset();
      this.#close();
      this.tell('created', made);
    } catch (e) {
      this.#error = e.message;
    }
    this.#busy = false;
    this.requestUpdate();
  }

  #keyFor(body) {
    const text = JSON.stringify(body);
    if (this.#key.body !== text) {
      this.#key = { body: text, value: uuid() };
    }
    return this.#key.value;
  }
}

customElements.define('vap-new-scenario', NewScenario);

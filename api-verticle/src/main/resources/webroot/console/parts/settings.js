// The scenario's name and options, to be changed while it runs.
import { html } from 'lit';
import { api } from '../api.js';
import { t } from '../i18n.js';
import { Part } from '../part.js';
import { problem } from '../shown.js';
import { optionFields, readOptions } from './option-fields.js';

class Settings extends Part {
  static properties = { scenario: { attribute: false }, etag: { attribute: false } };

  /** What the fields were filled with: polling must not overwrite what is being typed. */
  #shown = null;
  #etag = null;
  #error = null;
  #said = null;
  #touched = false;

  willUpdate() {
    if (!this.#touched) {
      this.#shown = this.scenario;
      this.#etag = this.etag;
    }
  }

  render() {
    const s = this.#shown;
    return html`<form class="fields" autocomplete="off" @submit=${e => this.#save(e)} @input=${() => this.#touch()}>
      <label class="wide">${t('col.name')}<input name="name" maxlength="100" .value=${s.name ?? ''}></label>
      ${optionFields(s.options ?? {})}
      ${problem(this.#error)}
      <div class="bar end"><span class="note" aria-live="polite">${this.#said ?? ''}</span>
        <button type="button" ?disabled=${!this.#touched} @click=${() => this.#reset()}>${t('settings.undo')}</button>
        <button class="primary" ?disabled=${!this.#touched}>${t('settings.save')}</button></div>
    </form>`;
  }

  #touch() {
    this.#touched = true;
    this.#said = null;
    this.requestUpdate();
  }

  #reset() {
    this.#touched = false;
    this.#error = null;
    // Anew from what is stored, also where a field's last known value has not changed.
    this.querySelector('form').reset();
    this.#shown = null;
    this.requestUpdate('scenario');
    this.updateComplete.then(() => this.#fill());
  }

  #fill() {
    const fields = this.querySelector('form').elements;
    const { name, options } = this.scenario;
    fields.name.value = name ?? '';
    fields.fps.value = options?.fps ?? '';
    fields.confidence.value = options?.confidence ?? '';
    fields.classes.value = (options?.classes ?? []).join(', ');
    fields.loop.checked = options?.loop === true;
    fields.realtime.checked = options?.realtime === true;
  }

  async #save(event) {
    event.preventDefault();
    const form = event.target;
    const before = this.#shown.options ?? {};
    const now = readOptions(form, true);
    const change = {};
    // Only what is different: each option that needs the source anew interrupts the scenario.
    const options = Object.fromEntries(Object.entries(now).filter(([name, value]) => !same(value, before[name])));
    if (Object.keys(options).length) {
      change.options = options;
    }
    const name = form.elements.name.value.trim() || null;
    if (name !== (this.#shown.name ?? null)) {
      change.name = name;
    }
    this.#error = null;
    try {
      if (Object.keys(change).length) {
        await api.change(this.scenario.scenario_uuid, change, this.#etag);
      }
      this.#said = t('saved');
      this.#touched = false;
      this.tell('changed');
    } catch (e) {
      this.#error = e.status === 412 ? t('settings.raced') : e.message;
      if (e.status === 412) {
        // The next attempt is against what somebody else has made of it, knowingly.
        this.#etag = null;
        this.tell('changed');
      }
    }
    this.requestUpdate();
  }
}

const same = (a, b) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null) || (a === null && b === false);

customElements.define('vap-settings', Settings);

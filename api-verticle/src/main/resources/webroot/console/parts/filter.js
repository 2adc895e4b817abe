// Which classes and from which confidence on boxes are shown: at once, in this browser. And a button that makes it the
// scenario's own, for everybody and for what is stored.
import { html } from 'lit';
import { api } from '../api.js';
import { t } from '../i18n.js';
import { colourOf } from '../overlay.js';
import { Part } from '../part.js';
import { problem } from '../shown.js';

class Filter extends Part {
  static properties = {
    scenario: { attribute: false },
    etag: { attribute: false },
    classes: { attribute: false },
    filter: { attribute: false },
  };

  #error = null;
  #saved = false;

  render() {
    const { hidden, threshold } = this.filter;
    return html`
      <label>${t('filter.threshold', { n: Math.round(threshold * 100) })}
        <input type="range" id="threshold" min="0" max="1" step="0.01" .value=${String(threshold)}
          aria-valuetext=${`${Math.round(threshold * 100)} %`}
          @input=${e => this.#narrow({ threshold: Number(e.target.value) })}></label>
      <fieldset class="chips"><legend>${t('filter.classes')}</legend>
        ${this.classes.length ? this.classes.map(name => html`<label class="chip" data-class=${name}>
          <input type="checkbox" .checked=${!hidden.has(name)} @change=${() => this.#toggle(name)}><i></i>${name}</label>`)
          : html`<span class="note">${t('filter.none')}</span>`}
      </fieldset>
      <div class="bar"><button class="small" ?disabled=${!this.#changes()} @click=${() => this.#save()}>${t('filter.save')}</button>
        <span class="note" aria-live="polite">${this.#saved ? t('saved') : this.#chosen() ? t('filter.save.means') : ''}</span></div>
      ${problem(this.#error)}`;
  }

  updated() {
    this.querySelectorAll('.chip').forEach(chip =>
      chip.style.setProperty('--class-colour', colourOf(chip.dataset.class)));
  }

  #toggle(name) {
    const hidden = new Set(this.filter.hidden);
    if (!hidden.delete(name)) {
      hidden.add(name);
    }
    this.#narrow({ hidden });
  }

  #narrow(change) {
    this.#saved = false;
    this.tell('filter', { ...this.filter, ...change });
  }

  /** Whether there is something to make the scenario's own: a choice, or that there is none any more. */
  #changes() {
    return this.#chosen() || this.scenario.options?.classes?.length > 0;
  }

  #chosen() {
    return this.filter.hidden.size > 0 || this.filter.threshold > 0;
  }

  async #save() {
    const { hidden, threshold } = this.filter;
    const options = { classes: hidden.size ? this.classes.filter(name => !hidden.has(name)) : null };
    if (threshold > 0) {
      options.confidence = threshold;
    }
    this.#error = null;
    if (hidden.size && !options.classes.length) {
      // An empty list would mean all of them.
      this.#error = t('filter.all.hidden');
      this.requestUpdate();
      return;
    }
    try {
      await api.change(this.scenario.scenario_uuid, { options }, this.etag);
      this.#saved = true;
      this.tell('changed');
    } catch (e) {
      this.#error = e.message;
    }
    this.requestUpdate();
  }
}

customElements.define('vap-filter', Filter);

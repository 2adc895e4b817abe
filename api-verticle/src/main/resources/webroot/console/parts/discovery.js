// Cameras that answer in the runner's network; the user adds the name and the password.
import { html, nothing } from 'lit';
import { api } from '../api.js';
import { t } from '../i18n.js';
import { Part } from '../part.js';
import { problem } from '../shown.js';

class Discovery extends Part {
  #devices = null;
  #error = null;
  #busy = false;
  #chosen = null;

  render() {
    return html`<div class="discovery">
      <button type="button" ?disabled=${this.#busy} @click=${() => this.#look()}>
        ${this.#busy ? t('discovery.busy') : t('discovery.look')}</button>
      ${problem(this.#error)}
      <div aria-live="polite">${this.#devices && !this.#devices.length ? html`<p class="note">${t('discovery.none')}</p>` : nothing}
      ${this.#devices?.length ? html`<ul class="devices">${this.#devices.map(d => html`<li>
        <label class="check"><input type="radio" name="device" .checked=${this.#chosen === d} @change=${() => this.#choose(d)}>
          <span>${d.name ?? d.hardware ?? d.address} <small>${d.address}${d.location ? ` · ${d.location}` : ''}</small></span>
        </label></li>`)}</ul>` : nothing}</div>
      ${this.#chosen ? html`<div class="fields">
        <label>${t('discovery.user')}<input id="device-user" autocomplete="off" @input=${() => this.#give()}></label>
        <label>${t('discovery.password')}
          <input id="device-password" type="password" autocomplete="off" @input=${() => this.#give()}></label>
      </div>` : nothing}
    </div>`;
  }

  async #look() {
    this.#busy = true;
    this.#error = null;
    this.requestUpdate();
    try {
      this.#devices = (await api.discover('3s')).devices;
    } catch (e) {
      this.#error = e.message;
    }
    this.#busy = false;
    this.requestUpdate();
  }

  async #choose(device) {
    this.#chosen = device;
    this.requestUpdate();
    await this.updateComplete;
    this.#give();
  }

  #give() {
    const user = this.querySelector('#device-user').value;
    const password = this.querySelector('#device-password').value;
    const secret = user ? `${encodeURIComponent(user)}:${encodeURIComponent(password)}@` : '';
    this.tell('source', this.#chosen.camera_url.replace('://', `://${secret}`));
  }
}

customElements.define('vap-discovery', Discovery);

// Asks before scenarios are deleted: which, how many, and what is lost with them. Escape leaves everything as it is.
import { html, nothing } from 'lit';
import { t } from '../i18n.js';
import { Part } from '../part.js';
import { titleOf } from '../shown.js';

const NAMED = 6;

class Sure extends Part {
  #list = [];

  /** @returns a promise of whether those scenarios are to be deleted; the focus goes back to where it was */
  async ask(list) {
    this.#list = list;
    this.requestUpdate();
    await this.updateComplete;
    const dialog = this.querySelector('dialog');
    dialog.returnValue = '';
    dialog.showModal();
    return new Promise(answer =>
      dialog.addEventListener('close', () => answer(dialog.returnValue === 'delete'), { once: true }));
  }

  render() {
    return html`<dialog class="sure" role="alertdialog" aria-labelledby="sure-title" aria-describedby="sure-lost">
      ${this.#list.length ? this.#question(this.#list) : nothing}</dialog>`;
  }

  #question(list) {
    const close = value => () => this.querySelector('dialog').close(value);
    const left = list.length - NAMED;
    return html`
      <h2 id="sure-title">${list.length === 1
        ? t('delete.sure.one', { name: titleOf(list[0]) }) : t('delete.sure', { count: list.length })}</h2>
      <div id="sure-lost">
        ${list.length > 1 ? html`<ul>${list.slice(0, NAMED).map(s => html`<li>${s.scenario_id} · ${titleOf(s)}</li>`)}
          ${left > 0 ? html`<li>${t('delete.more', { count: left })}</li>` : nothing}</ul>` : nothing}
        <p>${t('delete.lost')}</p>
        <p class="note">${t('delete.kept')}</p>
      </div>
      <div class="bar end">
        <button type="button" autofocus @click=${close('')}>${t('cancel')}</button>
        <button type="button" class="primary danger" @click=${close('delete')}>${t('delete')}</button>
      </div>`;
  }
}

customElements.define('vap-sure', Sure);

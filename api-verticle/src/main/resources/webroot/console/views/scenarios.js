// The table of scenarios: filtered and paged by the API, kept up to date, and changed one by one or several at once.
import { html, nothing } from 'lit';
import { repeat } from 'lit-html/directives/repeat.js';
import { live as keep } from 'lit-html/directives/live.js';
import { api } from '../api.js';
import { number, t } from '../i18n.js';
import { live } from '../live.js';
import { oneAtATime, Part } from '../part.js';
import { linkTo } from '../router.js';
import { ageOf, frameAge, objectsInWords, pill, problem, sourceOf, stopped, stopping, titleOf } from '../shown.js';
import '../parts/new-scenario.js';
import '../parts/sure.js';

const POLL_MILLIS = 2000;
const PAGE = 50;
const AT_ONCE = 4;
const STATUSES = ['active', 'init_startup', 'in_startup_processing', 'init_shutdown', 'in_shutdown_processing', 'inactive'];

class Scenarios extends Part {
  #rows = null;
  #fetched = 0;
  #error = null;
  #filter = { q: '', status: '', model: '' };
  /** Of the page that is wanted and of those before it; another array for every turn. */
  #cursors = [null];
  /** Those of the page that #rows and #next are of. */
  #shownCursors = null;
  #next = null;
  #chosen = new Set();
  #rowErrors = new Map();
  #busy = new Set();
  #models = [];
  #typing = null;
  #load = oneAtATime(() => this.#fetch());

  connectedCallback() {
    super.connectedCallback();
    this.#load();
    this.every(POLL_MILLIS, this.#load);
    this.every(500, () => this.requestUpdate());
    this.on(document, 'visibilitychange', () => document.hidden || this.#load());
    this.during(live.listen('scenarios.status', this.#load));
    api.models().then(answer => { this.#models = answer.models; this.requestUpdate(); }, () => {});
  }

  async #fetch() {
    const cursors = this.#cursors;
    try {
      const page = await api.scenarios({ limit: PAGE, cursor: cursors.at(-1), ...this.#filter });
      if (cursors !== this.#cursors) {
        return;
      }
      this.#shownCursors = cursors;
      this.#rows = page.scenarios;
      this.#next = page.next ?? null;
      this.#fetched = Date.now();
      this.#error = null;
      const here = new Set(this.#rows.map(s => s.scenario_uuid));
      // What is chosen is what is seen: nothing out of sight is stopped or deleted.
      this.#chosen.forEach(uuid => here.has(uuid) || this.#chosen.delete(uuid));
    } catch (e) {
      this.#error = e.message;
    }
    this.requestUpdate();
  }

  render() {
    return html`
      <div class="bar">
        <h1 tabindex="-1">${t('scenarios.title')}</h1>
        <button class="primary" id="add" @click=${() => this.querySelector('vap-new-scenario').open()}>
          ${t('scenarios.add')}</button>
      </div>
      ${this.#filters()} ${problem(this.#error)} ${this.#bulk()}
      ${this.#rows ? this.#table() : html`<p class="note">${this.#error ? '' : t('loading')}</p>`}
      <vap-new-scenario .models=${this.#models} @created=${this.#load}></vap-new-scenario>
      <vap-sure></vap-sure>`;
  }

  #filters() {
    return html`
      <form class="filters" role="search" @submit=${e => e.preventDefault()}>
        <label>${t('filter.text')}
          <input type="search" name="q" maxlength="200" placeholder=${t('filter.text.hint')}
            @input=${e => this.#typed(e.target.value)}></label>
        <label>${t('filter.status')}
          <select name="status" @change=${e => this.#narrow({ status: e.target.value })}>
            <option value="">${t('filter.all')}</option>
            ${STATUSES.map(s => html`<option value=${s}>${t(`status.${s}`)}</option>`)}
          </select></label>
        <label>${t('filter.model')}
          <select name="model" @change=${e => this.#narrow({ model: e.target.value })}>
            <option value="">${t('filter.all')}</option>
            ${this.#models.map(m => html`<option value=${m.name}>${m.name}</option>`)}
          </select></label>
      </form>`;
  }

  #typed(text) {
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => this.#narrow({ q: text.trim() }), 250);
  }

  #narrow(change) {
    this.#filter = { ...this.#filter, ...change };
    this.#turn([null]);
  }

  #older() {
    // The way on from a page is known once the page is there.
    if (this.#shownCursors === this.#cursors) {
      this.#turn([...this.#cursors, this.#next]);
    }
  }

  #turn(cursors) {
    this.#cursors = cursors;
    this.#load();
  }

  #bulk() {
    const chosen = (this.#rows ?? []).filter(s => this.#chosen.has(s.scenario_uuid));
    const startable = chosen.filter(stopped);
    const stoppable = chosen.filter(s => !stopped(s) && !stopping(s));
    return html`<div class="bulk" ?hidden=${!chosen.length} role="group" aria-label=${t('bulk.label')}>
      <span aria-live="polite">${t('bulk.chosen', { count: chosen.length })}</span>
      <button ?disabled=${!startable.length} @click=${() => this.#forAll(startable, api.start)}>${t('start')}</button>
      <button ?disabled=${!stoppable.length} @click=${() => this.#forAll(stoppable, api.stop)}>${t('stop')}</button>
      <button class="danger" ?disabled=${!startable.length} @click=${() => this.#removeAll(startable)}>${t('delete')}</button>
      <button @click=${() => { this.#chosen.clear(); this.requestUpdate(); }}>${t('bulk.none')}</button>
    </div>`;
  }

  #table() {
    const rows = this.#rows;
    if (!rows.length && this.#cursors.length === 1) {
      const narrowed = Object.values(this.#filter).some(value => value);
      return html`<p class="empty">${t(narrowed ? 'scenarios.nothing' : 'scenarios.empty')}</p>`;
    }
    const all = rows.length > 0 && rows.every(s => this.#chosen.has(s.scenario_uuid));
    return html`
      <div class="scroll">
      <table class="rows ${this.#error ? 'stale' : ''}">
        <thead><tr>
          <th class="tick"><label class="check"><input type="checkbox" .checked=${keep(all)}
            .indeterminate=${!all && this.#chosen.size > 0} @change=${e => this.#chooseAll(e.target.checked)}>
            <span>${t('bulk.all')}</span></label></th>
          <th class="n">#</th><th>${t('col.name')}</th><th>${t('col.status')}</th><th>${t('col.source')}</th>
          <th class="n">${t('col.fps')}</th><th class="n">${t('col.age')}</th><th>${t('col.objects')}</th>
          <th>${t('col.runner')}</th><th><span class="unseen">${t('col.actions')}</span></th>
        </tr></thead>
        <tbody>${repeat(rows, s => s.scenario_uuid, s => this.#row(s))}</tbody>
      </table></div>
      <div class="pages" ?hidden=${this.#cursors.length === 1 && !this.#next}>
        <button ?disabled=${this.#cursors.length === 1} @click=${() => this.#turn(this.#cursors.slice(0, -1))}>
          ${t('page.newer')}</button>
        <span>${t('page.number', { n: this.#cursors.length })}</span>
        <button ?disabled=${!this.#next} @click=${() => this.#older()}>${t('page.older')}</button>
      </div>`;
  }

  #row(s) {
    const id = s.scenario_uuid;
    const running = !stopped(s);
    const age = frameAge(s, Date.now() - this.#fetched);
    const reason = this.#rowErrors.get(id);
    return html`<tr data-id=${s.scenario_id} class=${this.#chosen.has(id) ? 'chosen' : ''}>
      <td class="tick"><input type="checkbox" aria-label=${t('bulk.one', { name: titleOf(s) })}
        .checked=${keep(this.#chosen.has(id))} @change=${() => this.#choose(id)}></td>
      <td class="n">${s.scenario_id}</td>
      <td class="name"><a href=${linkTo('scenarios', s.scenario_id)}>${titleOf(s)}</a>
        <small>${s.name ? html`<span class="cut">${sourceOf(s)}</span> · ` : nothing}<span class="whole">${s.model}</span></small></td>
      <td data-label=${t('col.status')}>${pill('status', s.status)}
        ${s.status_reason ? html`<small class="why">${s.status_reason}</small>` : nothing}</td>
      <td class=${running && s.source ? '' : 'blank'} data-label=${t('col.source')}>${running && s.source ? pill('source', s.source.state) : '–'}
        ${running && s.source?.reason ? html`<small class="why">${s.source.reason}</small>` : nothing}</td>
      <td class="n ${running ? '' : 'blank'}" data-label=${t('col.fps')}>${number(running ? s.fps ?? null : null, 1)}</td>
      <td class="n ${age === null ? 'blank' : ''}" data-label=${t('col.age')}>${ageOf(age)}</td>
      <td class="objects ${running ? '' : 'blank'}" data-label=${t('col.objects')}>${running ? objectsInWords(s.objects) : '–'}</td>
      <td class="runner ${running ? '' : 'blank'}" title=${s.runner_id ?? ''} data-label=${t('col.runner')}>
        ${running ? s.runner_id ?? '–' : '–'}</td>
      <td class="actions">
        ${running
          ? html`<button class="small" ?disabled=${this.#busy.has(id) || stopping(s)}
              @click=${() => this.#forAll([s], api.stop)} aria-label=${t('stop.one', { name: titleOf(s) })}>${t('stop')}</button>`
          : html`<button class="small" ?disabled=${this.#busy.has(id)} @click=${() => this.#forAll([s], api.start)}
              aria-label=${t('start.one', { name: titleOf(s) })}>${t('start')}</button>
            <button class="small danger" ?disabled=${this.#busy.has(id)} @click=${() => this.#removeAll([s])}
              aria-label=${t('delete.one', { name: titleOf(s) })}>${t('delete')}</button>`}
        ${problem(reason)}
      </td></tr>`;
  }

  #choose(id) {
    if (!this.#chosen.delete(id)) {
      this.#chosen.add(id);
    }
    this.requestUpdate();
  }

  #chooseAll(on) {
    this.#chosen = new Set(on ? this.#rows.map(s => s.scenario_uuid) : []);
    this.requestUpdate();
  }

  async #removeAll(list) {
    if (await this.querySelector('vap-sure').ask(list)) {
      await this.#forAll(list, api.remove);
      await this.updateComplete;
      const focused = document.activeElement;
      if (focused === document.body || focused.disabled || !focused.checkVisibility()) {
        // What had the focus has gone with its row.
        this.querySelector('h1').focus();
      }
    }
  }

  /** A few at a time; what fails is said in its row. */
  async #forAll(list, action) {
    const left = [...list];
    const work = async () => {
      for (let s = left.shift(); s; s = left.shift()) {
        const id = s.scenario_uuid;
        this.#busy.add(id);
        this.#rowErrors.delete(id);
        this.requestUpdate();
        try {
          await action(id);
        } catch (e) {
          this.#rowErrors.set(id, e.message);
        }
        this.#busy.delete(id);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    await this.#load();
    this.requestUpdate();
  }
}

customElements.define('vap-scenarios', Scenarios);

// One scenario: what it sees now, what it saw, how it has been, and how it is run.
import { html, nothing } from 'lit';
import { api } from '../api.js';
import { clock, number, t, word } from '../i18n.js';
import { live } from '../live.js';
import { oneAtATime, Part } from '../part.js';
import { linkTo } from '../router.js';
import { ageOf, countsOf, frameAge, inWords, isFile, objectsInWords, pill, problem, sourceOf, stopped, stopping, titleOf } from '../shown.js';
import '../parts/stage.js';
import '../parts/filter.js';
import '../parts/counts.js';
import '../parts/settings.js';
import '../parts/replay.js';
import '../parts/sure.js';
import '../parts/video.js';

const POLL_MILLIS = 2000;
const NEWEST = 20;

class ScenarioView extends Part {
  static properties = { ref: { attribute: false } };

  #scenario = null;
  #etag = null;
  #fetched = 0;
  #error = null;
  #gone = false;
  #events = [];
  #eventsError = null;
  #newest = [];
  #classes = new Set();
  #filter = { hidden: new Set(), threshold: 0 };
  #listening = null;
  #tab = 'live';
  #busy = false;
  #actionError = null;
  #load = oneAtATime(() => this.#fetch());
  #history = oneAtATime(() => this.#fetchHistory());

  connectedCallback() {
    super.connectedCallback();
    this.every(POLL_MILLIS, this.#load);
    this.every(500, () => this.requestUpdate());
    this.on(document, 'visibilitychange', () => document.hidden || this.#load());
    this.during(live.listen('scenarios.status', change => this.#statusChanged(change)));
    this.during(() => this.#listening?.());
  }

  willUpdate(changed) {
    if (changed.has('ref')) {
      this.#listening?.();
      this.#listening = null;
      this.#scenario = null;
      this.#gone = false;
      this.#newest = [];
      this.#tab = 'live';
      this.#load();
    }
  }

  async #fetch() {
    const ref = this.ref;
    try {
      const { body, etag } = await api.scenario(ref);
      if (ref !== this.ref || !this.here) {
        return;
      }
      const first = this.#scenario === null;
      this.#scenario = body;
      this.#etag = etag;
      this.#fetched = Date.now();
      this.#error = null;
      if (first) {
        this.#begin(body);
      }
    } catch (e) {
      this.#error = e.message;
      this.#gone = e.code === 'scenario_not_found' || e.code === 'invalid_id';
    }
    this.requestUpdate();
  }

  #begin(scenario) {
    document.title = `${titleOf(scenario)} · VAP`;
    (scenario.options?.classes ?? []).forEach(name => this.#classes.add(name));
    this.#listening = live.listen(`predictions.${scenario.scenario_uuid}`, result => this.#predicted(result));
    this.#history();
    api.predictions(scenario.scenario_uuid, { limit: NEWEST }).then(page => {
      page.results.forEach(result => this.#note(result));
      this.requestUpdate();
    }, () => {});
  }

  /** Of any scenario: hundreds may change at once. */
  #statusChanged(change) {
    if (change.scenario_uuid === this.#scenario?.scenario_uuid) {
      this.#load();
      this.#history();
    }
  }

  async #fetchHistory() {
    if (!this.#scenario) {
      return;
    }
    try {
      this.#events = (await api.events(this.#scenario.scenario_uuid)).events.reverse();
      this.#eventsError = null;
    } catch (e) {
      this.#eventsError = e.message;
    }
    this.requestUpdate();
  }

  #predicted(result) {
    this.#note(result);
    this.querySelector('vap-stage')?.result(result);
  }

  #note(result) {
    result.detections.forEach(d => this.#classes.add(d.class));
    if (this.#newest[0] && this.#newest[0].frame_number >= result.frame_number && this.#newest[0].epoch === result.epoch) {
      return;
    }
    this.#newest = [result, ...this.#newest].slice(0, NEWEST);
  }

  render() {
    const s = this.#scenario;
    if (!s) {
      return html`<p class="crumb"><a href=${linkTo('scenarios')}>${t('nav.scenarios')}</a></p>
        ${problem(this.#error)}${this.#error ? nothing : html`<p class="note">${t('loading')}</p>`}`;
    }
    return html`
      <p class="crumb"><a href=${linkTo('scenarios')}>${t('nav.scenarios')}</a> / ${s.scenario_id}</p>
      <div class="bar"><h1>${titleOf(s)}</h1> ${pill('status', s.status)} ${this.#actions(s)}</div>
      ${problem(this.#actionError ?? this.#error)}
      ${this.#facts(s)}
      <div class="split">
        <section class="card wide" aria-labelledby="see-title">
          <h2 id="see-title" class="unseen">${t('see.title')}</h2>
          <div class="tabs" role="tablist" aria-label=${t('see.title')} @keydown=${e => this.#arrow(e)}>
            ${this.#tabs().map(tab => html`<button role="tab" id="tab-${tab}" aria-selected=${this.#tab === tab}
              aria-controls="see-panel" tabindex=${this.#tab === tab ? 0 : -1} @click=${() => this.#turn(tab)}>
              ${t(`see.${tab}`)}</button>`)}
          </div>
          <div role="tabpanel" id="see-panel" aria-labelledby="tab-${this.#tab}"
            @classes=${e => this.#know(e.detail)}>${this.#panel(s)}</div>
        </section>
        <div class="side">
          <section class="card" aria-labelledby="filter-title"><h2 id="filter-title">${t('filter.title')}</h2>
            <vap-filter .scenario=${s} .etag=${this.#etag} .classes=${[...this.#classes].sort()} .filter=${this.#filter}
              @filter=${e => this.#narrow(e.detail)} @changed=${this.#load}></vap-filter></section>
          <section class="card" aria-labelledby="newest-title"><h2 id="newest-title">${t('newest.title')}</h2>
            ${this.#predictions()}</section>
        </div>
      </div>
      <section class="card" aria-labelledby="counts-title"><h2 id="counts-title">${t('counts.title')}</h2>
        <vap-counts .uuid=${s.scenario_uuid} .filter=${this.#filter}></vap-counts></section>
      <div class="split even">
        <section class="card" aria-labelledby="history-title"><h2 id="history-title">${t('history.title')}</h2>
          ${this.#past()}</section>
        <section class="card" aria-labelledby="settings-title"><h2 id="settings-title">${t('settings.title')}</h2>
          <vap-settings .scenario=${s} .etag=${this.#etag} @changed=${this.#load}></vap-settings></section>
      </div>
      <vap-sure></vap-sure>`;
  }

  #actions(s) {
    const act = action => async () => {
      this.#busy = true;
      this.#actionError = null;
      this.requestUpdate();
      try {
        await action(s.scenario_uuid);
        if (action === api.remove) {
          location.hash = linkTo('scenarios');
        }
      } catch (e) {
        this.#actionError = e.message;
      }
      this.#busy = false;
      await this.#load();
    };
    return html`<span class="push"></span>${stopped(s)
      ? html`<button class="primary" ?disabled=${this.#busy} @click=${act(api.start)}>${t('start')}</button>
        <button class="danger" ?disabled=${this.#busy}
          @click=${async () => await this.querySelector('vap-sure').ask([s]) && act(api.remove)()}>${t('delete')}</button>`
      : html`<button ?disabled=${this.#busy || stopping(s)} @click=${act(api.stop)}>${t('stop')}</button>`}`;
  }

  #facts(s) {
    const running = !stopped(s);
    const source = running ? s.source : null;
    const age = frameAge(s, Date.now() - this.#fetched);
    const worker = s.worker;
    const dropped = Object.entries(source?.dropped ?? {}).filter(([, n]) => n > 0);
    const fact = (name, value) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
    return html`<dl class="facts ${this.#error ? 'stale' : ''}">
      ${fact(t('new.source'), html`<span class="cut">${sourceOf(s)}</span>`)}
      ${fact(t('filter.model'), s.model)}
      ${source ? fact(t('col.source'), pill('source', source.state)) : nothing}
      ${source?.codec ? fact(t('probe.stream'), `${source.codec} · ${source.width}×${source.height} · ${number(source.fps, 1)} ${t('fps')}`) : nothing}
      ${running ? fact(t('col.fps'), number(s.fps ?? worker?.fps ?? null, 1)) : nothing}
      ${running ? fact(t('col.age'), ageOf(age)) : nothing}
      ${running ? fact(t('col.objects'), objectsInWords(s.objects)) : nothing}
      ${fact(t('col.runner'), (running ? s.runner_id ?? worker?.runner_id : null) ?? '–')}
      ${running && s.inference ? fact(t('facts.inference'), pill('inference', s.inference.state)) : nothing}
      ${dropped.length ? fact(t('cluster.dropped'), dropped.map(([cause, n]) => `${number(n)} × ${word('drop', cause)}`).join(', ')) : nothing}
    </dl>
    ${[s.status_reason, source?.reason, running ? s.inference?.reason : null].filter(Boolean)
      .map(reason => html`<p class="reason">${reason}</p>`)}`;
  }

  #tabs() {
    return isFile(this.#scenario) ? ['live', 'replay', 'video'] : ['live', 'replay'];
  }

  #turn(tab) {
    this.#tab = tab;
    this.requestUpdate();
  }

  #arrow(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step && event.target.role === 'tab') {
      const tabs = this.#tabs();
      this.#turn(tabs[(tabs.indexOf(this.#tab) + step + tabs.length) % tabs.length]);
      this.updateComplete.then(() => this.querySelector(`#tab-${this.#tab}`).focus());
    }
  }

  #panel(s) {
    switch (this.#tab) {
      case 'replay': return html`<vap-replay .scenario=${s} .filter=${this.#filter}></vap-replay>`;
      case 'video': return html`<vap-video .scenario=${s} .filter=${this.#filter}></vap-video>`;
      default: return html`<vap-stage .scenario=${s} .filter=${this.#filter}></vap-stage>`;
    }
  }

  /** Stored results show classes that are not seen just now: those can be hidden too. */
  #know(results) {
    results.forEach(result => result.detections.forEach(d => this.#classes.add(d.class)));
    this.requestUpdate();
  }

  #narrow(filter) {
    this.#filter = filter;
    this.requestUpdate();
  }

  #predictions() {
    return this.#newest.length
      ? html`<ol class="newest" tabindex="0" aria-label=${t('newest.title')}>${this.#newest.map(r => html`<li>
          <span class="n">${r.frame_number}</span><time datetime=${r.timestamp}>${clock(r.timestamp)}</time>
          <span>${r.gated ? t('stage.gated') : inWords(countsOf(r.detections)) || t('objects.none')}</span></li>`)}</ol>`
      : html`<p class="note">${t('newest.none')}</p>`;
  }

  #past() {
    return html`${problem(this.#eventsError)}<ol class="history" tabindex="0" aria-label=${t('history.title')}>
      ${this.#events.map(e => html`<li>
        <time datetime=${e.at}>${clock(e.at)}</time>${pill('status', e.to)}<small>${t('history.by', { actor: e.actor })}</small>
        ${e.reason ? html`<span class="why">${e.reason}</span>` : nothing}</li>`)}</ol>`;
  }
}

customElements.define('vap-scenario', ScenarioView);

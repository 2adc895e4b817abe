// Who does what, how much there is to do, and what was left out.
import { html, nothing } from 'lit';
import { api } from '../api.js';
import { number, span, t, word } from '../i18n.js';
import { oneAtATime, Part } from '../part.js';
import { ageOf, pill, problem } from '../shown.js';

const POLL_MILLIS = 2000;

class ClusterView extends Part {
  #cluster = null;
  #fetched = 0;
  #error = null;
  #load = oneAtATime(() => this.#fetch());

  connectedCallback() {
    super.connectedCallback();
    this.#load();
    this.every(POLL_MILLIS, this.#load);
    this.every(500, () => this.requestUpdate());
  }

  async #fetch() {
    try {
      this.#cluster = await api.cluster();
      this.#fetched = Date.now();
      this.#error = null;
    } catch (e) {
      this.#error = e.message;
    }
    this.requestUpdate();
  }

  render() {
    const c = this.#cluster;
    return html`
      <div class="bar"><h1>${t('cluster.title')}</h1>
        ${c ? html`<span class="note">${c.cluster ?? ''} · ${t('cluster.asof')} ${ageOf(Date.now() - this.#fetched, 6000)}</span>` : nothing}</div>
      ${problem(this.#error)}
      ${c ? html`<div class=${this.#error ? 'stale' : ''}>${this.#figures(c)}${this.#runners(c)}
        <div class="split even"><div>${this.#roles(c)}${this.#inference(c)}${this.#dropped(c)}</div>${this.#topics(c)}</div>
        ${this.#members(c)}</div>` : this.#error ? nothing : html`<p class="note">${t('loading')}</p>`}`;
  }

  #figures(c) {
    const figure = (name, value, bad = false) => html`<div><dt>${name}</dt><dd class=${bad ? 'age old' : ''}>${value}</dd></div>`;
    const up = c.runners.filter(r => r.status === 'up');
    const sum = key => up.reduce((n, r) => n + r[key], 0);
    return html`<dl class="facts big">
      ${figure(t('cluster.active'), number(c.scenarios.active ?? 0))}
      ${figure(t('cluster.waiting'), number(c.waiting), c.waiting > 0)}
      ${figure(t('cluster.runners'), number(up.length), !up.length)}
      ${figure(t('cluster.load'), `${number(sum('load'))} / ${number(sum('capacity'))}`)}
      ${figure(t('cluster.outbox'), c.outbox.oldest_ms == null ? number(c.outbox.backlog)
        : html`${number(c.outbox.backlog)} <small>${span(c.outbox.oldest_ms)}</small>`, c.outbox.backlog > 100)}
      ${c.inference ? figure(t('cluster.queued'), number(c.inference.reduce((n, i) => n + i.queued, 0))) : nothing}
    </dl>`;
  }

  #card(id, title, body) {
    return html`<section class="card" aria-labelledby=${id}><h2 id=${id}>${title}</h2>${body}</section>`;
  }

  #runners(c) {
    return this.#card('runners-title', t('cluster.runners'), c.runners.length ? html`
      <div class="scroll" tabindex="0" role="region" aria-label=${t('cluster.runners')}><table class="rows">
        <thead><tr><th>${t('col.runner')}</th><th>${t('cluster.host')}</th><th>${t('col.status')}</th>
          <th>${t('cluster.load')}</th><th class="n">${t('cluster.lease')}</th><th>${t('cluster.sessions')}</th></tr></thead>
        <tbody>${c.runners.map(r => html`<tr data-runner=${r.runner_id}>
          <td class="name">${r.runner_id}</td>
          <td data-label=${t('cluster.host')}>${r.host}:${r.pid}</td>
          <td data-label=${t('col.status')}>${pill('runner', r.status)}</td>
          <td data-label=${t('cluster.load')}><span class="load"><meter min="0" max=${r.capacity} high=${0.9 * r.capacity}
            value=${r.load} aria-label=${t('cluster.load')}></meter> ${number(r.load)} / ${number(r.capacity)}</span></td>
          <td class="n" data-label=${t('cluster.lease')}>${r.status === 'up' || r.status === 'draining'
            ? span(r.lease_ms == null ? null : r.lease_ms - (Date.now() - this.#fetched)) : '–'}</td>
          <td data-label=${t('cluster.sessions')}>${Object.entries(r.sessions ?? {}).map(([state, n]) =>
            `${number(n)} ${word('session', state)}`).join(', ') || '–'}</td></tr>`)}</tbody>
      </table></div>` : html`<p class="empty">${t('cluster.none')}</p>`);
  }

  #roles(c) {
    return this.#card('roles-title', t('cluster.roles'), html`<div class="scroll" tabindex="0" role="region" aria-label=${t('cluster.roles')}>
      <table><thead><tr><th>${t('cluster.role')}</th>
      <th>${t('cluster.holder')}</th></tr></thead><tbody>${c.roles.map(r => html`<tr><td>${word('role', r.role)}</td>
        <td>${r.holder ?? html`<span class="age old">${t('cluster.nobody')}</span>`}</td></tr>`)}</tbody></table></div>`);
  }

  #topics(c) {
    return this.#card('topics-title', t('cluster.topics'), c.topics === undefined ? html`<p class="note">${t('cluster.untold')}</p>`
      : c.topics === null ? html`<p class="error">${t('cluster.kafka')}</p>` : html`
      <div class="scroll" tabindex="0" role="region" aria-label=${t('cluster.topics')}><table>
        <thead><tr><th>${t('cluster.topic')}</th><th class="n">${t('cluster.messages')}</th>
        <th>${t('cluster.group')}</th><th class="n">${t('cluster.lag')}</th></tr></thead><tbody>
        ${c.topics.flatMap(topic => (topic.groups.length ? topic.groups : [null]).map((group, i) => html`<tr>
          <td>${i ? '' : topic.topic}</td><td class="n">${i ? '' : number(topic.messages)}</td>
          <td>${group?.group ?? '–'}</td><td class="n"><span class="age ${group?.lag > 1000 ? 'old' : ''}">${group ? number(group.lag) : '–'}</span></td></tr>`))}
      </tbody></table></div>`);
  }

  #inference(c) {
    return this.#card('inference-title', t('cluster.inference'), c.inference === undefined ? html`<p class="note">${t('cluster.untold')}</p>`
      : !c.inference.length ? html`<p class="empty">${t('cluster.noinference')}</p>` : html`
      <div class="scroll" tabindex="0" role="region" aria-label=${t('cluster.inference')}><table><thead><tr><th>${t('cluster.node')}</th><th>${t('cluster.models')}</th><th class="n">${t('cluster.queued')}</th></tr></thead>
      <tbody>${c.inference.map(i => html`<tr><td class="cut">${i.node}</td><td>${i.models.join(', ')}</td>
        <td class="n">${number(i.queued)}</td></tr>`)}</tbody></table></div>`);
  }

  #dropped(c) {
    const causes = Object.entries(c.dropped ?? {}).filter(([, n]) => n > 0).sort((a, b) => b[1] - a[1]);
    return this.#card('dropped-title', t('cluster.dropped'), c.dropped === undefined ? html`<p class="note">${t('cluster.untold')}</p>`
      : causes.length ? html`<table><thead><tr><th>${t('cluster.cause')}</th><th class="n">${t('cluster.frames')}</th></tr></thead>
        <tbody>${causes.map(([cause, n]) => html`<tr><td>${word('drop', cause)}</td><td class="n">${number(n)}</td></tr>`)}</tbody></table>`
      : html`<p class="note">${t('cluster.nodrops')}</p>`);
  }

  #members(c) {
    return this.#card('members-title', t('cluster.members'), html`<div class="scroll" tabindex="0" role="region"
      aria-label=${t('cluster.members')}><table><thead><tr><th>${t('cluster.process')}</th><th>${t('cluster.service')}</th>
      <th>${t('cluster.version')}</th><th class="n">${t('cluster.upfor')}</th></tr></thead><tbody>
      ${c.members.map(m => html`<tr><td>${m.name}</td><td>${m.service}</td><td>${m.version}</td>
        <td class="n">${span(Date.now() - Date.parse(m.started_at))}</td></tr>`)}</tbody></table></div>`);
  }
}

customElements.define('vap-cluster', ClusterView);

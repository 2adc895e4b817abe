// Counts by class over time: a chart, and the same as a table for those who don't see it.
import { html, nothing } from 'lit';
import { api } from '../api.js';
import { clock, number, t } from '../i18n.js';
import { colourOf } from '../overlay.js';
import { oneAtATime, Part } from '../part.js';
import { problem } from '../shown.js';
import { isDark, onTheme } from '../theme.js';

const REFRESH_MILLIS = 5000;
const CLASSES = 8;
const ROWS = 30;
/** Hours shown, and the length of a bucket. */
const SPANS = { 1: '1m', 6: '5m', 24: '15m', 168: '1h' };

class Counts extends Part {
  static properties = { uuid: { attribute: false }, filter: { attribute: false } };

  #hours = 1;
  #measure = 'most';
  #stats = null;
  #error = null;
  #missing = false;
  #chart = null;
  #Chart = null;
  #load = oneAtATime(() => this.#fetch());

  connectedCallback() {
    super.connectedCallback();
    this.every(REFRESH_MILLIS, this.#load);
    this.during(onTheme(() => this.#paint()));
    this.during(() => { this.#chart?.destroy(); this.#chart = null; });
    // As UMD it leaves its name behind; minified it is a third of its modules.
    import('/vendor/chart.js/dist/chart.umd.min.js').then(() => {
      this.#Chart = globalThis.Chart;
      this.requestUpdate();
    }, () => { this.#error = t('counts.broken'); this.requestUpdate(); });
  }

  updated(changed) {
    if (changed.has('uuid')) {
      this.#load();
    }
    this.#paint();
  }

  async #fetch() {
    if (this.#missing || !this.here) {
      return;
    }
    try {
      const since = new Date(Date.now() - this.#hours * 3_600_000).toISOString();
      this.#stats = await api.stats(this.uuid, { since, step: SPANS[this.#hours] });
      this.#error = null;
    } catch (e) {
      this.#missing = e.missing;
      this.#error = e.missing ? null : e.message;
    }
    this.requestUpdate();
  }

  render() {
    const classes = this.#classes();
    return html`
      <div class="bar">
        <label>${t('counts.span')}<select @change=${e => this.#choose({ hours: Number(e.target.value) })}>
          ${Object.keys(SPANS).map(h => html`<option value=${h} ?selected=${Number(h) === this.#hours}>
            ${h === '168' ? t('span.days', { n: 7 }) : t('span.hours', { n: Number(h) })}</option>`)}</select></label>
        <label>${t('counts.measure')}<select @change=${e => this.#choose({ measure: e.target.value })}>
          ${['most', 'mean', 'frames'].map(m => html`<option value=${m} ?selected=${m === this.#measure}>
            ${t(`counts.${m}`)}</option>`)}</select></label>
      </div>
      ${problem(this.#error)}${this.#missing ? html`<p class="note">${t('counts.missing')}</p>` : nothing}
      <div class="chart" ?hidden=${!this.#stats || !classes.length}><canvas role="img" aria-label=${t('counts.title')}></canvas></div>
      ${this.#stats && !classes.length ? html`<p class="note">${t('counts.none')}</p>` : nothing}
      ${this.#stats && classes.length ? html`<details><summary>${t('counts.table')}</summary>${this.#table(classes)}</details>` : nothing}`;
  }

  #choose({ hours = this.#hours, measure = this.#measure }) {
    this.#hours = hours;
    this.#measure = measure;
    this.#load();
    this.requestUpdate();
  }

  /** The most frequent ones that are not hidden. */
  #classes() {
    const sums = new Map();
    for (const bucket of this.#stats?.buckets ?? []) {
      for (const [name, counts] of Object.entries(bucket.classes)) {
        sums.set(name, (sums.get(name) ?? 0) + counts.detections);
      }
    }
    return [...sums].filter(([name]) => !this.filter.hidden.has(name))
      .sort((a, b) => b[1] - a[1]).slice(0, CLASSES).map(([name]) => name);
  }

  #value(bucket, name) {
    const counts = bucket.classes[name];
    if (!counts) {
      return 0;
    }
    return this.#measure === 'mean' ? (bucket.frames ? counts.detections / bucket.frames : 0) : counts[this.#measure];
  }

  #table(classes) {
    const buckets = this.#stats.buckets.slice(-ROWS).reverse();
    return html`<div class="scroll" tabindex="0" role="region" aria-label=${t('counts.table')}><table>
      <thead><tr><th>${t('counts.time')}</th><th class="n">${t('counts.analysed')}</th>
        ${classes.map(name => html`<th class="n">${name}</th>`)}</tr></thead>
      <tbody>${buckets.map(b => html`<tr><td>${clock(b.start)}</td><td class="n">${number(b.frames)}</td>
        ${classes.map(name => html`<td class="n">${number(this.#value(b, name), 2)}</td>`)}</tr>`)}</tbody>
    </table></div>`;
  }

  #paint() {
    const canvas = this.querySelector('.chart canvas');
    const classes = this.#classes();
    if (!this.#Chart || !canvas || !classes.length) {
      return;
    }
    const style = getComputedStyle(this);
    const soft = style.getPropertyValue('--soft');
    const line = style.getPropertyValue('--line');
    const buckets = this.#filled();
    const data = {
      labels: buckets.map(b => clock(b.start).replace(/:\d\d$/, '')),
      datasets: classes.map(name => ({
        label: name,
        data: buckets.map(b => this.#value(b, name)),
        borderColor: colourOf(name, isDark()),
        backgroundColor: colourOf(name, isDark()),
        borderWidth: 2,
        pointRadius: buckets.length > 60 ? 0 : 2,
      })),
    };
    const axis = { ticks: { color: soft, precision: 0, maxTicksLimit: 8, maxRotation: 0 }, grid: { color: line } };
    const options = {
      animation: false,
      maintainAspectRatio: false,
      interaction: { mode: 'index', intersect: false },
      scales: { x: axis, y: { ...axis, beginAtZero: true } },
      plugins: { legend: { labels: { color: style.getPropertyValue('--text'), boxWidth: 12, boxHeight: 12 } } },
    };
    if (this.#chart) {
      Object.assign(this.#chart, { data, options });
      this.#chart.update();
    } else {
      this.#chart = new this.#Chart(canvas, { type: 'line', data, options });
    }
  }

  /** With empty buckets where nothing was analysed: a line must not hide a gap. */
  #filled() {
    const step = { '1m': 60, '5m': 300, '15m': 900, '1h': 3600 }[SPANS[this.#hours]] * 1000;
    const filled = [];
    for (const bucket of this.#stats.buckets) {
      const start = Date.parse(bucket.start);
      const last = filled.length ? Date.parse(filled.at(-1).start) : start - step;
      for (let at = last + step; at < start; at += step) {
        filled.push({ start: new Date(at).toISOString(), frames: 0, classes: {} });
      }
      filled.push(bucket);
    }
    return filled;
  }
}

customElements.define('vap-counts', Counts);

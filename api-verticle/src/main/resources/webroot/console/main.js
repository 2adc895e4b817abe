// The page: header, the view that the address names, and the switches for language and colours.
import { html, nothing } from 'lit';
import { currentLanguage, LANGUAGES, setLanguage, t } from './i18n.js';
import { live } from './live.js';
import { Part } from './part.js';
import { linkTo, route } from './router.js';
import { setTheme, theme, THEMES } from './theme.js';
import './views/scenarios.js';
import './views/scenario.js';
import './views/cluster.js';

class App extends Part {
  #route = route();

  connectedCallback() {
    super.connectedCallback();
    this.on(window, 'hashchange', () => this.#moved());
    this.on(live, 'state', () => this.requestUpdate());
    this.every(500, () => live.state === 'waiting' && this.requestUpdate());
    live.start();
  }

  #moved() {
    this.#route = route();
    this.requestUpdate();
    // As a new page would: from the top, and the reader of a screen is told where they are.
    this.updateComplete.then(() => {
      window.scrollTo(0, 0);
      this.querySelector('main').focus({ preventScroll: true });
    });
  }

  render() {
    document.title = this.#route.id ? `${this.#route.id} · VAP` : `${t(`nav.${this.#route.view}`)} · VAP`;
    return html`
      <a class="skip" href="#main" @click=${e => this.#skip(e)}>${t('nav.skip')}</a>
      <header class="top">
        <a class="brand" href=${linkTo('scenarios')}>VAP</a>
        <nav aria-label=${t('nav.label')}>
          ${this.#link('scenarios', ['scenarios', 'scenario'])} ${this.#link('cluster', ['cluster'])}
          <a href="/docs">${t('nav.docs')}</a>
        </nav>
        ${this.#connection()}
        <label class="switch"><span class="unseen">${t('language')}</span>
          <select @change=${e => setLanguage(e.target.value)} aria-label=${t('language')} id="language">
            ${LANGUAGES.map(([tag, name]) =>
              html`<option value=${tag} lang=${tag} ?selected=${tag === currentLanguage()}>${name}</option>`)}
          </select>
        </label>
        <label class="switch"><span class="unseen">${t('theme')}</span>
          <select @change=${e => setTheme(e.target.value)} aria-label=${t('theme')} id="theme">
            ${THEMES.map(name => html`<option value=${name} ?selected=${name === theme()}>${t(`theme.${name}`)}</option>`)}
          </select>
        </label>
      </header>
      <main id="main" tabindex="-1">${this.#view()}</main>`;
  }

  #link(view, current) {
    const here = current.includes(this.#route.view);
    return html`<a href=${linkTo(view)} aria-current=${here ? 'page' : nothing}>${t(`nav.${view}`)}</a>`;
  }

  #connection() {
    const kind = { open: 'good', connecting: 'wait', waiting: 'bad' }[live.state];
    const seconds = Math.max(1, Math.ceil((live.retryAt - Date.now()) / 1000));
    return html`
      <span class="connection aside" role="status"><span class="pill ${kind}">
        ${live.state === 'waiting' ? t('live.retry', { n: seconds }) : t(`live.${live.state}`)}</span></span>
      ${live.state === 'waiting'
        ? html`<button class="small" @click=${() => live.retryNow()}>${t('live.now')}</button>` : nothing}`;
  }

  #view() {
    switch (this.#route.view) {
      case 'scenarios': return html`<vap-scenarios></vap-scenarios>`;
      case 'cluster': return html`<vap-cluster></vap-cluster>`;
      case 'scenario': return html`<vap-scenario .ref=${this.#route.id}></vap-scenario>`;
      default: return html`<p class="note">${t('nav.unknown')} <a href=${linkTo('scenarios')}>${t('nav.scenarios')}</a></p>`;
    }
  }

  #skip(event) {
    // The address belongs to the router.
    event.preventDefault();
    this.querySelector('main').focus();
  }
}

customElements.define('vap-app', App);

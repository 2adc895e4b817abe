// The pages of the contract: the console's header in the reader's language, and below it what the address names.
import { currentLanguage, LANGUAGES, onLanguage, setLanguage, t } from '../i18n.js';
import { isDark, onTheme, setTheme, theme, THEMES } from '../theme.js';

const PAGES = { try: '/docs', read: '/redoc' };
const page = location.pathname.startsWith(PAGES.read) ? 'read' : 'try';
const main = document.querySelector('main');

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function link(href, text, here = false) {
  const made = element('a', { href, textContent: text });
  if (here) {
    made.ariaCurrent = 'page';
  }
  return made;
}

function choice(id, label, options, chosen, choose) {
  const select = element('select', { id, ariaLabel: label, onchange: e => choose(e.target.value) },
    ...options.map(([value, text]) => element('option', { value, textContent: text, selected: value === chosen })));
  return element('label', { className: 'switch' }, select);
}

function frame() {
  const header = document.querySelector('header');
  const focused = document.activeElement?.id;
  document.title = `${t(`contract.${page}`)} · VAP`;
  const nav = element('nav', { ariaLabel: t('nav.label') },
    link('/#/scenarios', t('nav.scenarios')), link('/#/cluster', t('nav.cluster')),
    ...Object.entries(PAGES).map(([name, href]) => link(href, t(`contract.${name}`), name === page)));
  const skip = element('a', { href: '#contract', className: 'skip', textContent: t('nav.skip'), onclick: e => {
    // What is shown reads the address after `#` as its own.
    e.preventDefault();
    main.focus();
  } });
  header.replaceChildren(
    skip,
    element('a', { href: '/', className: 'brand', textContent: 'VAP' }),
    nav,
    element('span', { className: 'aside' }),
    choice('language', t('language'), LANGUAGES, currentLanguage(), setLanguage),
    choice('theme', t('theme'), THEMES.map(name => [name, t(`theme.${name}`)]), theme(), setTheme));
  document.getElementById(focused)?.focus();
}

function load(src) {
  return new Promise((resolve, reject) => {
    document.head.append(element('script', { src, onload: resolve, onerror: () => reject(new Error(src)) }));
  });
}

/** Sees to it that every element that fits is mended, whenever it appears. */
function mend(mends) {
  let waiting = false;
  const all = () => {
    waiting = false;
    mends.forEach(([selector, action]) => main.querySelectorAll(selector).forEach(action));
  };
  new MutationObserver(() => {
    if (!waiting) {
      waiting = true;
      requestAnimationFrame(all);
    }
  }).observe(main, { childList: true, subtree: true });
}

onLanguage(frame);
frame();
const shower = await import(page === 'read' ? './redoc.js' : './swagger.js');
const paint = () => document.documentElement.classList.toggle(shower.DARK, isDark());
onTheme(paint);
paint();
mend(shower.MENDS);
try {
  await load(shower.SCRIPT);
  shower.show(main);
} catch {
  main.append(element('p', { className: 'broken', role: 'alert', lang: currentLanguage(), textContent: t('contract.broken') }));
}

// Texts in the language of the reader: from the two dictionaries, plurals by the rules of the language.
import en from './i18n/en.js';
import ru from './i18n/ru.js';

const DICTIONARIES = { en, ru };
/** Each by its tag, and in its own words. */
export const LANGUAGES = [['en', 'English'], ['ru', 'Русский']];
const KEY = 'vap.language';
const changed = new EventTarget();
let language = initial();
let plural = new Intl.PluralRules(language);
document.documentElement.lang = language;

function initial() {
  const chosen = recall(KEY);
  if (chosen in DICTIONARIES) {
    return chosen;
  }
  const wanted = (navigator.languages ?? [navigator.language]).map(tag => tag.slice(0, 2).toLowerCase());
  return wanted.find(tag => tag in DICTIONARIES) ?? 'en';
}

/** Storage may be switched off; then choices last as long as the page. */
export function recall(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // See recall.
  }
}

export const currentLanguage = () => language;

export function setLanguage(wanted) {
  language = wanted;
  plural = new Intl.PluralRules(wanted);
  document.documentElement.lang = wanted;
  remember(KEY, wanted);
  changed.dispatchEvent(new Event('change'));
}

export function onLanguage(listener) {
  changed.addEventListener('change', listener);
  return () => changed.removeEventListener('change', listener);
}

/**
 * The text with that key; `{name}` in it becomes a parameter. Where the text is an object, `count` chooses the form.
 */
export function t(key, parameters = {}) {
  let text = DICTIONARIES[language][key] ?? en[key] ?? key;
  if (typeof text === 'object') {
    text = text[plural.select(parameters.count)] ?? text.other;
  }
  return text.replace(/\{(\w+)\}/g, (all, name) => {
    const value = parameters[name];
    return typeof value === 'number' ? number(value) : String(value ?? '');
  });
}

/** The text with that key, or what was asked for where the dictionaries have none: words of a newer API. */
export const word = (prefix, value) => (value == null ? '–' : (en[`${prefix}.${value}`] ? t(`${prefix}.${value}`) : value));

export const number = (value, digits = 0) =>
  value == null
    ? '–'
    : new Intl.NumberFormat(language, { maximumFractionDigits: digits, minimumFractionDigits: 0 }).format(value);

/** A time of day, with the date where it is not today. */
export function clock(instant, millis = false) {
  const date = new Date(instant);
  const today = date.toDateString() === new Date().toDateString();
  return new Intl.DateTimeFormat(language, {
    ...(today ? {} : { year: 'numeric', month: '2-digit', day: '2-digit' }),
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    ...(millis ? { fractionalSecondDigits: 1 } : {}),
  }).format(date);
}

/** How long: tenths of seconds below ten, whole ones below a minute and a half, then minutes, hours, days. */
export function span(millis) {
  if (millis == null) {
    return '–';
  }
  const seconds = Math.max(0, millis) / 1000;
  if (seconds < 10) {
    const text = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(seconds);
    return t('span.seconds', { n: text });
  }
  if (seconds < 90) {
    return t('span.seconds', { n: Math.round(seconds) });
  }
  if (seconds < 5400) {
    return t('span.minutes', { n: Math.round(seconds / 60) });
  }
  return seconds < 172_800
    ? t('span.hours', { n: Math.round(seconds / 3600) })
    : t('span.days', { n: Math.round(seconds / 86_400) });
}

export function bytes(n) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = n;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit++) {
    value /= 1000;
  }
  return `${number(value, value < 10 && unit ? 1 : 0)} ${units[unit]}`;
}

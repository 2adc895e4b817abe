// The colours: those of the system, or those that were chosen. `theme-first.js` sets them before the first paint.
import { remember } from './i18n.js';

export const THEMES = ['auto', 'light', 'dark'];
const system = matchMedia('(prefers-color-scheme: dark)');
const changed = new EventTarget();
system.addEventListener('change', tell);

function tell() {
  changed.dispatchEvent(new Event('change'));
}

export const theme = () => document.documentElement.dataset.theme ?? 'auto';

export const isDark = () => (theme() === 'auto' ? system.matches : theme() === 'dark');

export function setTheme(wanted) {
  remember('vap.theme', wanted);
  if (wanted === 'auto') {
    delete document.documentElement.dataset.theme;
  } else {
    document.documentElement.dataset.theme = wanted;
  }
  tell();
}

/** @returns a function that ends it */
export function onTheme(listener) {
  changed.addEventListener('change', listener);
  return () => changed.removeEventListener('change', listener);
}

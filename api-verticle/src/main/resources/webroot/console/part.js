// What all elements of the console have in common. They render into the page itself, without shadow roots: one style
// sheet holds for all, and labels reach their fields across elements.
import { LitElement } from 'lit';
import { onLanguage } from './i18n.js';

export class Part extends LitElement {
  #ends = [];
  /** Whether it is in the page: what was awaited may come after it has left. */
  here = false;

  createRenderRoot() {
    return this;
  }

  connectedCallback() {
    super.connectedCallback();
    this.here = true;
    this.during(onLanguage(() => this.requestUpdate()));
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.here = false;
    this.#ends.splice(0).forEach(end => end());
  }

  /** @param end is called when the element leaves the page */
  during(end) {
    this.#ends.push(end);
  }

  every(millis, action) {
    const timer = setInterval(() => {
      if (!document.hidden) {
        action();
      }
    }, millis);
    this.during(() => clearInterval(timer));
  }

  on(target, type, listener) {
    target.addEventListener(type, listener);
    this.during(() => target.removeEventListener(type, listener));
  }

  /** Tells whoever holds this element; bubbles. */
  tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true }));
  }
}

/** Never two at the same time. @returns a function whose promise is that of a run which began after it was called */
export function oneAtATime(action) {
  let running = null;
  let next = null;
  return function run() {
    if (running) {
      next ??= running.catch(() => {}).then(() => {
        next = null;
        return run();
      });
      return next;
    }
    running = action().finally(() => { running = null; });
    return running;
  };
}

// One WebSocket for the whole page: predictions and changes of statuses, at the addresses somebody listens to.
// It reconnects for ever; who shows what comes from here shows `live.state` beside it.

const PING_MILLIS = 10_000;
const SILENCE_MILLIS = 25_000;
const RETRY_MILLIS = [500, 1000, 2000, 4000, 8000];

class Live extends EventTarget {
  /** `connecting`, `open`, `waiting` (until `retryAt`) */
  state = 'connecting';
  retryAt = 0;
  #handlers = new Map();
  #socket = null;
  #attempts = 0;
  #timer = null;
  #heard = 0;

  start() {
    if (this.#socket || this.#timer) {
      return;
    }
    // A laptop that wakes up need not wait for the rest of a pause.
    window.addEventListener('online', () => this.retryNow());
    this.#connect();
  }

  /** @returns a function that ends it */
  listen(address, handler) {
    const handlers = this.#handlers.get(address) ?? new Set();
    if (!handlers.size) {
      this.#handlers.set(address, handlers);
      this.#say({ type: 'register', address });
    }
    handlers.add(handler);
    return () => {
      handlers.delete(handler);
      if (!handlers.size && this.#handlers.get(address) === handlers) {
        this.#handlers.delete(address);
        this.#say({ type: 'unregister', address });
      }
    };
  }

  retryNow() {
    if (this.state === 'waiting') {
      clearTimeout(this.#timer);
      this.#connect();
    }
  }

  #connect() {
    this.#timer = null;
    this.#become('connecting');
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const socket = new WebSocket(`${scheme}://${location.host}/api/v1/live`);
    this.#socket = socket;
    let ping = null;
    socket.onopen = () => {
      this.#attempts = 0;
      this.#heard = performance.now();
      this.#become('open');
      for (const address of this.#handlers.keys()) {
        this.#say({ type: 'register', address });
      }
      // A connection that died without a word is only found by asking.
      ping = setInterval(() => {
        if (performance.now() - this.#heard > SILENCE_MILLIS) {
          socket.close();
        } else {
          this.#say({ type: 'ping' });
        }
      }, PING_MILLIS);
    };
    socket.onmessage = event => {
      this.#heard = performance.now();
      const message = JSON.parse(event.data);
      if (message.type === 'rec') {
        this.#handlers.get(message.address)?.forEach(handler => handler(message.body));
      }
    };
    socket.onclose = () => {
      clearInterval(ping);
      this.#socket = null;
      const pause = RETRY_MILLIS[Math.min(this.#attempts++, RETRY_MILLIS.length - 1)] * (0.8 + 0.4 * Math.random());
      this.retryAt = Date.now() + pause;
      this.#timer = setTimeout(() => this.#connect(), pause);
      this.#become('waiting');
    };
  }

  #say(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) {
      this.#socket.send(JSON.stringify(message));
    }
  }

  #become(state) {
    this.state = state;
    this.dispatchEvent(new Event('state'));
  }
}

export const live = new Live();

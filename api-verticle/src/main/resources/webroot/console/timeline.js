// Stored results, fetched a page at a time around the moment that is looked at.

const PAGE = 500;

/** Results by the time of their frames, between two instants. */
export class Timeline {
  #fetch;
  #until;
  #results = [];
  /** Everything stored in [#from, #to) is in #results; milliseconds. */
  #from = 0;
  #to = 0;
  #loading = false;

  /** @param fetch gets {since, until, limit} and answers a page */
  constructor(fetch, until) {
    this.#fetch = fetch;
    this.#until = until;
  }

  /** Sees to it that results of that moment and a little after are there. @returns whether they are */
  async need(at) {
    if (this.has(at) || this.#loading) {
      return this.has(at);
    }
    this.#loading = true;
    try {
      const since = Math.floor(at);
      const page = await this.#fetch({ since: iso(since), until: iso(this.#until), limit: PAGE });
      this.#results = page.results.map(result => ({ at: Date.parse(result.timestamp), result }));
      this.#from = since;
      const whole = this.#results.length < PAGE;
      this.#to = whole ? Infinity : this.#results.at(-1).at;
    } finally {
      this.#loading = false;
    }
    return this.has(at);
  }

  has(at) {
    return at >= this.#from && at < this.#to;
  }

  /** The newest result up to that moment, if it is not older than so much. */
  before(at, patience) {
    const found = this.#results[this.#upTo(at) - 1];
    return found && at - found.at <= patience ? found.result : null;
  }

  /** The moment of the first result after; null if none is known. */
  after(at) {
    return this.#results[this.#upTo(at)]?.at ?? null;
  }

  #upTo(at) {
    return firstAfter(this.#results, at, entry => entry.at);
  }
}

/** How many of the list, which is in order, are not after the value. */
export function firstAfter(list, value, keyOf) {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keyOf(list[middle]) <= value) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

const iso = millis => new Date(millis).toISOString();

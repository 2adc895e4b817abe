// Brings pictures and results of the same frame together, so that no box is ever drawn over another frame than its own.
// A picture waits for its result for a moment, then it is shown without; a result that comes later still completes the
// picture that is shown. Pictures never go back in time.

const HOLD_MILLIS = 300;
const KEPT_RESULTS = 90;

export class Pairing {
  #show;
  #drop;
  #results = new Map();
  #held = [];
  #shown = null;

  /**
   * @param show gets (picture, result or null), again when a result comes late
   * @param drop gets pictures that are shown no more, to free them
   */
  constructor(show, drop = () => {}) {
    this.#show = show;
    this.#drop = drop;
  }

  picture(picture) {
    if (this.#shown && picture.frame < this.#shown.frame) {
      // Numbers begin anew: another run of the source.
      this.#results.forEach((result, frame) => frame > picture.frame && this.#results.delete(frame));
    }
    const result = this.#results.get(picture.frame);
    if (result) {
      this.#put(picture, result);
    } else {
      const timer = setTimeout(() => this.#put(picture, null), HOLD_MILLIS);
      this.#held.push({ picture, timer });
    }
  }

  result(result) {
    this.#results.set(result.frame_number, result);
    if (this.#results.size > KEPT_RESULTS) {
      this.#results.delete(this.#results.keys().next().value);
    }
    const held = this.#held.find(({ picture }) => picture.frame === result.frame_number);
    if (held) {
      this.#put(held.picture, result);
    } else if (this.#shown?.frame === result.frame_number) {
      this.#show(this.#shown, result);
    }
  }

  /** Nothing is waited for any more. */
  clear() {
    this.#held.splice(0).forEach(({ picture, timer }) => {
      clearTimeout(timer);
      this.#drop(picture);
    });
    if (this.#shown) {
      this.#drop(this.#shown);
    }
    this.#shown = null;
    this.#results.clear();
  }

  #put(picture, result) {
    const index = this.#held.findIndex(held => held.picture === picture);
    // Those that waited longer are overtaken: showing them afterwards would go back in time.
    const passed = index < 0 ? this.#held.splice(0) : this.#held.splice(0, index + 1);
    passed.forEach(held => {
      clearTimeout(held.timer);
      if (held.picture !== picture) {
        this.#drop(held.picture);
      }
    });
    if (this.#shown && this.#shown !== picture) {
      this.#drop(this.#shown);
    }
    this.#shown = picture;
    this.#show(picture, result);
  }
}

// Reads a Motion JPEG stream as data, picture by picture: an <img> would show the pictures, but not say which frames they
// are.

const MAX_PART_BYTES = 8_000_000;

/**
 * Reads until the stream ends.
 *
 * @param onPicture gets {frame, at, pts, width, height, blob}; at most one call is under way, so a slow reader slows the
 *     stream down and gets newer pictures
 * @throws what errorOf makes of an answer that is not 200, or a TypeError when the connection breaks
 */
export async function readPreview(path, onPicture, signal, errorOf) {
  const response = await fetch(path, { signal, cache: 'no-store' });
  if (!response.ok) {
    throw await errorOf(response);
  }
  const reader = response.body.getReader();
  const buffer = new Buffer();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      return;
    }
    buffer.add(value);
    // Of several that came at once only the newest is worth decoding.
    let newest = null;
    for (let part = buffer.part(); part; part = buffer.part()) {
      newest = part;
    }
    if (newest) {
      await onPicture(pictureOf(newest));
    }
  }
}

function pictureOf({ headers, body }) {
  const [width, height] = (headers['x-source-size'] ?? '0x0').split('x').map(Number);
  return {
    frame: Number(headers['x-frame-number']),
    at: headers['x-timestamp'] ?? null,
    pts: Number(headers['x-pts-ms'] ?? 0),
    width,
    height,
    blob: new Blob([body], { type: 'image/jpeg' }),
  };
}

/** What came and is not read yet. */
export class Buffer {
  #bytes = new Uint8Array(256 * 1024);
  #from = 0;
  #to = 0;

  add(chunk) {
    if (this.#to + chunk.length > this.#bytes.length) {
      const kept = this.#bytes.subarray(this.#from, this.#to);
      const room = Math.max(this.#bytes.length, 2 * (kept.length + chunk.length));
      const bytes = room > this.#bytes.length ? new Uint8Array(room) : this.#bytes;
      bytes.set(kept);
      this.#bytes = bytes;
      this.#to = kept.length;
      this.#from = 0;
    }
    this.#bytes.set(chunk, this.#to);
    this.#to += chunk.length;
  }

  /** The next whole part, or null: headers by their names in lower case, and the bytes. */
  part() {
    const end = this.#endOfHead();
    if (end < 0) {
      if (this.#to - this.#from > MAX_PART_BYTES) {
        throw new TypeError('This is no Motion JPEG');
      }
      return null;
    }
    const headers = {};
    const text = new TextDecoder().decode(this.#bytes.subarray(this.#from, end));
    for (const line of text.split('\r\n')) {
      const colon = line.indexOf(':');
      if (colon > 0) {
        headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
      }
    }
    const length = Number(headers['content-length']);
    if (!(length > 0 && length <= MAX_PART_BYTES)) {
      throw new TypeError('A part without its length');
    }
    const start = end + 4;
    if (this.#to < start + length) {
      return null;
    }
    this.#from = start + length;
    return { headers, body: this.#bytes.slice(start, start + length) };
  }

  /** Where the empty line begins that ends the boundary and the headers; -1 if it has not come yet. */
  #endOfHead() {
    // A line break that ends the part before.
    while (this.#from < this.#to && (this.#bytes[this.#from] === 13 || this.#bytes[this.#from] === 10)) {
      this.#from++;
    }
    for (let i = this.#from; i + 3 < this.#to; i++) {
      if (this.#bytes[i] === 13 && this.#bytes[i + 1] === 10 && this.#bytes[i + 2] === 13 && this.#bytes[i + 3] === 10) {
        return i;
      }
    }
    return -1;
  }
}

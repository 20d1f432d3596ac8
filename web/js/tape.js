// A VNC client that is fed with a recording's blocks instead of a socket.

import RFB from "../novnc/core/rfb.js";

/** What noVNC takes for a socket: what it says to the server goes nowhere. */
class Channel {
  binaryType = "arraybuffer";
  protocol = "binary";
  readyState = "open";
  onopen = null;
  onmessage = null;
  onerror = null;
  onclose = null;

  send() {}

  close() {
    this.readyState = "closed";
    // Later, as a socket does it: noVNC waits for it from then on.
    setTimeout(() => this.onclose?.({ code: 1000, reason: "", wasClean: true }));
  }
}

/** One part on a screen of its own inside `place`. */
export class Screen {
  #channel = new Channel();
  #rfb;
  #blocks;
  #next = 0;

  constructor(place, part, options = {}) {
    this.element = document.createElement("div");
    place.append(this.element);
    this.#blocks = part;
    this.#rfb = new RFB(this.element, this.#channel, { shared: true });
    this.#rfb.viewOnly = true;
    this.#rfb.background = "transparent";
    this.#rfb.scaleViewport = options.scale !== false;
  }

  get canvas() {
    return this.element.querySelector("canvas");
  }

  /** Whether all of the part is shown. */
  get done() {
    return this.#next >= this.#blocks.length;
  }

  /** When the next change comes, in ms since the part began; Infinity when none does. */
  get nextAt() {
    return this.done ? Infinity : this.#blocks[this.#next].at;
  }

  /** More of the same part has come. */
  extend(part) {
    this.#blocks = part;
  }

  /** Shows all up to `millis` since the part began. */
  feed(millis) {
    while (!this.done && this.#blocks[this.#next].at <= millis) {
      const { bytes } = this.#blocks[this.#next];
      // Nothing changed up to then.
      if (bytes.byteLength) this.#channel.onmessage?.({ data: bytes });
      this.#next += 1;
    }
  }

  close() {
    this.#rfb.disconnect();
    this.element.remove();
  }
}

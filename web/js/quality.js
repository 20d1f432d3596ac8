// How good the line to Oriel is: the round trip of a small request, and doubts about a connection that went silent.

import { apiUrl } from "./api.js";
import { say, set, whileSeen } from "./dom.js";

const EVERY = 5000;
const LIMIT = 4000;

export class Quality {
  #element;
  #onDoubt;
  #viewer = null;
  #missed = 0;
  #samples = [];

  /** `onDoubt` is called when an open connection may be dead, or when the line is back. */
  constructor(element, onDoubt) {
    this.#element = element;
    this.#onDoubt = onDoubt;
  }

  start() {
    whileSeen(EVERY, () => this.#measure());
  }

  watch(viewer) {
    this.#viewer = viewer;
  }

  async #measure() {
    const begin = performance.now();
    try {
      // Any answer will do, also a 502: somebody at the other end spoke.
      const answer = await fetch(apiUrl("/healthz"), { cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(LIMIT) });
      // A body that nobody reads is cut off by the limit, as if it had failed.
      await answer.arrayBuffer();
      this.#samples = [...this.#samples.slice(-4), performance.now() - begin];
      const back = this.#missed > 1;
      this.#missed = 0;
      this.#show();
      if (back || this.#viewer?.quiet) this.#onDoubt();
    } catch {
      this.#missed += 1;
      this.#samples = [];
      this.#show();
    }
  }

  #show() {
    const median = [...this.#samples].sort((a, b) => a - b)[Math.floor(this.#samples.length / 2)];
    const tone = this.#missed ? "bad" : median < 90 ? "good" : median < 250 ? "fair" : "poor";
    const text = this.#missed ? "no answer" : `${Math.round(median)} ms`;
    this.#element.dataset.tone = tone;
    set(this.#element, { title: this.#missed ? "The server does not answer" : `Round trip to Oriel: ${text} (${tone})` });
    say(this.#element.lastElementChild, text);
  }
}

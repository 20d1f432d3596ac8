// One console connection: noVNC over a WebSocket of our own, so that its close code is known and its silence noticed.

import RFB from "../novnc/core/rfb.js";

const SOCKET_WITHIN = 4000;
const OPEN_WITHIN = 10000;
const ANSWER_WITHIN = 8000;
const QUIET = 30000;

// A lost connection often says nothing: silence is asked after, and no answer is an answer.
const PULSE = 500;
const ASK_AFTER = 1300;

// FramebufferUpdateRequest, not incremental, of one pixel: any live server has to answer it.
const ARE_YOU_THERE = new Uint8Array([3, 0, 0, 0, 0, 0, 0, 1, 0, 1]);

/**
 * Connects at once. Events: `open`; `close` with `{code, was}` (`was`: whether it had been open); `silent` when the
 * server was asked for a sign of life and gave none for `patience` ms; `clipboard` with the text; `clipping` with
 * whether the picture is larger than its place.
 */
export class Viewer extends EventTarget {
  #socket;
  #opened = false;
  #ended = false;
  #timer = 0;
  #pulse = 0;
  #lastPulse = 0;
  #asked = 0;
  #patience;
  #lastHeard = performance.now();
  #waiting = [];

  constructor(target, { url, ticket }, options, patience) {
    super();
    this.target = target;
    this.#patience = patience;
    this.#socket = new WebSocket(url, ["binary", `ticket.${ticket}`]);
    this.#socket.addEventListener("message", () => this.#heard());
    this.#socket.addEventListener("close", (event) => this.#end(event.code));
    this.rfb = new RFB(target, this.#socket, { shared: true });
    this.rfb.background = "transparent";
    this.apply(options);
    this.rfb.addEventListener("connect", () => this.#open());
    this.rfb.addEventListener("disconnect", () => this.#end(this.#socket.readyState === WebSocket.CLOSED ? 1006 : 1000));
    this.rfb.addEventListener("clipboard", (event) => this.#tell("clipboard", event.detail.text));
    this.rfb.addEventListener("clippingviewport", (event) => this.#tell("clipping", event.detail));
    this.#timer = setTimeout(() => this.close(), SOCKET_WITHIN);
    this.#socket.addEventListener("open", () => {
      clearTimeout(this.#timer);
      if (!this.#opened && !this.#ended) this.#timer = setTimeout(() => this.close(), OPEN_WITHIN);
    });
  }

  get canvas() {
    return this.target.querySelector("canvas");
  }

  /** How the picture is shown and whether input is sent. */
  apply({ fit, viewOnly, drag, touchKeyboard }) {
    const { rfb } = this;
    if (viewOnly && !rfb.viewOnly) this.releaseKeys();
    rfb.viewOnly = viewOnly;
    rfb.clipViewport = !fit && matchMedia("(pointer: coarse)").matches;
    rfb.scaleViewport = fit;
    rfb.dragViewport = drag && !fit;
    // With the phone's keyboard up a touch on the picture must not take the focus from it.
    rfb.focusOnClick = !touchKeyboard;
  }

  focus() {
    this.rfb.focus({ preventScroll: true });
  }

  /** Lets go of every key that the guest believes is held. noVNC does so when the window loses its focus. */
  releaseKeys() {
    window.dispatchEvent(new Event("blur"));
  }

  /** Whether the server still answers. */
  alive() {
    if (this.#socket.readyState !== WebSocket.OPEN) return Promise.resolve(false);
    return new Promise((resolve) => {
      const limit = setTimeout(() => resolve(false), ANSWER_WITHIN);
      this.#waiting.push(() => {
        clearTimeout(limit);
        resolve(true);
      });
      this.#socket.send(ARE_YOU_THERE);
    });
  }

  /** Milliseconds without a word from the server are too many to take life for granted. */
  get quiet() {
    return performance.now() - this.#lastHeard > QUIET;
  }

  /** Ends this connection; `close` follows. */
  close() {
    const code = this.#opened ? 1000 : 1006;
    this.rfb.disconnect();
    this.#end(code);
  }

  #heard() {
    this.#lastHeard = performance.now();
    this.#asked = 0;
    for (const answer of this.#waiting.splice(0)) answer();
  }

  #beat() {
    const now = performance.now();
    // A hidden page's timers run late, and so do those of a machine that slept: then silence is no sign yet.
    const late = document.hidden || now - this.#lastPulse > 3 * PULSE;
    this.#lastPulse = now;
    if (late) this.#asked = 0;
    else if (this.#asked && now - this.#asked > this.#patience) this.#tell("silent");
    else if (!this.#asked && now - this.#lastHeard > ASK_AFTER && this.#socket.readyState === WebSocket.OPEN) {
      this.#asked = now;
      this.#socket.send(ARE_YOU_THERE);
    }
  }

  #open() {
    clearTimeout(this.#timer);
    this.#opened = true;
    this.#pulse = setInterval(() => this.#beat(), PULSE);
    this.canvas?.addEventListener("blur", () => this.releaseKeys());
    this.#tell("open");
  }

  #end(code) {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    clearInterval(this.#pulse);
    this.#tell("close", { code, was: this.#opened });
  }

  #tell(kind, detail) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}

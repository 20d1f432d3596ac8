// The page that plays a recording. A jump goes to the part that holds the moment, and through that part as fast as it
// can be drawn. The state of the page is on the root element as data-state: loading, ready, playing, ended, failed.

import { get, request } from "./api.js";
import { $, h, say, set, toastProblem } from "./dom.js";
import { Overlay } from "./overlay.js";
import { Screen } from "./tape.js";
import { blocks, clock, partAt, shownFrom } from "./times.js";
import { bytes as sizeOf } from "./words.js";

const root = $("#replay");
const { vm, recording } = root.dataset;
const PATH = `/vm/${vm}/recordings/${recording}`;
const MOMENTS = 8;
const THUMB_WIDTH = 208;
const KEPT_PARTS = 3;
/** Time for noVNC to draw what it was given, in ms. */
const DRAWING = 400;
const LOOK_AGAIN = 3000;
/** A pause in which the VM was away is not waited for. */
const GAP = 2000;

class Replay {
  #overlay = new Overlay($("#overlay"));
  #facts = null;
  #cache = new Map();
  #part = -1;
  /** When the present part shows something: a jump before that shows its first picture. */
  #from = 0;
  #screen = null;
  #at = 0;
  #last = 0;
  #turn = 0;

  async start() {
    $("#play").addEventListener("click", () => this.#toggle());
    $("#seek").addEventListener("input", (event) => this.#seek(Number(event.target.value)));
    addEventListener("keydown", (event) => {
      if (event.key === " " && !$("#play").disabled && !/^(BUTTON|SELECT|INPUT)$/.test(document.activeElement?.tagName)) {
        event.preventDefault();
        this.#toggle();
      }
    });
    try {
      await this.#look();
      if (!this.#facts.parts?.length) return this.#empty();
      await this.#seek(this.#facts.parts[0].startMillis);
      this.#overlay.hide();
      for (const control of [$("#play"), $("#seek")]) set(control, { disabled: false });
      this.#enter("ready");
      requestAnimationFrame((now) => this.#tick(now));
      await this.#thumbs();
    } catch (error) {
      this.#failed(error);
    }
  }

  async #look() {
    this.#facts = (await get(PATH)).body;
    const { startedAt, lengthMillis, bytes, state } = this.#facts;
    $("#seek").max = String(Math.max(1, lengthMillis));
    const when = new Date(startedAt).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
    document.title = `Recording of ${when} · Oriel`;
    say($("#title"), `Recording of ${when}`);
    say($("#facts"), `${clock(lengthMillis)}, ${sizeOf(bytes)}${state === "recording" ? ", still going on" : ""}`);
  }

  #empty() {
    this.#enter("failed");
    this.#overlay.resting("empty", { title: "Nothing is recorded yet", text: "The desktop showed nothing so far, or its host does not answer." }, [["Look again", "restart", () => location.reload(), { primary: true }]]);
  }

  #failed(error) {
    this.#enter("failed");
    this.#overlay.resting("failed", { title: error.status === 404 ? "There is no such recording" : "The recording cannot be played", text: error.message }, [["All desktops", "back", () => location.assign("/pages/desktops")]]);
  }

  async #load(number, fresh = false) {
    if (fresh) this.#cache.delete(number);
    if (!this.#cache.has(number)) {
      const answer = await request("GET", `${PATH}/parts/${number}`, undefined, { raw: true, timeout: 60000, headers: { Accept: "*/*" } });
      this.#cache.set(number, blocks(await answer.arrayBuffer()));
      for (const old of this.#cache.keys()) {
        if (this.#cache.size <= KEPT_PARTS) break;
        if (old !== number && old !== this.#part) this.#cache.delete(old);
      }
    }
    return this.#cache.get(number);
  }

  async #seek(millis) {
    const turn = ++this.#turn;
    const number = partAt(this.#facts.parts, millis);
    try {
      if (number !== this.#part || millis < this.#at) {
        const part = await this.#load(number);
        if (turn !== this.#turn) return;
        const old = this.#screen;
        this.#screen = new Screen($("#screen"), part);
        this.#part = number;
        this.#from = shownFrom(part);
        // The old picture stays until there is a new one.
        setTimeout(() => old?.close(), old ? DRAWING : 0);
      }
      this.#at = millis;
      this.#screen.feed(Math.max(this.#from, millis - this.#facts.parts[number].startMillis));
      this.#show();
      if (root.dataset.state === "ended") this.#enter("ready");
    } catch (error) {
      // Not tried again with every picture: whoever looks on presses Play.
      if (root.dataset.state === "playing") this.#enter("ready");
      toastProblem(error);
    }
  }

  #toggle() {
    if (root.dataset.state === "playing") return this.#enter("ready");
    const over = root.dataset.state === "ended" || this.#at >= this.#facts.lengthMillis;
    this.#enter("playing");
    if (over) this.#seek(this.#facts.parts[0].startMillis);
  }

  #tick(now) {
    const passed = Math.min(1000, now - this.#last);
    this.#last = now;
    if (root.dataset.state === "playing") this.#advance(passed * Number($("#speed").value));
    requestAnimationFrame((next) => this.#tick(next));
  }

  #advance(millis) {
    const { parts, lengthMillis } = this.#facts;
    const start = parts[this.#part].startMillis;
    const next = parts[this.#part + 1];
    this.#at = Math.min(this.#at + millis, Math.max(lengthMillis, this.#at));
    this.#screen.feed(this.#at - start);
    if (next && (this.#at >= next.startMillis || (this.#screen.done && next.startMillis - this.#at > GAP))) {
      if (!this.#moving) this.#move(next.startMillis);
    } else if (!next && this.#at >= lengthMillis) {
      this.#end();
    }
    this.#show();
  }

  #moving = false;

  async #move(millis) {
    this.#moving = true;
    await this.#seek(Math.max(this.#at, millis));
    this.#moving = false;
  }

  /** The end, or only as far as it goes by now. */
  async #end() {
    this.#enter("ended");
    if (this.#facts.state !== "recording") return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN));
    const before = this.#facts.lengthMillis;
    await this.#look().catch(() => undefined);
    if (root.dataset.state !== "ended" || this.#facts.lengthMillis <= before) return;
    this.#screen.extend(await this.#load(this.#part, true));
    this.#enter("playing");
  }

  #show() {
    $("#seek").value = String(this.#at);
    say($("#clock"), `${clock(this.#at)} / ${clock(this.#facts.lengthMillis)}`);
    for (const button of document.querySelectorAll(".thumbs button")) {
      button.setAttribute("aria-current", String(Number(button.dataset.at) <= this.#at && Number(button.dataset.until) > this.#at));
    }
  }

  /** A picture for each of some moments, one after the other, on a screen that nobody sees. */
  async #thumbs() {
    const place = h("div.offstage", { "aria-hidden": "true" });
    document.body.append(place);
    const first = this.#facts.parts[0].startMillis;
    const step = (this.#facts.lengthMillis - first) / MOMENTS;
    for (let i = 0; i < MOMENTS && step > 0; i++) {
      const at = Math.round(first + step * (i + 0.5));
      const number = partAt(this.#facts.parts, at);
      const part = await this.#load(number);
      const screen = new Screen(place, part, { scale: false });
      screen.feed(Math.max(shownFrom(part), at - this.#facts.parts[number].startMillis));
      await this.#drawn(screen);
      if (screen.canvas?.width) this.#addThumb(screen.canvas, at, step);
      screen.close();
    }
    place.remove();
  }

  /** Usually after a moment; a busy browser gets more. */
  async #drawn(screen) {
    for (let tries = 0; tries < 10; tries++) {
      await new Promise((resolve) => setTimeout(resolve, DRAWING));
      if (screen.canvas?.width) return;
    }
  }

  #addThumb(canvas, at, step) {
    const small = h("canvas", { width: THUMB_WIDTH, height: Math.round((THUMB_WIDTH * canvas.height) / canvas.width) });
    small.getContext("2d").drawImage(canvas, 0, 0, small.width, small.height);
    const button = h("button", { type: "button", title: clock(at), "aria-label": `Go to ${clock(at)}`, "data-at": String(at - step / 2), "data-until": String(at + step / 2) }, small);
    button.addEventListener("click", () => this.#seek(at));
    $("#thumbs").append(h("li", {}, button));
  }

  #enter(state) {
    root.dataset.state = state;
    say($("#play"), state === "playing" ? "Pause" : state === "ended" ? "Play again" : "Play");
  }
}

new Replay().start();

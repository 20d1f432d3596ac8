// The page behind a share link: just the console, for people without an account. The state of the page is on the root
// element as data-state: loading, door, connecting, connected, reconnecting, waiting, blocked, ended.

import { Problem, get, post } from "./api.js";
import { $, busy, h, problemNotice, say, whileSeen } from "./dom.js";
import { Overlay } from "./overlay.js";
import { backoff } from "./paths.js";
import { Viewer } from "./viewer.js";
import { wayOut } from "./way-out.js";

const root = $("#console");
const token = location.pathname.split("/").pop();
const KEY = `oriel-visit-${token}`;
const WAIT_FOR_START = 3000;
const PATIENCE = 3000;
const LOOK_RECORDED = 5000;

const SESSION_ENDED = 4001;
const KICKED = 4004;

/** What this tab keeps to come back without being counted, or asked for the password, again. */
const memory = {
  read() {
    try {
      return sessionStorage.getItem(KEY);
    } catch {
      return null;
    }
  },
  write(key) {
    try {
      if (key) sessionStorage.setItem(KEY, key);
    } catch {
      // No storage: it is kept as long as the page.
    }
  },
};

class Visit {
  #overlay = new Overlay($("#overlay"));
  #key = memory.read();
  #link = null;
  #viewer = null;
  #attempt = 0;
  #timer = 0;
  #patience = PATIENCE;
  #agreed = false;

  start() {
    whileSeen(LOOK_RECORDED, () => this.#lookRecorded());
    $("#full").addEventListener("click", () => this.#fullScreen());
    wayOut($("#full"), () => this.#viewer?.releaseKeys());
    addEventListener("online", () => root.dataset.state === "reconnecting" && this.#look());
    document.addEventListener("visibilitychange", () => document.hidden && this.#viewer?.releaseKeys());
    addEventListener("pagehide", () => this.#viewer?.releaseKeys());
    this.#look();
  }

  /** Asks what the link leads to now, and goes on from there. */
  async #look() {
    clearTimeout(this.#timer);
    try {
      this.#link = (await get(`/shares/${token}`, { anonymous: true })).body;
    } catch (error) {
      return this.#failed(error);
    }
    const { name, mode, password, running, recorded } = this.#link;
    document.title = `${name} · Oriel`;
    say($("#vm-name"), name);
    say($("#mode"), mode === "drive" ? "You may drive" : "You look on");
    $("#mode").hidden = false;
    if (!running) return this.#wait();
    this.#tellRecorded();
    if (password && !this.#key) return this.#door();
    if (recorded && !this.#agreed) return this.#ask();
    return this.#enter({});
  }

  #wait() {
    this.#state("waiting");
    this.#overlay.working(`${this.#link.name} is not running now`, "This page comes in by itself as soon as it is.");
    this.#timer = setTimeout(() => this.#look(), WAIT_FOR_START);
  }

  /** Nobody is recorded who was not told before. */
  #ask() {
    this.#state("consent");
    const agree = () => {
      this.#agreed = true;
      this.#enter({});
    };
    this.#overlay.resting("consent", { title: `${this.#link.name} is being recorded`, text: "Its owner keeps what this desktop shows, and with it what you do there." }, [["Continue", "open", agree, { primary: true, testid: "agree" }]]);
  }

  #tellRecorded() {
    $("#recorded").hidden = !this.#link?.recorded;
  }

  /** While one looks on a recording may begin or end. */
  async #lookRecorded() {
    if (root.dataset.state !== "connected") return;
    try {
      this.#link = (await get(`/shares/${token}`, { anonymous: true })).body;
      this.#tellRecorded();
    } catch {
      // The connection itself says when the link has ended.
    }
  }

  /** Asks for the link's password. */
  #door(problem = null) {
    this.#state("door");
    const password = h("input.input", { type: "password", id: "password", required: true, autocomplete: "off", "data-testid": "password" });
    const name = h("input.input", { id: "name", maxlength: 40, autocomplete: "nickname", placeholder: "Guest", "data-testid": "name" });
    const go = h("button.button", { type: "submit", "data-testid": "enter" }, "Open");
    const form = h(
      "form.form",
      {},
      h("label", { for: "name" }, "Your name, for the others to see"),
      name,
      h("label", { for: "password" }, "Password of the link"),
      password,
      this.#link.recorded ? h("p.notice", { "data-testid": "consent" }, "This desktop is being recorded. By opening it you agree to that.") : null,
      problem ? problemNotice(problem) : null,
      go,
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#agreed = true;
      busy(go, "Opening…", () => this.#enter({ password: password.value, ...(name.value.trim() ? { name: name.value } : {}) }));
    });
    this.#overlay.resting(`door ${problem?.message || ""}`, { title: `${this.#link.name} is shared with you` }, []);
    $("#overlay .overlay-card").append(form);
    password.focus({ preventScroll: true });
  }

  async #enter(proof) {
    if (root.dataset.state !== "reconnecting" && root.dataset.state !== "door") {
      this.#state("connecting");
      this.#overlay.working("Opening…");
    }
    try {
      const body = { ...proof, ...(this.#key ? { visit: this.#key } : {}) };
      const { body: visit } = await post(`/shares/${token}/ticket`, body, { anonymous: true, timeout: 4000 });
      this.#key = visit.visit || this.#key;
      memory.write(this.#key);
      this.#connect(visit);
    } catch (error) {
      this.#failed(error);
    }
  }

  #connect(visit) {
    const options = { fit: true, viewOnly: visit.mode !== "drive", drag: false, touchKeyboard: false };
    const viewer = new Viewer($("#screen"), visit, options, this.#patience);
    this.#viewer = viewer;
    viewer.addEventListener("open", () => {
      if (viewer !== this.#viewer) return;
      this.#attempt = 0;
      this.#overlay.hide();
      this.#state("connected");
      viewer.focus();
    });
    viewer.addEventListener("silent", () => {
      this.#patience = Math.min(2 * this.#patience, 24000);
      viewer.close();
    });
    viewer.addEventListener("close", (event) => this.#closed(viewer, event.detail.code));
  }

  #closed(viewer, code) {
    if (viewer !== this.#viewer) return;
    this.#viewer = null;
    if (code === KICKED) return this.#rest("blocked", "You were asked to leave", "The owner closed this console for you.");
    if (code === SESSION_ENDED) return this.#rest("blocked", "The owner ended this session", "The desktop itself runs on.");
    this.#again();
  }

  #failed(error) {
    if (!(error instanceof Problem)) throw error;
    if (error.unreachable || error.status >= 500) return this.#again();
    if (error.status === 429) return this.#again(Math.max(1, error.retryAfter));
    if (error.code === "state-conflict") return this.#wait();
    if (error.code === "bad-credentials") {
      this.#key = null;
      return this.#door(root.dataset.state === "door" ? error : null);
    }
    if (error.status === 404 || error.code === "share-ended") {
      return this.#rest("ended", "This link has ended", "It was withdrawn, ran out, or was never one. Ask whoever sent it for a new one.");
    }
    return this.#rest("blocked", "The screen cannot be opened", error.message);
  }

  /** Plans the next attempt, which begins by asking whether the link still holds. */
  #again(seconds = 0) {
    const wait = seconds ? seconds * 1000 : backoff(this.#attempt);
    this.#attempt += 1;
    this.#state("reconnecting");
    this.#overlay.reconnecting(this.#attempt === 1 ? "Coming back…" : `Trying again, attempt ${this.#attempt}.`, () => this.#look());
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), wait);
  }

  #rest(state, title, text) {
    this.#state(state);
    const again = state === "ended" ? [] : [["Open again", "open", () => this.#look(), { primary: true, testid: "reopen" }]];
    this.#overlay.resting(state, { title, text }, again);
  }

  #state(state) {
    root.dataset.state = state;
    say($("#state-words"), state === "connected" ? "Connected" : "");
  }

  async #fullScreen() {
    if (document.fullscreenElement) return document.exitFullscreen();
    return document.documentElement.requestFullscreen({ navigationUI: "hide" }).catch(() => undefined);
  }
}

new Visit().start();

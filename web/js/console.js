// The console page: brings one VM's screen into the window and keeps it there. The state of the page is on the root
// element as data-state: loading, starting, connecting, connected, reconnecting, stopped, failed, lost, working,
// ended, signedout, blocked, gone.

import { Problem, post, toLogin } from "./api.js";
import { $, say, toastProblem } from "./dom.js";
import { LiveVms } from "./live.js";
import { Overlay, restingText } from "./overlay.js";
import { backoff } from "./paths.js";
import { People } from "./people.js";
import { Quality } from "./quality.js";
import { Records } from "./records.js";
import { Toolbar } from "./toolbar.js";
import { Viewer } from "./viewer.js";
import { stateOf } from "./words.js";

let root;
let id;
const HOME = "/pages/desktops";

/** How long a server may owe a sign of life, in ms; doubled each time that proved too short. */
const PATIENCE = 3000;
const LONGEST_PATIENCE = 24000;
const STEADY = 60000;
/** When the first picture of a machine that was just made should be there, in ms. */
const AFTER_PICTURE = 800;

/** Close codes of the gateway that mean more than "the connection is gone". */
const SESSION_ENDED = 4001;
const ACCESS_WITHDRAWN = 4003;
const KICKED = 4004;

class Console {
  #vms = new LiveVms(id);
  #overlay = new Overlay($("#overlay"));
  #toolbar = new Toolbar(root, this);
  #ticket = null;
  people = new People(id, () => (root.dataset.state === "connected" ? this.#ticket?.viewer : null));
  records = new Records(id);
  #quality = new Quality($("#quality"), (news) => this.#doubt(news));
  #vm = null;
  #viewer = null;
  #held = false;
  #attempt = 0;
  #timer = 0;
  #opening = false;
  #known = false;
  #patience = PATIENCE;
  #openedAt = 0;
  #given = null;

  /** With the VM as it was just made, when this page knows it already: its ticket spares a question. */
  start(made) {
    if (made?.console?.ticket) this.#given = made.console;
    this.#vms.listen((list, error) => this.#hear(list[0] || null, error), made, made ? AFTER_PICTURE : 0);
    // The first picture of a machine that was made for it comes before anything else is asked.
    if (made) setTimeout(() => this.#accompany(), AFTER_PICTURE);
    else this.#accompany();
    addEventListener("online", () => this.tryNow());
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.#viewer?.releaseKeys();
      else if (root.dataset.state === "reconnecting") this.tryNow();
    });
    addEventListener("pagehide", () => this.#viewer?.releaseKeys());
  }

  /** What goes on beside the picture. */
  #accompany() {
    this.#quality.start();
    this.records.start();
  }

  get vm() {
    return this.#vm;
  }

  get vms() {
    return this.#vms;
  }

  /** The connection of the moment, if it is open. */
  get viewer() {
    return root.dataset.state === "connected" ? this.#viewer : null;
  }

  /** What the toolbar says about the picture changed. */
  applyOptions(options) {
    this.#viewer?.apply(options);
  }

  async act(action) {
    try {
      const { body } = await post(`/vm/${id}/${action}`, undefined, { headers: { Prefer: "wait=1" }, timeout: 60000 });
      if (body?.id) this.#vms.put(body);
    } catch (error) {
      toastProblem(error);
      this.#vms.refresh();
    }
  }

  tryNow() {
    if (this.#viewer || this.#opening || this.#held) return;
    clearTimeout(this.#timer);
    this.#attempt = 0;
    this.#open();
  }

  #hear(vm, error) {
    if (error) {
      if (!this.#known) this.#overlay.working("Looking for your desktop…", error.message);
      return;
    }
    this.#known = true;
    if (!vm) return this.#gone();
    const before = this.#vm;
    this.#vm = vm;
    this.#toolbar.show(vm);
    document.title = `${vm.name} · Oriel`;
    if (before?.state !== vm.state || before?.reason !== vm.reason || root.dataset.state === "loading") this.#settle(before);
  }

  /** Does what the VM's state asks for. */
  #settle(before) {
    const vm = this.#vm;
    if (vm.state === "running") {
      if (!this.#viewer && !this.#opening && !this.#held) {
        this.#attempt = 0;
        if (before && before.state !== "running") this.#overlay.starting(vm);
        this.#open();
      }
      return;
    }
    if (vm.state === "stopping" && this.#viewer) return;
    // Put aside because nobody looked; now somebody does.
    if (!before && vm.state === "suspended" && vm.whenUnwatched === "suspend") this.act("resume");
    this.#held = false;
    this.#leaveScreen();
    this.#showState();
  }

  #showState() {
    const vm = this.#vm;
    if (["requested", "provisioning", "starting"].includes(vm.state)) {
      this.#enter("starting");
      this.#overlay.starting(vm);
      return;
    }
    const resting = restingText(vm);
    if (!resting) {
      this.#enter("working");
      this.#overlay.working(`${stateOf(vm).word}…`);
      return;
    }
    const [kind, title, text] = resting;
    const verbs = vm.actions || [];
    const actions = [];
    if (verbs.includes("start")) actions.push(["Start", "play", () => this.act("start"), { primary: true, busyLabel: "Starting…", testid: "overlay-start" }]);
    if (verbs.includes("resume")) actions.push(["Resume", "play", () => this.act("resume"), { primary: true, busyLabel: "Waking…" }]);
    actions.push(this.#backAction());
    this.#enter(kind);
    this.#overlay.resting(kind, { title, text }, actions);
  }

  #backAction() {
    return ["All desktops", "back", () => location.assign(HOME)];
  }

  #leaveScreen() {
    clearTimeout(this.#timer);
    const viewer = this.#viewer;
    this.#viewer = null;
    viewer?.close();
    $("#ghost").replaceChildren();
  }

  #gone() {
    this.#held = true;
    this.#leaveScreen();
    this.#enter("gone");
    this.#overlay.resting("gone", { title: "This desktop is gone", text: "It was deleted, or was never yours. Taking you back to your desktops…" }, [this.#backAction()]);
    setTimeout(() => location.replace(HOME), 4000);
  }

  async #open() {
    this.#opening = true;
    if (root.dataset.state !== "reconnecting") this.#enter("connecting");
    if (root.dataset.state === "connecting" && this.#vm) this.#overlay.starting(this.#vm);
    try {
      const body = this.#given || (await post(`/vm/${id}/console`, undefined, { timeout: 4000 })).body;
      this.#given = null;
      if (this.#vm?.state === "running" && !this.#held) this.#connect(body);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.#refused(error);
    } finally {
      this.#opening = false;
    }
  }

  #connect(ticket) {
    const viewer = new Viewer($("#screen"), ticket, this.#toolbar.options, this.#patience);
    this.#viewer = viewer;
    this.#ticket = ticket;
    viewer.addEventListener("open", () => this.#opened(viewer));
    viewer.addEventListener("close", (event) => this.#closed(viewer, event.detail));
    viewer.addEventListener("silent", () => this.#silent(viewer));
    viewer.addEventListener("clipboard", (event) => this.#toolbar.clipboardFromGuest(event.detail));
    viewer.addEventListener("clipping", (event) => this.#toolbar.clipping(event.detail));
  }

  #opened(viewer) {
    if (viewer !== this.#viewer) return;
    this.#attempt = 0;
    this.#openedAt = performance.now();
    $("#ghost").replaceChildren();
    this.#overlay.hide();
    this.#enter("connected");
    // Who is at the toolbar or writes in a panel when the connection comes back stays there.
    if (!matchMedia("(pointer: coarse)").matches && (document.activeElement || document.body) === document.body) viewer.focus();
  }

  #closed(viewer, { code, was }) {
    if (viewer !== this.#viewer) return;
    if (was) keepPicture(viewer.canvas);
    this.#viewer = null;
    if (code === SESSION_ENDED) return this.#ended();
    if (code === KICKED) return this.#removed();
    if (code === ACCESS_WITHDRAWN) return this.#signedOut();
    if (this.#vm?.state !== "running") return this.#showState();
    this.#vms.refresh();
    this.#again();
  }

  /** Plans the next attempt, each with a new ticket. */
  #again(seconds = 0) {
    const wait = seconds ? seconds * 1000 : backoff(this.#attempt);
    const first = this.#attempt === 0;
    this.#attempt += 1;
    this.#enter("reconnecting");
    const text = first ? "Coming back…" : navigator.onLine === false ? "This device is offline." : `Trying again, attempt ${this.#attempt}. Your desktop runs on meanwhile.`;
    this.#overlay.reconnecting(text, () => this.tryNow());
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#vm?.state === "running" && !this.#viewer && !this.#opening && this.#open(), wait);
  }

  #refused(problem) {
    if (problem.status === 404) return this.#gone();
    if (problem.code === "state-conflict") {
      this.#vms.refresh();
      return this.#again(1);
    }
    if (problem.unreachable || problem.status >= 500) return this.#again();
    if (problem.status === 429) return this.#again(Math.max(1, problem.retryAfter));
    this.#held = true;
    this.#enter("blocked");
    this.#overlay.resting("blocked", { title: "The screen cannot be opened", problem }, [["Try again", "open", () => this.#reopen(), { primary: true }], this.#backAction()]);
  }

  #ended() {
    this.#held = true;
    this.#enter("ended");
    this.#overlay.resting(
      "ended",
      { title: "This session was ended", text: "You or an administrator ended it from another place. The desktop itself runs on." },
      [["Open again", "open", () => this.#reopen(), { primary: true, testid: "reopen" }], this.#backAction()],
    );
  }

  #removed() {
    this.#held = true;
    this.#enter("ended");
    this.#overlay.resting(
      "ended",
      { title: "This console was closed", text: "It was removed from the list of viewers on another page." },
      [["Open again", "open", () => this.#reopen(), { primary: true, testid: "reopen" }], this.#backAction()],
    );
  }

  #signedOut() {
    this.#held = true;
    this.#enter("signedout");
    this.#overlay.resting("signedout", { title: "You are signed out", text: "Sign in again to come back to this desktop." }, [["Sign in", "account", () => toLogin(), { primary: true }]]);
  }

  #reopen() {
    this.#held = false;
    this.#enter("connecting");
    this.tryNow();
  }

  /** The server owes a sign of life: start anew. A desktop that is only slow is given more time from then on. */
  #silent(viewer) {
    if (viewer !== this.#viewer) return;
    const steady = performance.now() - this.#openedAt > STEADY;
    this.#patience = steady ? PATIENCE : Math.min(2 * this.#patience, LONGEST_PATIENCE);
    keepPicture(viewer.canvas);
    viewer.close();
  }

  /** The network was away, or the server was silent for long: see whether the connection still lives. */
  async #doubt() {
    const viewer = this.viewer;
    if (viewer && !(await viewer.alive()) && viewer === this.#viewer) {
      keepPicture(viewer.canvas);
      viewer.close();
    } else if (!viewer && root.dataset.state === "reconnecting") this.tryNow();
  }

  #enter(state) {
    if (root.dataset.state === state) return;
    root.dataset.state = state;
    this.#quality.watch(state === "connected" ? this.#viewer : null);
    this.#toolbar.state(state);
    say($("#state-words"), state === "connected" ? "Connected" : "");
  }
}

/** The most pixels that are copied: a guest may claim a screen of any size. */
const MAX_PIXELS = 8192 * 8192;

/** Keeps the last picture below the overlay: what one was doing stays in sight. */
function keepPicture(canvas) {
  if (!canvas?.width || canvas.width * canvas.height > MAX_PIXELS) return;
  const copy = document.createElement("canvas");
  copy.width = canvas.width;
  copy.height = canvas.height;
  copy.getContext("2d").drawImage(canvas, 0, 0);
  $("#ghost").replaceChildren(copy);
}

/** Brings the VM's screen into this document; `made`: the VM, when it was made a moment ago. */
export function startConsole(made = null) {
  root = $("#console");
  id = root.dataset.vm;
  new Console().start(made);
}

// Another page may bring the console in itself: see enter.js.
if ($("#console")) startConsole();

// One VM on the desktops page: its screen, its state, and the actions that its state allows.

import { Problem, del, patch, post, request } from "./api.js";
import { $, busy, confirm, h, icon, say, set, toast, toastProblem } from "./dom.js";
import { openSnapshots } from "./snapshots.js";
import { artOf } from "./template-card.js";
import { ago, bytes, duration, endOf, gibibytes, mebibytes, reasonOf, stateOf } from "./words.js";

const YOUNG = 1500;
const SCREEN_EVERY = 5000;

/** Runs an action of a VM; true when the server took it. */
export function act(button, vm, action, vms) {
  const words = { start: "Starting…", stop: "Stopping…", restart: "", reset: "" };
  return busy(button, words[action] ?? "Working…", async () => {
    try {
      const { body } = await post(`/vm/${vm.id}/${action}`, undefined, { headers: { Prefer: "wait=2" }, timeout: 60000 });
      if (body?.id) vms.put(body);
      return true;
    } catch (error) {
      toastProblem(error);
      vms.refresh();
      return false;
    }
  });
}

/** Makes another one that goes on from this very moment. */
function forkNow(button, vm, vms) {
  return busy(button, "", async () => {
    try {
      const { body } = await post(`/vm/${vm.id}/fork`, { count: 1 }, { headers: { Prefer: "wait=0" }, timeout: 60000 });
      body.forEach((child) => vms.put(child));
      toast(`${body[0].name} goes on from this moment of ${vm.name}.`);
    } catch (error) {
      toastProblem(error);
      vms.refresh();
    }
  });
}

/** Asks, then deletes; true when it is done. */
export async function remove(vm, vms, button) {
  const sure = await confirm({
    title: `Delete ${vm.name}?`,
    text: "Its disk and everything on it will be gone for good. Nothing of it can be brought back.",
    yes: "Delete it", no: "Keep it",
  });
  if (!sure) return false;
  return busy(button, "", async () => {
    try {
      await del(`/vm/${vm.id}`, { headers: { Prefer: "wait=5" }, timeout: 60000 });
      vms.put({ ...vm, state: "deleting", actions: [] });
      vms.refresh();
      toast(`${vm.name} is deleted.`);
      return true;
    } catch (error) {
      toastProblem(error);
      vms.refresh();
      return false;
    }
  });
}

export class VmCard {
  #vms;
  #titles;
  #parts;
  #screenTimer = 0;
  #screenOf = "";
  #visible = false;
  #watcher;
  #actionsShown = "";

  constructor(vm, vms, titles) {
    this.vm = vm;
    this.#vms = vms;
    this.#titles = titles;
    this.#build();
    this.#watcher = new IntersectionObserver(([entry]) => {
      this.#visible = entry.isIntersecting;
      this.#look();
    });
    this.#watcher.observe(this.element);
    document.addEventListener("visibilitychange", this.#look);
  }

  remove() {
    clearTimeout(this.#screenTimer);
    document.removeEventListener("visibilitychange", this.#look);
    this.#watcher.disconnect();
    this.#parts.screen.querySelectorAll("img").forEach((img) => URL.revokeObjectURL(img.src));
    this.element.remove();
  }

  #build() {
    const name = h("h3", { "data-testid": "vm-name" });
    const rename = h("button.rename", { type: "button", title: "Rename", onclick: () => this.#rename() }, icon("pencil"));
    const badge = h("span.badge", { "data-testid": "vm-state" });
    const img = h("img", { alt: "", draggable: "false" });
    const over = h("span.over");
    const screen = h("a.vm-screen", { href: `/pages/console/${this.vm.id}` }, img, over);
    const meta = h("div.vm-meta");
    const why = h("p.vm-why", { hidden: true });
    const actions = h("div.vm-actions");
    const title = h("div.vm-title", {}, name, rename, badge);
    this.#parts = { name, rename, badge, img, over, screen, meta, why, actions, title };
    this.element = h("article.vm", { "data-testid": "vm", "data-vm": this.vm.id }, screen, h("div.vm-body", {}, title, meta, why, actions));
  }

  update(vm) {
    const before = this.vm;
    this.vm = vm;
    const { name, rename, badge, why, screen } = this.#parts;
    const { word, tone, moving } = stateOf(vm);
    this.element.dataset.state = vm.state;
    say(name, vm.name);
    name.title = vm.name;
    rename.setAttribute("aria-label", `Rename ${vm.name}`);
    say(badge, word);
    badge.dataset.tone = tone;
    say(why, reasonOf(vm));
    why.hidden = !why.textContent;
    screen.setAttribute("aria-label", `Open ${vm.name}, ${word.toLowerCase()}`);
    this.#showScreen(moving, word);
    this.#showActions();
    this.tick();
    if (before.state !== vm.state) this.#lookSoon();
  }

  /** A machine that has just begun has nothing to show that is worth its time: whoever made it waits for its console. */
  #lookSoon() {
    clearTimeout(this.#screenTimer);
    const young = Math.abs(Date.now() - Date.parse(this.vm.startedAt)) < YOUNG;
    if (young) this.#screenTimer = setTimeout(this.#look, YOUNG);
    else this.#look();
  }

  /** What changes by time alone. */
  tick() {
    const { vm } = this;
    const title = this.#titles().get(vm.template) || vm.template;
    const up = vm.state === "running" && vm.startedAt ? `up ${duration(Date.now() - Date.parse(vm.startedAt))}` : `made ${ago(vm.createdAt)}`;
    const end = endOf(vm);
    const parts = [title, `${vm.cpus} CPU · ${mebibytes(vm.memoryMiB)}`, up];
    if (vm.diskUsedBytes !== null) parts.push(`${bytes(vm.diskUsedBytes)} of ${gibibytes(vm.diskGiB)} disk`);
    if (end) parts.push(end);
    const parent = vm.parent && this.#vms.find?.(vm.parent);
    if (parent) parts.push(`from ${parent.name}`);
    const { meta } = this.#parts;
    if (meta.children.length !== parts.length) meta.replaceChildren(...parts.map(() => h("span")));
    parts.forEach((text, index) => say(meta.children[index], text));
  }

  #showScreen(moving, word) {
    const { over, img } = this.#parts;
    const kind = moving ? "moving" : this.vm.state === "running" ? "enter" : "off";
    if (over.dataset.kind !== kind || over.dataset.word !== word) {
      over.dataset.kind = kind;
      over.dataset.word = word;
      over.className = kind === "enter" ? "over enter" : "over";
      const label = kind === "enter" ? "Open" : kind === "moving" ? `${word}…` : word;
      over.replaceChildren(moving ? h("span.spinner", { "aria-hidden": "true" }) : icon(kind === "enter" ? "open" : "desktops"), label);
    }
    if (this.vm.state !== "running" && this.#screenOf !== "art") {
      this.#screenOf = "art";
      this.#picture(artOf(this.vm.template), true);
    } else if (this.vm.state === "running" && this.#screenOf === "") {
      img.className = "art";
      img.src = artOf(this.vm.template);
    }
  }

  #picture(address, art) {
    const { img } = this.#parts;
    const before = img.src;
    img.className = art ? "art" : "";
    img.src = address;
    if (before.startsWith("blob:")) URL.revokeObjectURL(before);
  }

  /** Fetches the screen now and then, while it runs and somebody could see it. */
  #look = () => {
    clearTimeout(this.#screenTimer);
    if (this.vm.state !== "running" || !this.#visible || document.hidden) return;
    this.#fetchScreen().finally(() => {
      clearTimeout(this.#screenTimer);
      this.#screenTimer = setTimeout(this.#look, SCREEN_EVERY);
    });
  };

  async #fetchScreen() {
    try {
      const response = await request("GET", `/vm/${this.vm.id}/screenshot`, undefined, { raw: true, timeout: 8000, headers: { Accept: "image/png" } });
      const blob = await response.blob();
      if (this.vm.state !== "running") return;
      this.#screenOf = "screen";
      this.#picture(URL.createObjectURL(blob), false);
    } catch (error) {
      // No picture now (just started, host busy): the next round brings one.
      if (!(error instanceof Problem)) throw error;
    }
  }

  #showActions() {
    const { vm } = this;
    const wanted = (vm.actions || []).join(" ") + vm.state;
    if (wanted === this.#actionsShown) return;
    if ($("[aria-busy=true]", this.#parts.actions)) return setTimeout(() => this.#showActions(), 300);
    this.#actionsShown = wanted;
    const had = this.#parts.actions.contains(document.activeElement) ? document.activeElement.dataset.action : null;
    this.#parts.actions.replaceChildren(...this.#buttons());
    if (had) ($(`[data-action=${had}]`, this.#parts.actions) || $("a,button", this.#parts.actions))?.focus();
  }

  #buttons() {
    const { vm } = this;
    const can = new Set(vm.actions || []);
    const buttons = [];
    const button = (action, kind, ...content) =>
      h(`button.button.small${kind}`, { type: "button", "data-action": action, "data-testid": action, "aria-label": `${label(action)} ${vm.name}`, title: label(action) }, ...content);
    if (vm.state === "running" || stateOf(vm).moving) {
      const open = h("a.button.small.lead-action", { href: `/pages/console/${vm.id}`, "data-action": "open", "data-testid": "open" }, icon("open"), "Open");
      if (vm.state !== "deleting" && vm.state !== "stopping") buttons.push(open);
    }
    if (can.has("start")) {
      const start = button("start", ".lead-action", icon("play"), "Start");
      start.addEventListener("click", () => act(start, this.vm, "start", this.#vms));
      buttons.push(start);
    }
    if (can.has("resume")) {
      const resume = button("resume", ".lead-action", icon("play"), "Resume");
      resume.addEventListener("click", () => act(resume, this.vm, "resume", this.#vms));
      buttons.push(resume);
    }
    if (can.has("stop")) {
      const stop = button("stop", ".plain", icon("stop"), "Stop");
      stop.addEventListener("click", () => act(stop, this.vm, "stop", this.#vms));
      buttons.push(stop);
    }
    if (can.has("suspend")) {
      const suspend = button("suspend", ".plain.icon-only", icon("clock"));
      suspend.addEventListener("click", () => act(suspend, this.vm, "suspend", this.#vms));
      buttons.push(suspend);
    }
    if (can.has("restart")) {
      const restart = button("restart", ".plain.icon-only", icon("restart"));
      restart.addEventListener("click", () => act(restart, this.vm, "restart", this.#vms));
      buttons.push(restart);
    }
    if (can.has("fork")) {
      const fork = button("fork", ".plain.icon-only", icon("fork"));
      set(fork, { title: "Fork: another one that goes on from this moment" });
      fork.addEventListener("click", () => forkNow(fork, this.vm, this.#vms));
      buttons.push(fork);
    }
    if (can.has("snapshot")) {
      const camera = button("snapshot", ".plain.icon-only", icon("camera"));
      set(camera, { title: "Snapshots", "aria-label": `Snapshots of ${vm.name}` });
      camera.addEventListener("click", () => openSnapshots(this.vm, this.#vms));
      buttons.push(camera);
    }
    if (can.has("delete")) {
      const bin = button("delete", ".plain.icon-only", icon("trash"));
      bin.addEventListener("click", () => remove(this.vm, this.#vms, bin));
      buttons.push(bin);
    }
    // Where they find no room beside the words, all of them go below.
    const isTool = (one) => one.classList.contains("icon-only");
    return [...buttons.filter((one) => !isTool(one)), h("div.vm-tools", {}, ...buttons.filter(isTool))];
  }

  #rename() {
    const { title, name, rename, badge } = this.#parts;
    const input = h("input.input", { value: this.vm.name, maxlength: 63, "aria-label": "New name", autocomplete: "off", spellcheck: "false" });
    const form = h("form", {}, input);
    let done = false;
    const back = () => {
      if (done) return;
      done = true;
      title.replaceChildren(name, rename, badge);
      rename.focus();
    };
    const send = async () => {
      const wanted = input.value.trim();
      if (!wanted || wanted === this.vm.name) return back();
      try {
        const { body } = await patch(`/vm/${this.vm.id}`, { name: wanted });
        this.#vms.put(body);
        back();
      } catch (error) {
        toastProblem(error);
        input.focus();
      }
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send();
    });
    input.addEventListener("keydown", (event) => event.key === "Escape" && back());
    input.addEventListener("blur", () => setTimeout(() => document.activeElement !== input && send(), 0));
    title.replaceChildren(form, badge);
    input.select();
    input.focus();
  }
}

const label = (action) => action.charAt(0).toUpperCase() + action.slice(1);

// One's VMs, live: server-sent events, and polling whenever those are not there (a proxy that holds them back, a
// server that restarts). Listeners get the whole list each time something changed.

import { apiUrl, get } from "./api.js";

const POLL_QUICK = 2000;
const POLL_CALM = 6000;
const POLL_WITH_EVENTS = 30000;

export class LiveVms {
  #only;
  #vms = new Map();
  #listeners = new Set();
  #source = null;
  #live = false;
  #timer = 0;
  #retry = 1000;
  #loaded = false;

  /** All of one's VMs, or only the one with this id. */
  constructor(only = null) {
    this.#only = only;
  }

  /**
   * Calls `listener(vms, error)` now and on each change; `error` says why the list may be old. What `known` tells is
   * told before the server is asked, which is done after `wait` ms.
   */
  listen(listener, known = null, wait = 0) {
    this.#listeners.add(listener);
    if (known) this.put(known);
    if (this.#listeners.size === 1 && wait > 0) this.#timer = setTimeout(() => this.#open(), wait);
    else if (this.#listeners.size === 1) this.#open();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#close();
    };
  }

  /** Puts in what an answer to a request told, sooner than any event. */
  put(vm) {
    if (this.#only && vm.id !== this.#only) return;
    if (vm.state === "deleted") this.#vms.delete(vm.id);
    else this.#vms.set(vm.id, { ...this.#vms.get(vm.id), ...vm });
    this.#tell();
  }

  /** The VM with this id as last heard, if it is there. */
  find(id) {
    return this.#vms.get(id);
  }

  drop(id) {
    if (this.#vms.delete(id)) this.#tell();
  }

  /** Asks the server now. */
  async refresh() {
    clearTimeout(this.#timer);
    try {
      const all = this.#only ? await one(this.#only) : await every();
      this.#vms = new Map(all.map((vm) => [vm.id, vm]));
      this.#loaded = true;
      this.#tell();
    } catch (error) {
      this.#tell(error);
    } finally {
      this.#plan();
    }
  }

  #open() {
    this.refresh();
    this.#connect();
    document.addEventListener("visibilitychange", this.#seen);
    for (const change of ["online", "offline"]) addEventListener(change, this.#seen);
  }

  #close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
    document.removeEventListener("visibilitychange", this.#seen);
    for (const change of ["online", "offline"]) removeEventListener(change, this.#seen);
  }

  #seen = () => {
    if (!document.hidden) this.refresh();
  };

  #plan() {
    clearTimeout(this.#timer);
    if (this.#listeners.size === 0 || document.hidden) return;
    const moving = [...this.#vms.values()].some((vm) => /ing$|requested/.test(vm.state) && vm.state !== "running");
    const wait = this.#live ? POLL_WITH_EVENTS : moving ? POLL_QUICK : POLL_CALM;
    this.#timer = setTimeout(() => this.refresh(), wait);
  }

  #connect() {
    const source = new EventSource(apiUrl("/vm/events"));
    this.#source = source;
    source.onopen = () => {
      // What happened between the last list and this moment was told to nobody.
      const missed = this.#loaded && !this.#live;
      this.#live = true;
      this.#retry = 1000;
      if (missed) this.refresh();
    };
    source.onerror = () => {
      source.close();
      this.#live = false;
      if (this.#source !== source) return;
      this.#plan();
      setTimeout(() => this.#source === source && this.#connect(), this.#retry);
      this.#retry = Math.min(this.#retry * 2, 30000);
    };
    source.addEventListener("vm", (event) => this.#hear(event.data));
  }

  #hear(data) {
    const vm = JSON.parse(data);
    if (this.#only && vm.id !== this.#only) return;
    if (vm.state === "deleted") this.drop(vm.id);
    else this.put(vm);
  }

  #tell(error = null) {
    const list = [...this.#vms.values()].sort((a, b) => String(b.createdAt).localeCompare(String(a.createdAt)));
    for (const listener of this.#listeners) listener(list, error);
  }
}

const MAX_PAGES = 20;

async function every() {
  const all = [];
  let path = "/vm";
  for (let page = 0; path && page < MAX_PAGES; page += 1) {
    const { body, headers } = await get(path);
    all.push(...body);
    path = nextPage(headers.get("Link"));
  }
  return all;
}

/** The query of the link to the next page, as a path of ours: what stands before it depends on the front door. */
function nextPage(link) {
  const address = /<([^>]*)>\s*;[^,]*rel="?next"?/.exec(link || "")?.[1];
  return address ? `/vm${new URL(address, location.origin).search}` : null;
}

async function one(id) {
  try {
    return [(await get(`/vm/${id}`)).body];
  } catch (error) {
    if (error.status === 404) return [];
    throw error;
  }
}

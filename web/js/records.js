// The console's panel about recordings: begin, end, play, delete; and the badge that says that one goes on.

import { del, get, post } from "./api.js";
import { $, busy, confirm, h, renew, toast, toastProblem, togglePanel, whileSeen } from "./dom.js";
import { clock } from "./times.js";
import { bytes } from "./words.js";

const EVERY = 5000;
const REASONS = {
  stopped: "ended by you",
  full: "ended: no more room",
  long: "ended: as long as it may be",
  "no-room": "ended: the host has no room",
  "vm-gone": "ended with the desktop",
};

export class Records {
  #vm;
  #panel = $("#records");
  #button = $("[data-tool=records]");

  constructor(vm) {
    this.#vm = vm;
    const begin = h("button.button.small", { type: "button", "data-testid": "record" }, "Record from now on");
    begin.addEventListener("click", () => this.#begin(begin));
    this.#panel.append(
      h("div.row", {}, h("h2.grow", {}, "Recordings"), h("button.tool", { type: "button", "aria-label": "Close", onclick: () => this.toggle() }, "✕")),
      h("p.faint", {}, "Everybody who looks at this desktop is told while it is recorded."),
      begin,
      h("ul.people", { "data-testid": "recordings" }),
    );
  }

  start() {
    whileSeen(EVERY, () => this.#refresh());
  }

  toggle() {
    togglePanel(this.#panel, this.#button);
    if (!this.#panel.hidden) this.#refresh();
  }

  async #begin(button) {
    await busy(button, "Beginning…", async () => {
      try {
        await post(`/vm/${this.#vm}/recordings`);
        toast("This desktop is recorded from now on.");
      } catch (error) {
        toastProblem(error);
      }
    });
    await this.#refresh();
  }

  async #refresh() {
    try {
      const { body } = await get(`/vm/${this.#vm}/recordings`);
      const live = body.some((one) => one.state === "recording");
      $("#recorded").hidden = !live;
      $("[data-testid=record]", this.#panel).hidden = live;
      renew($("[data-testid=recordings]", this.#panel), ...body.map((one) => this.#row(one)));
    } catch {
      // The page itself says when the server is away; this list is simply old for a while.
    }
  }

  #row(one) {
    const path = `/vm/${this.#vm}/recordings/${one.id}`;
    const when = new Date(one.startedAt).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
    const live = one.state === "recording";
    const words = `${clock(one.lengthMillis)}, ${bytes(one.bytes)}, ${live ? (one.byTemplate ? "its template asks for it" : "going on") : REASONS[one.reason] || one.reason || "ended"}`;
    return h(
      "li",
      { "data-recording": one.id },
      h("span.grow", {}, h("strong", {}, when), h("span.faint", {}, ` ${words}`)),
      h("a.button.plain.small", { href: `/pages/recording/${this.#vm}/${one.id}` }, "Play"),
      live && !one.byTemplate ? this.#action("Stop", () => post(`${path}/stop`)) : null,
      live ? null : this.#action("Delete", () => this.#delete(path)),
    );
  }

  async #delete(path) {
    if (await confirm({ title: "Delete this recording?", text: "It cannot be brought back.", yes: "Delete it" })) await del(path);
  }

  #action(label, work) {
    const button = h("button.button.plain.small", { type: "button" }, label);
    button.addEventListener("click", () =>
      busy(button, label, async () => {
        try {
          await work();
        } catch (error) {
          toastProblem(error);
        }
        await this.#refresh();
      }),
    );
    return button;
  }
}

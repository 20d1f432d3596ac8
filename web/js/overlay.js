// What lies over the screen of the console while there is none to see, and why.

import { busy, h, icon, problemNotice, say } from "./dom.js";
import { reasonOf } from "./words.js";

const STEPS = ["A place for it", "Its disk", "The machine starts", "The screen connects"];
const STEP_OF = { requested: 0, provisioning: 1, starting: 2, running: 3 };

export class Overlay {
  #box;
  #kind = "";
  #since = 0;
  #ticker = 0;

  constructor(box) {
    this.#box = box;
  }

  hide() {
    this.#kind = "";
    clearInterval(this.#ticker);
    this.#box.hidden = true;
    this.#box.replaceChildren();
  }

  /** The steps from the click to the first picture; the present one by the VM's state. */
  starting(vm) {
    const fresh = this.#enter("starting");
    if (fresh) this.#buildSteps(vm);
    const now = STEP_OF[vm.state] ?? 0;
    this.#box.querySelectorAll(".steps li").forEach((item, index) => {
      const at = index < now ? "done" : index === now ? "now" : "later";
      if (item.dataset.at === at) return;
      item.dataset.at = at;
      item.firstChild.replaceChildren(at === "done" ? icon("check") : at === "now" ? h("span.spinner", { "aria-hidden": "true" }) : "");
      if (at === "now") item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    });
    say(this.#box.querySelector(".live"), `${vm.name}: ${STEPS[now]}`);
  }

  #buildSteps(vm) {
    const clock = h("span.faint", { "aria-hidden": "true" });
    this.#since = performance.now();
    this.#show(
      h("h2", {}, `Starting ${vm.name}`),
      h("ol.steps", {}, STEPS.map((text) => h("li", { "data-at": "" }, h("span.mark"), text))),
      clock,
      h("span.live.visually-hidden", { role: "status", "aria-live": "polite" }),
    );
    const tick = () => say(clock, `${Math.floor((performance.now() - this.#since) / 1000)} s`);
    clearInterval(this.#ticker);
    this.#ticker = setInterval(tick, 1000);
    tick();
  }

  /** Something is at work and will end by itself. */
  working(text, hint = "") {
    if (!this.#enter(`working ${text}${hint}`)) return;
    this.#show(h("span.spinner.large", { "aria-hidden": "true" }), h("div", { role: "status" }, h("h2", {}, text)), hint ? h("p.muted", {}, hint) : null);
  }

  /** The connection was lost; the last picture stays visible below. */
  reconnecting(text, tryNow) {
    if (this.#enter("reconnecting")) {
      const now = h("button.button.plain.small", { type: "button", "data-testid": "try-now", onclick: tryNow }, "Try now");
      this.#show(h("span.spinner.large", { "aria-hidden": "true" }), h("h2", {}, "Connection lost"), h("p.muted.why", { role: "status" }), now);
    }
    say(this.#box.querySelector(".why"), text);
  }

  /** A resting place: what is so, and what can be done. `actions`: `[label, icon, work, {primary, busyLabel}]`. */
  resting(kind, { title, text, problem }, actions) {
    if (!this.#enter(`${kind} ${title} ${text || ""} ${problem?.message || ""} ${actions.map(([label]) => label)}`)) return;
    const buttons = actions.map(([label, name, work, { primary = false, busyLabel = "", testid = "" } = {}]) => {
      const button = h(`button.button${primary ? "" : ".plain"}`, { type: "button", "data-testid": testid || null }, icon(name), label);
      button.addEventListener("click", () => busy(button, busyLabel || label, work));
      return button;
    });
    this.#show(
      h("div.resting-mark", { "aria-hidden": "true" }, h("span"), h("span"), h("span")),
      h("div", { role: "status" }, h("h2", {}, title)),
      text ? h("p.muted", {}, text) : null,
      problem ? problemNotice(problem) : null,
      h("div.row.center", {}, buttons),
    );
    buttons.find((button) => !button.classList.contains("plain"))?.focus({ preventScroll: true });
  }

  #enter(kind) {
    const fresh = this.#kind !== kind;
    this.#kind = kind;
    return fresh;
  }

  #show(...children) {
    clearInterval(this.#ticker);
    this.#box.replaceChildren(h("div.overlay-card", {}, ...children.filter(Boolean)));
    this.#box.hidden = false;
  }
}

/** How a VM that has no screen is explained. */
export function restingText(vm) {
  const why = reasonOf(vm);
  const texts = {
    stopped: ["stopped", `${vm.name} is switched off`, why || "Its disk is kept. Start it and go on where you were."],
    suspended: ["stopped", `${vm.name} is asleep`, "It goes on exactly where it was."],
    failed: ["failed", `${vm.name} did not start`, why || "Something went wrong on its host."],
    lost: ["lost", "Its host does not answer", "This page goes on by itself when the host is back."],
  };
  return texts[vm.state];
}

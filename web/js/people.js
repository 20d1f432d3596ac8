// The console's panel about people: who looks, who drives, who has to go, and links that let others in.

import { del, get, post, request } from "./api.js";
import { $, busy, confirm, h, renew, say, toast, toastProblem, togglePanel, whileSeen } from "./dom.js";

const EVERY = 5000;
const LIVES = [
  ["1 hour", 1],
  ["1 day", 24],
  ["7 days", 24 * 7],
  ["30 days", 24 * 30],
];

export class People {
  #vm;
  #me;
  #panel = $("#people");
  #button = $("[data-tool=people]");

  /** `me()` answers the id of this page's own console. */
  constructor(vm, me) {
    this.#vm = vm;
    this.#me = me;
    this.#panel.append(
      h("div.row", {}, h("h2.grow", {}, "People"), h("button.tool", { type: "button", "aria-label": "Close", onclick: () => this.toggle() }, "✕")),
      h("ul.people", { "data-testid": "viewers" }),
      h("h2", {}, "Share"),
      this.#form(),
      h("ul.people", { "data-testid": "shares" }),
    );
    whileSeen(EVERY, () => this.#refresh());
  }

  toggle() {
    togglePanel(this.#panel, this.#button);
    if (!this.#panel.hidden) this.#refresh();
  }

  async #refresh() {
    // Closed, and nobody to count for: nothing to ask.
    if (this.#panel.hidden && !this.#me()) return;
    try {
      const { body } = await get(`/vm/${this.#vm}/viewers`);
      this.#showViewers(body);
      if (!this.#panel.hidden) this.#showShares((await get(`/vm/${this.#vm}/shares`)).body);
    } catch {
      // The page itself says when the server is away; this list is simply old for a while.
    }
  }

  #showViewers(viewers) {
    say(this.#button.querySelector(".count"), viewers.length > 1 ? String(viewers.length) : "");
    this.#button.classList.toggle("many", viewers.length > 1);
    const held = viewers.some((viewer) => viewer.controls);
    renew($("[data-testid=viewers]", this.#panel), ...viewers.map((viewer) => this.#viewer(viewer, held)));
  }

  #viewer(viewer, held) {
    const mine = viewer.id === this.#me();
    const does = viewer.controls ? "drives alone" : viewer.drives ? "may drive" : "looks on";
    const path = `/vm/${this.#vm}/viewers/${viewer.id}`;
    const control = viewer.controls
      ? this.#action("Share control", () => del(`${path}/control`))
      : viewer.mode === "drive"
        ? this.#action(mine ? "Take control" : "Hand over", () => request("PUT", `${path}/control`))
        : null;
    const kick = mine ? null : this.#action("Remove", () => del(path), `Remove ${viewer.name}`);
    return h(
      "li",
      { "data-viewer": viewer.id },
      h("span.grow", {}, h("strong", {}, viewer.name), mine ? " (this page)" : viewer.share ? " (by link)" : "", h("span.faint", {}, ` ${does}`)),
      held || !mine || viewer.mode === "drive" ? control : null,
      kick,
    );
  }

  #showShares(shares) {
    renew(
      $("[data-testid=shares]", this.#panel),
      ...shares.map((share) => {
        const used = share.maxUses ? `${share.uses} of ${share.maxUses} used` : `${share.uses} came in`;
        const until = new Date(share.expiresAt).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
        const words = `${share.mode === "drive" ? "To drive" : "To look"}, ${used}, until ${until}${share.password ? ", with password" : ""}`;
        return h("li", { "data-share": share.id }, h("span.grow.faint", {}, words), this.#action("End", () => this.#revoke(share), `End the link: ${words}`));
      }),
    );
  }

  async #revoke(share) {
    const sure = await confirm({ title: "End this link?", text: "Whoever came in by it is sent away at once.", yes: "End it" });
    if (sure) await del(`/vm/${this.#vm}/shares/${share.id}`);
  }

  #action(label, work, about = label) {
    const button = h("button.button.plain.small", { type: "button", "aria-label": about }, label);
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

  #form() {
    const mode = h("select.input", { "aria-label": "What the link allows", "data-testid": "share-mode" }, h("option", { value: "view" }, "May look"), h("option", { value: "drive" }, "May drive"));
    const life = h("select.input", { "aria-label": "How long it lasts" }, LIVES.map(([text, hours]) => h("option", { value: hours, selected: hours === 24 }, text)));
    const password = h("input.input", { type: "password", placeholder: "Password (optional)", "aria-label": "Password (optional)", autocomplete: "new-password", maxlength: 128 });
    const go = h("button.button.small", { type: "submit", "data-testid": "share-create" }, "Make a link");
    const link = h("input.input", { readonly: true, hidden: true, "aria-label": "The link", "data-testid": "share-url" });
    const form = h("form.share-form", {}, mode, life, password, go, link);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      busy(go, "", () => this.#make(mode.value, Number(life.value), password, link));
    });
    return form;
  }

  async #make(mode, hours, password, link) {
    const expiresAt = new Date(Date.now() + hours * 3600000).toISOString();
    try {
      const { body } = await post(`/vm/${this.#vm}/shares`, { mode, expiresAt, ...(password.value ? { password: password.value } : {}) });
      password.value = "";
      link.value = body.url;
      link.hidden = false;
      link.select();
      await navigator.clipboard?.writeText(body.url).then(
        () => toast("The link is in your clipboard. It is shown only now."),
        () => toast("Copy the link: it is shown only now."),
      );
      await this.#refresh();
    } catch (error) {
      toastProblem(error);
    }
  }
}

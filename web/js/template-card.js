// A template in the gallery: what it is, and one button that makes a machine of it.

import { del } from "./api.js";
import { busy, confirm, enterMeansYes, fill, h, icon, image, meter, say, toast, toastProblem } from "./dom.js";
import { gibibytes, mebibytes, preparationsOf, startOf } from "./words.js";

const ART = new Set(["tiny", "desktop", "blank"]);

export const artOf = (name) => image(`art/${ART.has(name) ? name : "other"}.svg`);

export class TemplateCard {
  #create;
  #template;
  #foot;
  #mode = "";
  #bar;
  #step;
  #note;
  #preparations;
  #percent;
  /** What was entered under Options: whatever is refused can be mended there, nothing is typed twice. */
  #entered = null;

  constructor(template, create) {
    this.name = template.name;
    this.title = template.title || template.name;
    this.#create = create;
    this.#foot = h("div.template-foot");
    const titleId = `template-${this.name}`;
    this.element = h(
      "article.template",
      { "aria-labelledby": titleId, "data-template": this.name, "data-testid": "template" },
      h("img.template-art", { src: artOf(this.name), alt: "", width: 320, height: 180, loading: "lazy" }),
      h(
        "div.template-body",
        {},
        h("h3", { id: titleId }, this.title),
        h("p.about", {}, template.description || ""),
        h("ul.specs", { "aria-label": "Hardware" }, spec("chip", cpus(template)), spec("memory", mebibytes(template.memoryMiB)), spec("disk", gibibytes(template.diskGiB))),
        this.#foot,
      ),
    );
  }

  update(template) {
    this.#template = template;
    this.element.dataset.ready = String(template.ready);
    if (template.ready) {
      this.#showReady();
      say(this.#note, startOf(template));
      this.#sayPreparations(preparationsOf(template));
    } else if (template.failed) this.#showFailed();
    else this.#showBuilding();
  }

  #showReady() {
    if (!this.#enter("ready")) return;
    const create = h("button.button.create", { type: "button", "data-testid": `create-${this.name}` }, icon("play"), "Start");
    create.setAttribute("aria-label", `Start ${this.title}`);
    create.addEventListener("click", () => busy(create, "Starting…", () => this.#create(this)));
    const more = h("button.button.plain.icon-only", { type: "button", "aria-label": `Options for ${this.title}`, title: "Options" }, icon("sliders"));
    more.addEventListener("click", () => this.#options(create));
    this.#note = h("span.faint", { "data-testid": "instant" });
    this.#preparations = h("ul.preparations", { "aria-label": `What ${this.title} opens at once with`, "data-testid": "preparations" });
    this.#foot.replaceChildren(h("div.row", {}, create, more, ...this.#bin(), this.#note), this.#preparations);
  }

  #sayPreparations(lines) {
    const list = this.#preparations;
    list.hidden = lines.length === 0;
    if (lines.join("\n") !== [...list.children].map((line) => line.textContent).join("\n")) {
      list.replaceChildren(...lines.map((line) => h("li", {}, line)));
    }
  }

  #showBuilding() {
    if (this.#enter("building")) {
      this.#bar = meter(0, `Building ${this.title}`);
      this.#step = h("span");
      this.#percent = h("span.percent");
      this.#foot.replaceChildren(h("div.building", { "data-testid": "building" }, h("div.line", {}, this.#step, this.#percent), this.#bar));
    }
    const { progress } = this.#template;
    fill(this.#bar, progress > 0 ? progress / 100 : null);
    say(this.#step, this.#template.step || "Waiting for its turn to be built");
    say(this.#percent, progress > 0 ? `${progress} %` : "");
  }

  #showFailed() {
    this.#enter("failed");
    const why = this.#template.step || "Its build failed.";
    this.#foot.replaceChildren(h("p.faint", {}, `Not available: ${why} It is tried again when Oriel starts the next time.`), ...this.#bin());
  }

  /** One's own templates can be deleted; the server says which machines keep one. */
  #bin() {
    if (this.#template.visibility !== "private") return [];
    const bin = h("button.button.plain.icon-only", { type: "button", "aria-label": `Delete ${this.title}`, title: "Delete this template", "data-testid": `delete-template-${this.name}` }, icon("trash"));
    bin.addEventListener("click", async () => {
      if (!(await confirm({ title: `Delete ${this.title}?`, text: "No machine can be made from it any more.", yes: "Delete it", no: "Keep it" }))) return;
      await busy(bin, "", async () => {
        try {
          await del(`/vm/templates/${this.name}`);
          this.element.remove();
          toast(`${this.title} is deleted.`);
        } catch (error) {
          toastProblem(error);
        }
      });
    });
    return [bin];
  }

  /** Whether the foot has to be made anew. */
  #enter(mode) {
    const fresh = this.#mode !== mode;
    this.#mode = mode;
    return fresh;
  }

  #options(create) {
    const wished = { ...this.#template, ...this.#entered };
    const name = h("input.input", { id: "option-name", maxlength: 63, autocomplete: "off", placeholder: "A name is made for you", value: this.#entered?.name });
    const count = number("option-cpus", wished.cpus, 1, 16, 1);
    const memory = number("option-memory", wished.memoryMiB, 64, 65536, 64);
    const disk = number("option-disk", wished.diskGiB, this.#template.diskGiB, 1024, 1);
    const userData = h("textarea.input", { id: "option-user-data", rows: 3, maxlength: 32768, spellcheck: "false", placeholder: "#cloud-config" }, this.#entered?.userData);
    const form = h(
      "form",
      { method: "dialog" },
      h("h2", { id: "options-title" }, `Start ${this.title}`),
      h("div.options", {}, field("Name", name, "wide"), field("Processors", count), field("Memory (MiB)", memory), field("Disk (GiB)", disk), field("User data for cloud-init", userData, "wide")),
      h("div.row.end", {}, h("button.button.plain", { type: "submit", value: "no", formnovalidate: true }, "Cancel"), h("button.button", { type: "submit", value: "yes" }, icon("play"), "Start")),
    );
    enterMeansYes(form);
    const dialog = h("dialog.sheet", { "aria-labelledby": "options-title" }, form);
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (dialog.returnValue !== "yes") return;
      const wish = { cpus: count.valueAsNumber, memoryMiB: memory.valueAsNumber, diskGiB: disk.valueAsNumber };
      if (name.value.trim()) wish.name = name.value.trim();
      if (userData.value.trim()) wish.userData = userData.value;
      this.#entered = wish;
      busy(create, "Starting…", () => this.#create(this, wish));
    });
    document.body.append(dialog);
    dialog.showModal();
    name.focus();
  }
}

const cpus = (template) => `${template.cpus} CPU${template.cpus === 1 ? "" : "s"}`;
const spec = (name, text) => h("li", {}, icon(name), text);
const field = (label, input, wide = "") => h(`div.field${wide ? `.${wide}` : ""}`, {}, h("label", { for: input.id }, label), input);

function number(id, value, min, max, step) {
  return h("input.input", { id, type: "number", inputmode: "numeric", value, min, max, step, required: true });
}

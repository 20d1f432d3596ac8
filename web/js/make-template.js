// Asking for what a new template needs, whatever it is made of.

import { post } from "./api.js";
import { busy, enterMeansYes, h, toast, toastProblem } from "./dom.js";

/** A dialog that resolves to whether it was answered with yes. */
export function ask(title, content, yes) {
  const buttons = [h("button.button.plain", { type: "submit", value: "no", formnovalidate: true }, yes ? "Cancel" : "Close")];
  if (yes) buttons.push(h("button.button", { type: "submit", value: "yes", "data-testid": "dialog-yes" }, yes));
  const form = h("form", { method: "dialog" }, h("h2", { id: "ask-title" }, title), content, h("div.row.end", {}, ...buttons));
  if (yes) enterMeansYes(form);
  const dialog = h("dialog.sheet", { "aria-labelledby": "ask-title", "data-testid": "dialog" }, form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) =>
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    }),
  );
}

export const field = (label, input) => h("div.field.wide", {}, h("label", { for: input.id }, label), input);

/** `source` is what of the API makes the template: an upload, a VM or a snapshot. */
export async function makeTemplate({ of, source, memoryMiB = 1024 }, button) {
  const stem = of.toLowerCase().replace(/\.[a-z0-9]+$/, "").replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 50);
  const name = h("input.input", { id: "template-name", required: true, maxlength: 50, pattern: "[a-z0-9](?:[a-z0-9._\\-]*[a-z0-9])?", value: stem, autocomplete: "off", "data-testid": "template-name" });
  const title = h("input.input", { id: "template-title", maxlength: 63, autocomplete: "off", placeholder: of });
  const memory = h("input.input", { id: "template-memory", type: "number", min: 64, max: 65536, step: 64, value: memoryMiB, required: true });
  const content = h("div.options", {}, field("Name: lower-case letters, digits, dashes", name), field("Title", title), field("Memory (MiB)", memory));
  if (!(await ask(`A template of ${of}`, content, "Make it"))) return;
  await busy(button, "Making…", async () => {
    try {
      await post("/vm/templates", { ...source, name: name.value, title: title.value || of.slice(0, 63), memoryMiB: memory.valueAsNumber }, { timeout: 60000 });
      toast("The template is being made: you find it among your desktops.");
    } catch (error) {
      toastProblem(error);
    }
  });
}

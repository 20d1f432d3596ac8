// Forms: fields that show their own mistakes, passwords that can be looked at, one request at a time.

import { Problem } from "./api.js";
import { $, busy, h, icon, problemNotice, set } from "./dom.js";

/** Where a form shows what no field is to blame for. */
const PLACE = "#problem, [data-problem]";

/** Makes every "Show" button of the page show its password. */
export function revealPasswords() {
  for (const button of document.querySelectorAll("[data-reveal]")) {
    const input = document.getElementById(button.dataset.reveal);
    button.addEventListener("click", () => {
      const shown = input.type === "text";
      input.type = shown ? "password" : "text";
      button.textContent = shown ? "Show" : "Hide";
      set(button, { "aria-pressed": String(!shown) });
      input.focus();
    });
  }
}

/**
 * Sends `form` by `work(values)`. `names` maps the API's field names to ours where they differ. A failure is shown in
 * the form's `#problem` or `[data-problem]`, or at the fields it names.
 */
export function onSubmit(form, label, work, names = {}) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clear(form);
    if (!complete(form)) return;
    const button = $("button[type=submit]", form);
    const values = Object.fromEntries(new FormData(form));
    try {
      await busy(button, label, () => work(values));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      show(form, error, names);
    }
  });
}

/** Marks `input` as wrong, and says why below it. */
export function wrong(input, text) {
  const id = `${input.id}-wrong`;
  const line = h("span.wrong", { id }, icon("warning"), text);
  input.closest(".field").append(line);
  set(input, { "aria-invalid": "true", "aria-describedby": `${input.getAttribute("aria-describedby") || ""} ${id}`.trim() });
}

function complete(form) {
  let first = null;
  for (const input of form.querySelectorAll("input:not([readonly])")) {
    if (input.checkValidity()) continue;
    wrong(input, input.validity.valueMissing ? "Please fill this in." : input.validationMessage);
    first ||= input;
  }
  first?.focus();
  return first === null;
}

function clear(form) {
  $(PLACE, form)?.replaceChildren();
  for (const line of form.querySelectorAll(".wrong")) line.remove();
  for (const input of form.querySelectorAll("[aria-invalid]")) {
    const kept = (input.getAttribute("aria-describedby") || "").split(" ").filter((id) => !id.endsWith("-wrong"));
    set(input, { "aria-invalid": null, "aria-describedby": kept.join(" ") || null });
  }
}

function show(form, problem, names) {
  const left = problem.errors.filter((error) => {
    const input = form.elements[names[error.field] || error.field];
    if (!input?.id) return true;
    wrong(input, sentence(error.message || "Please check this."));
    return false;
  });
  const first = $("[aria-invalid]", form);
  if (first) first.focus();
  if (!first || left.length) $(PLACE, form).replaceChildren(problemNotice(problem));
}

/** Messages of fields are written to stand behind the field's name: "must have 8 to 128 bytes". */
function sentence(text) {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

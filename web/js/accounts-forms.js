// Dialogs of the admin page: an account's settings, and secrets that are shown once.

import { enterMeansYes, h, icon, sendBeforeClosing, toast } from "./dom.js";

const GIB = 1024 ** 3;
const QUOTAS = [
  ["runningVms", "Running desktops", 1],
  ["vcpus", "Processors", 1],
  ["memoryMiB", "Memory in MiB", 1],
  ["diskBytes", "Disk in GiB", GIB],
  ["snapshots", "Snapshots", 1],
  ["uploadFiles", "Files", 1],
  ["uploadBytes", "Files in GiB", GIB],
  ["consoles", "Open consoles", 1],
];

const field = (label, input) => h("div.field", {}, h("label", { for: input.id }, label), input);

function roles(chosen) {
  const select = h("select.input", { id: "user-role", name: "role" });
  for (const [value, word] of [["user", "User"], ["operator", "Operator: also sees hosts and sessions"], ["admin", "Administrator: everything"]]) {
    select.append(h("option", { value, selected: value === chosen }, word));
  }
  return select;
}

/** A field for each limit of an account or team. */
export function quotaFields(account) {
  return QUOTAS.map(([name, label, unit]) =>
    field(label, h("input.input", { id: `quota-${name}`, name, type: "number", min: 0, value: Math.round(account.quota[name] / unit), required: true })),
  );
}

/** The limits in the form that differ from what is. */
export function quotaOf(account, form) {
  const quota = {};
  for (const [name, , unit] of QUOTAS) {
    const value = Number(form.elements[name].value);
    if (value !== Math.round(account.quota[name] / unit)) quota[name] = value * unit;
  }
  return quota;
}

const ACTIONS = [["suspend", "suspend"], ["stop", "stop"], ["warn", "only warn"]];

function budgetFields(account) {
  const amount = h("input.input", { id: "budget-amount", name: "budgetAmount", type: "number", min: 0, step: "0.01", placeholder: "no limit", value: account.budget?.amount });
  const action = h("select.input", { id: "budget-action", name: "budgetAction" }, ACTIONS.map(([value, words]) => h("option", { value, selected: value === account.budget?.action }, words)));
  return [field(`Budget a month (${account.currency})`, amount), field("When it is spent", action)];
}

/** The budget in the form, if it differs from what is. */
function budgetOf(account, form) {
  const text = form.elements.budgetAmount.value;
  const amount = text === "" ? null : Number(text);
  const action = form.elements.budgetAction.value;
  const before = account.budget?.amount ?? null;
  const same = amount === before && (amount === null || action === account.budget.action);
  return same ? null : { amount, action };
}

/** What of the form differs from what is. */
function changes(account, form) {
  const wanted = { role: form.elements.role.value, disabled: form.elements.disabled.checked };
  const quota = quotaOf(account, form);
  const budget = budgetOf(account, form);
  if (budget) wanted.budget = budget;
  if (Object.keys(quota).length) wanted.quota = quota;
  if (wanted.role === account.role) delete wanted.role;
  if (wanted.disabled === account.disabled) delete wanted.disabled;
  return wanted;
}

/**
 * Asks for the settings of an account, or with `null` of a new one, which `make` sends, answering whether that is done.
 * Answers null when nothing is wanted.
 */
export function userForm(account, make) {
  return new Promise((resolve) => {
    const name = h("input.input", { id: "user-name", name: "username", required: true, maxlength: 64, autocomplete: "off", autocapitalize: "none" });
    const body = account
      ? [field("Role", roles(account.role)), h("div.quota-fields", {}, quotaFields(account), budgetFields(account)), h("label.check", {}, h("input", { type: "checkbox", name: "disabled", checked: account.disabled }), h("span", {}, "Disabled: nobody can sign in, everything open ends"))]
      : [field("User name", name), field("E-mail (optional)", h("input.input", { id: "user-email", name: "email", type: "email", maxlength: 254 })), field("Role", roles("user"))];
    const reset = account ? h("button.button.plain", { type: "submit", value: "reset", formnovalidate: true, "data-testid": "reset-password" }, "Reset password…") : null;
    const noFactor = account ? h("button.button.plain", { type: "submit", value: "no-factor", formnovalidate: true, "data-testid": "remove-factor" }, "Remove second factor…") : null;
    const form = h(
      "form.form",
      { method: "dialog" },
      h("h2", { id: "ask-title" }, account ? account.username : "New account"),
      ...body,
      h("div.row.end", {}, noFactor, reset, h("button.button.plain", { type: "submit", value: "no", formnovalidate: true }, "Cancel"), h("button.button", { type: "submit", value: "yes", "data-testid": "confirm" }, account ? "Save" : "Make it")),
    );
    enterMeansYes(form);
    const dialog = h("dialog.sheet", { "aria-labelledby": "ask-title" }, form);
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (dialog.returnValue === "reset") return resolve({ reset: true });
      if (dialog.returnValue === "no-factor") return resolve({ noFactor: true });
      if (dialog.returnValue !== "yes") return resolve(null);
      if (account) {
        const wanted = changes(account, form);
        return resolve(Object.keys(wanted).length ? wanted : null);
      }
      return resolve(null);
    });
    if (make) {
      sendBeforeClosing(dialog, form, () => {
        const { username, email, role } = Object.fromEntries(new FormData(form));
        return make(email ? { username, email, role } : { username, role });
      });
    }
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Shows a secret that nobody can see again. Settles when it is closed. */
export function showOnce(title, secret, hint) {
  return new Promise((resolve) => {
    const input = h("input.input", { readonly: true, value: secret, "aria-label": title, "data-testid": "secret" });
    const copy = h("button.button.small", { type: "button" }, icon("clipboard"), "Copy");
    copy.addEventListener("click", async () => {
      input.select();
      try {
        await navigator.clipboard.writeText(secret);
        toast("Copied.");
      } catch {
        toast("Press Ctrl-C to copy it.");
      }
    });
    const dialog = h(
      "dialog.sheet",
      { "aria-labelledby": "secret-title" },
      h("form", { method: "dialog" }, h("h2", { id: "secret-title" }, title), h("p.muted", {}, hint), h("div.row.fresh", {}, input, copy), h("div.row.end", {}, h("button.button", { type: "submit" }, "Done"))),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve();
    });
    document.body.append(dialog);
    dialog.showModal();
    input.select();
  });
}

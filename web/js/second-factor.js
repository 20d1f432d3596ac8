// The second factor on the account page: begin, scan, confirm, keep the recovery codes, turn off.

import { Problem, get, post } from "./api.js";
import { $, h, problemNotice, toast } from "./dom.js";
import { onSubmit } from "./forms.js";

const box = () => $("#factor");

function form(id, label, input, button, ...before) {
  return h(
    "form.form",
    { id, method: "post", action: "/pages/account", novalidate: true },
    ...before,
    h("div", { "data-problem": true }),
    h("div.field", {}, h("label", { for: input.id }, label), input),
    h("div.row", {}, h("button.button", { type: "submit" }, button)),
  );
}

const codeInput = (id) => h("input.input", { id, name: "code", autocomplete: "one-time-code", inputmode: "text", maxlength: 64, required: true });

async function load() {
  try {
    const { body } = await get("/auth/second-factor");
    $("#factor-state").textContent = body.on ? "On" : "Off";
    $("#factor-state").dataset.tone = body.on ? "lit" : "";
    box().replaceChildren(body.on ? off(body) : begin());
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    box().replaceChildren(problemNotice(error));
  }
}

function begin() {
  const input = h("input.input", { id: "factor-password", name: "password", type: "password", autocomplete: "current-password", maxlength: 128, required: true });
  const ask = form("factor-begin", "Your password", input, "Set up", h("input.visually-hidden", { name: "username", autocomplete: "username", tabindex: "-1", "aria-hidden": "true", readonly: true, value: $(".who .name").textContent }));
  onSubmit(ask, "One moment…", async ({ password }) => {
    const { body } = await post("/auth/second-factor", { password });
    box().replaceChildren(confirm(body));
    $("#factor-code").focus();
  });
  return h("details.more-form", {}, h("summary.button.plain", {}, "Set up an authenticator app"), ask);
}

function confirm(setup) {
  const picture = h("img.qr", { src: `data:image/svg+xml,${encodeURIComponent(setup.svg)}`, alt: "The secret as a QR code", width: 200, height: 200 });
  const steps = h("div", {}, h("p", {}, "Scan this with your app, or type the secret:"), picture, h("p", {}, h("code.secret", { "data-testid": "factor-secret" }, setup.secret.replace(/(.{4})(?!$)/g, "$1 "))));
  const ask = form("factor-confirm", "The code that it shows now", codeInput("factor-code"), "Turn it on", steps);
  onSubmit(ask, "Checking…", async ({ code }) => {
    const { body } = await post("/auth/second-factor/confirm", { code });
    await load();
    box().prepend(
      h("div.notice.warm", {}, h("div.grow", {}, h("strong", {}, "Keep these recovery codes."), h("span.hint", {}, "Each works once instead of a code, when your phone is lost. They are not shown again."), h("ul.codes", { "data-testid": "recovery-codes" }, body.recoveryCodes.map((it) => h("li", {}, h("code", {}, it)))))),
    );
  });
  return ask;
}

function off(state) {
  const ask = form("factor-off", "A code of your app, or a recovery code", codeInput("factor-off-code"), "Turn it off");
  onSubmit(ask, "Checking…", async ({ code }) => {
    await post("/auth/second-factor/off", { code });
    toast("The second factor is off.");
    await load();
  });
  return h("div", {}, h("p.faint", {}, `${state.recoveryCodesLeft} recovery codes are left.`), h("details.more-form", {}, h("summary.button.plain", {}, "Turn it off"), ask));
}

/** Shows how it stands and keeps it. */
export function startSecondFactor() {
  load();
}

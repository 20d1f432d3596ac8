// Signing in at an OpenID provider, on the account page: link it, or end that. Where none is set, the page has no place for it.

import { Problem, del, get, post } from "./api.js";
import { $, busy, confirm, h, problemNotice, set, toast, toastProblem } from "./dom.js";
import { onSubmit } from "./forms.js";
import { day } from "./words.js";

const OUTCOMES = {
  done: "Linked: you can sign in there from now on.",
  taken: "Another account is signed in to from there: sign in there, or end its link first.",
  failed: "It could not be linked. Please try again.",
};

const box = () => $("#elsewhere");

async function load() {
  try {
    const { body } = await get("/auth/oidc/link");
    $("#elsewhere-state").textContent = body.since ? "Linked" : "Not linked";
    $("#elsewhere-state").dataset.tone = body.since ? "lit" : "";
    box().replaceChildren(...(body.since ? linked(body) : [linkForm(body)]));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    box().replaceChildren(problemNotice(error));
  }
}

function linked({ provider, since, password }) {
  const words = h("p.muted", {}, `Whoever signs in at ${provider} as you is signed in here, since ${day(since)}.`, password ? "" : " This account has no password of its own.");
  if (!password) return [words];
  const end = h("button.button.plain", { type: "button", "data-testid": "unlink" }, "End this link");
  end.addEventListener("click", async () => {
    if (!(await confirm({ title: `End the link to ${provider}?`, text: "You sign in with your password only. What is open stays open.", yes: "End it" }))) return;
    await busy(end, "", async () => {
      try {
        await del("/auth/oidc/link");
        toast("The link is ended.");
      } catch (error) {
        toastProblem(error);
      }
    });
    load();
  });
  return [words, h("div.row", {}, end)];
}

function linkForm({ provider }) {
  const field = (label, input, attributes = {}) => h("div.field", attributes, h("label", { for: input.id }, label), input);
  const password = h("input.input", { id: "link-password", name: "password", type: "password", autocomplete: "current-password", maxlength: 128, required: true });
  const code = h("input.input", { id: "link-code", name: "code", autocomplete: "one-time-code", maxlength: 64 });
  const codeField = field("A code of your app, or a recovery code", code, { hidden: true });
  const form = h(
    "form.form",
    { id: "link-form", method: "post", action: "/pages/account", novalidate: true },
    h("input.visually-hidden", { name: "username", autocomplete: "username", tabindex: "-1", "aria-hidden": "true", readonly: true, value: $(".who .name").textContent }),
    h("div", { "data-problem": true }),
    field("Your password", password),
    codeField,
    h("div.row", {}, h("button.button", { type: "submit", "data-testid": "link" }, `Continue with ${provider}`)),
  );
  onSubmit(form, "One moment…", async (values) => {
    try {
      const { body } = await post("/auth/oidc/link", values.code ? { password: values.password, code: values.code } : { password: values.password });
      location.assign(body.location);
      await new Promise(() => {});
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== "second-factor-required") throw error;
      codeField.hidden = false;
      set(code, { required: true });
      code.focus();
    }
  });
  return h("div", {}, h("p.muted", {}, `Sign in at ${provider} instead of by your password, to this same account.`), h("details.more-form", {}, h("summary.button.plain", {}, `Link ${provider}`), form));
}

/** Shows how it stands and keeps it; tells what came of the way to the provider and back. */
export function startElsewhere() {
  if (!box()) return;
  const outcome = OUTCOMES[new URLSearchParams(location.search).get("link")];
  if (outcome) {
    toast(outcome);
    history.replaceState(null, "", location.pathname);
  }
  load();
}

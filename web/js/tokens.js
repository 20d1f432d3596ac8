// API tokens on the account page: the list, a new one, which is shown once, and their end.

import { Problem, del, get, post } from "./api.js";
import { $, busy, confirm, h, icon, problemNotice, refill, toast, toastProblem } from "./dom.js";
import { onSubmit } from "./forms.js";
import { ago, day } from "./words.js";

const list = () => $("#tokens");

async function load() {
  try {
    const { body } = await get("/auth/tokens");
    list().removeAttribute("aria-busy");
    refill(list(), () => list().replaceChildren(...(body.length ? body.map(row) : [h("li.faint", {}, "None yet.")])));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    list().replaceChildren(h("li", {}, problemNotice(error)));
  }
}

function row(token) {
  const end = h("button.button.plain.small.icon-only", { type: "button", "aria-label": `Revoke ${token.name}`, title: "Revoke", "data-testid": "revoke-token" }, icon("trash"));
  end.addEventListener("click", () => revoke(token, end));
  return h(
    "li.file",
    { "data-testid": "token" },
    h("span.kind", {}, icon("sliders")),
    h(
      "div.about",
      {},
      h("div.name", { title: token.name }, token.name),
      h("div.faint", {}, h("code", {}, `…${token.hint}`), ` · ${token.scopes.join(", ")} · ${token.lastUsedAt ? `used ${ago(token.lastUsedAt)}` : "never used"} · ends ${day(token.expiresAt)}`),
    ),
    h("div.row", {}, end),
  );
}

async function revoke(token, button) {
  const sure = await confirm({ title: `Revoke ${token.name}?`, text: "Programs that use it are refused at once, and their consoles close.", yes: "Revoke" });
  if (!sure) return;
  await busy(button, "", async () => {
    try {
      await del(`/auth/tokens/${token.id}`);
      toast("The token is revoked.");
    } catch (error) {
      toastProblem(error);
    }
  });
  load();
}

/** The only time that the token can be seen. */
function showFresh(made) {
  const field = h("input.input", { readonly: true, value: made.token, "aria-label": "The new token", "data-testid": "fresh-token" });
  const copy = h("button.button.small", { type: "button" }, icon("clipboard"), "Copy");
  copy.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(made.token);
      toast("Copied.");
    } catch {
      toast("Press Ctrl-C to copy it.");
    }
  });
  $("#fresh-token").replaceChildren(
    h("div.notice.warm", {}, icon("info"), h("div.grow", {}, h("strong", {}, `${made.name}: copy it now.`), h("span.hint", {}, "It is not shown again. Whoever has it may do what it may."), h("div.row.fresh", {}, field, copy))),
  );
  field.select();
}

/** Fills the list and keeps it; answers how to load it again. */
export function startTokens() {
  const form = $("#token-form");
  onSubmit(
    form,
    "Making it…",
    async ({ name, days }) => {
      const scopes = new FormData(form).getAll("scopes");
      const { body } = await post("/auth/tokens", { name, scopes, expiresInDays: Number(days) });
      form.reset();
      form.closest("details").open = false;
      showFresh(body);
      load();
    },
    { expiresInDays: "days" },
  );
  load();
  return { load };
}

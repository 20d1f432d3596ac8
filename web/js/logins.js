// The list of places where one is signed in, on the account page.

import { Problem, del, get } from "./api.js";
import { $, busy, confirm, h, icon, problemNotice, refill, toast, toastProblem } from "./dom.js";
import { ago, browserOf } from "./words.js";

const list = () => $("#logins");

async function load() {
  try {
    const { body } = await get("/auth/logins");
    list().removeAttribute("aria-busy");
    refill(list(), () => list().replaceChildren(...body.map(row)));
    $("#end-others").hidden = body.length < 2;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    list().replaceChildren(h("li", {}, problemNotice(error)));
  }
}

function row(login) {
  const end = h("button.button.plain.small", { type: "button", "data-testid": "end-login", "aria-label": `Sign out ${browserOf(login.agent)} at ${login.address}` }, "Sign out");
  end.addEventListener("click", () => finish(login, end));
  return h(
    "li.file",
    { "data-testid": "login" },
    h("span.kind", {}, icon("account")),
    h("div.about", {}, h("div.name", { title: login.agent }, browserOf(login.agent)), h("div.faint", {}, `${login.address} · last used ${ago(login.lastUsedAt)}`)),
    h("div.row", {}, login.current ? h("span.badge", { "data-tone": "lit" }, "This one") : end),
  );
}

async function finish(login, button) {
  await busy(button, "", async () => {
    try {
      await del(`/auth/logins/${login.id}`);
      toast("Signed out there. Its consoles are closed.");
    } catch (error) {
      toastProblem(error);
    }
  });
  load();
}

async function endOthers(button) {
  const sure = await confirm({ title: "Sign out everywhere else?", text: "Consoles that are open there close at once. API tokens stay.", yes: "Sign out" });
  if (!sure) return;
  await busy(button, "", async () => {
    try {
      await del("/auth/logins");
      toast("You are signed in only here now.");
    } catch (error) {
      toastProblem(error);
    }
  });
  load();
}

/** Fills the list and keeps it; answers how to load it again. */
export function startLogins() {
  $("#end-others").addEventListener("click", (event) => endOthers(event.currentTarget));
  load();
  return { load };
}

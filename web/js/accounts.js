// People on the admin page: accounts with their role and quota, invitations, and what happened.

import { Problem, del, get, patch, post, request } from "./api.js";
import { $, busy, confirm, h, icon, problemNotice, refill, toast, toastProblem } from "./dom.js";
import { showOnce, userForm } from "./accounts-forms.js";
import { ago, bytes, day, moment } from "./words.js";

const ROLES = { user: "User", operator: "Operator", admin: "Administrator" };
const PAGE = 50;
let next = null;

const head = (...texts) => h("thead", {}, h("tr", {}, texts.map((text) => h("th", { scope: "col" }, text || h("span.visually-hidden", {}, "Actions")))));
const table = (label, heads, rows) => h("div.table-wrap", { tabindex: "0", role: "region", "aria-label": `Table: ${label}` }, h("table", {}, head(...heads), h("tbody", {}, rows)));

async function users(more = false) {
  const query = encodeURIComponent($("#users-q").value.trim());
  const { body, headers } = await get(more && next ? next : `/admin/users?limit=${PAGE}&q=${query}`);
  next = /<\/api([^>]+)>; rel="next"/.exec(headers.get("Link") || "")?.[1] || null;
  $("#users-more").hidden = !next;
  const box = $("#users");
  box.removeAttribute("aria-busy");
  if (more) $("tbody", box).append(...body.map(user));
  else if (body.length) refill(box, () => box.replaceChildren(table("People", ["Name", "Role", "Desktops", "Disk", "Last seen", ""], body.map(user))));
  else box.replaceChildren(h("p.faint", {}, "Nobody by that name."));
}

function user(account) {
  const row = h("tr", { "data-testid": "user", "data-user": account.username });
  const change = h("button.button.plain.small", { type: "button", "data-testid": "change-user", "aria-label": `Change ${account.username}` }, icon("pencil"), "Change");
  change.addEventListener("click", () => busy(change, "", () => edit(account, row)));
  const { quota, usage } = account;
  row.append(
    h("td", {}, h("strong", {}, account.username), account.disabled ? h("span.badge.spaced", { "data-tone": "bad" }, "Disabled") : null, account.email ? h("div.faint", {}, account.email) : null),
    h("td", {}, ROLES[account.role] || account.role),
    h("td", {}, `${usage.runningVms} of ${quota.runningVms}`),
    h("td", {}, `${bytes(usage.diskBytes)} of ${bytes(quota.diskBytes)}`),
    h("td", {}, account.lastSeenAt ? ago(account.lastSeenAt) : "never"),
    h("td.actions", {}, change),
  );
  return row;
}

/** What somebody may spend in a month; no amount: as much as they like. */
function setBudget(account, { amount, action }) {
  const path = `/usage/budget?user=${account.id}`;
  return amount === null ? del(path) : request("PUT", path, { amount, action });
}

async function edit(account, row) {
  try {
    const { body: statement } = await get(`/usage/statement?user=${account.id}`);
    const wanted = await userForm({ ...account, budget: statement.budget, currency: statement.currency });
    if (!wanted) return;
    if (wanted.reset) return await reset(account);
    if (wanted.noFactor) return await removeFactor(account);
    const { budget, ...rest } = wanted;
    if (budget) await setBudget(account, budget);
    const { body } = await patch(`/admin/users/${account.id}`, rest);
    refill(row.parentElement, () => row.replaceWith(user(body)));
    toast(`${account.username} is changed.`);
  } catch (error) {
    toastProblem(error);
  }
  into("#audit", audit);
}

async function reset(account) {
  const sure = await confirm({ title: `New password for ${account.username}?`, text: "All logins and API tokens end, and open consoles close.", yes: "Make a new password" });
  if (!sure) return;
  const { body } = await post(`/admin/users/${account.id}/password`, {});
  await showOnce(`The new password of ${account.username}`, body.password, "Tell it to nobody else. It is not shown again.");
  into("#audit", audit);
}

async function removeFactor(account) {
  const sure = await confirm({ title: `Remove the second factor of ${account.username}?`, text: "For somebody who lost their phone and their recovery codes. The password alone signs in then.", yes: "Remove it" });
  if (!sure) return;
  await del(`/admin/users/${account.id}/second-factor`);
  toast("The second factor is removed.");
  into("#audit", audit);
}

async function make() {
  let made = null;
  await userForm(null, async (wanted) => {
    try {
      made = (await post("/admin/users", wanted)).body;
      return true;
    } catch (error) {
      toastProblem(error);
      return false;
    }
  });
  if (!made) return;
  into("#users", () => users());
  await showOnce(`The password of ${made.user.username}`, made.password, "It can be changed on the account page. It is not shown again.");
  into("#audit", audit);
}

async function invitations() {
  const { body } = await get("/admin/invitations");
  const box = $("#invitations");
  box.removeAttribute("aria-busy");
  if (body.length === 0) return refill(box, () => box.replaceChildren(h("p.faint", {}, "None is open.")));
  refill(box, () => box.replaceChildren(table("Invitations", ["For", "Used", "Made", "Ends", ""], body.map(invitation))));
}

function invitation(it) {
  const end = h("button.button.plain.small", { type: "button", "aria-label": `Withdraw ${it.note || "the invitation"}` }, "Withdraw");
  end.addEventListener("click", () =>
    busy(end, "", async () => {
      try {
        await del(`/admin/invitations/${it.id}`);
        toast("The invitation is withdrawn.");
      } catch (error) {
        toastProblem(error);
      }
    }).then(refresh),
  );
  return h("tr", {}, h("td", {}, it.note || "anybody"), h("td", {}, `${it.uses} of ${it.maxUses}`), h("td", {}, ago(it.createdAt)), h("td", {}, day(it.expiresAt)), h("td.actions", {}, end));
}

async function invite(button) {
  await busy(button, "", async () => {
    try {
      const { body } = await post("/admin/invitations", {});
      await invitations();
      await showOnce("An invitation", body.url, `For one account, until ${day(body.expiresAt)}. The code is in the address; it is not shown again.`);
    } catch (error) {
      toastProblem(error);
    }
  });
  into("#audit", audit);
}

async function audit() {
  const { body } = await get("/admin/audit?limit=30");
  const box = $("#audit");
  box.removeAttribute("aria-busy");
  box.replaceChildren(table("Audit log", ["When", "What", "By", "Account", "From", "Detail"], body.map(entry)));
}

const entry = (it) =>
  h("tr", {}, h("td", { title: moment(it.at) }, ago(it.at)), h("td", {}, it.act.replaceAll("-", " ")), h("td", {}, it.actor || "nobody"), h("td", {}, it.account || ""), h("td", {}, it.address || ""), h("td.faint", {}, it.detail));

/** Failures are shown where the list would be. */
async function into(selector, work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    $(selector).replaceChildren(problemNotice(error));
  }
}

function refresh() {
  into("#users", () => users());
  into("#invitations", invitations);
  into("#audit", audit);
}

/** Fills the lists and keeps them. */
export function startPeople() {
  let typing = 0;
  $("#users-q").addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => into("#users", () => users()), 250);
  });
  $("#users-more").addEventListener("click", () => into("#users", () => users(true)));
  $("#new-user").addEventListener("click", make);
  $("#invite").addEventListener("click", (event) => invite(event.currentTarget));
  refresh();
}

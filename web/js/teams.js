// Teams: those one belongs to on the account page, all of them on the admin page, and a sheet with the members.

import { Problem, del, get, patch, post } from "./api.js";
import { quotaFields, quotaOf } from "./accounts-forms.js";
import { $, busy, confirm, enterMeansYes, h, icon, problemNotice, refill, sendBeforeClosing, toast, toastProblem } from "./dom.js";
import { day } from "./words.js";

const ROLES = { viewer: "looks", member: "uses", manager: "manages" };
const ROLE_WORDS = [["viewer", "Looks: sees desktops and files"], ["member", "Uses: makes and deletes them"], ["manager", "Manages: also says who belongs"]];
let all = false;

const box = () => $("#teams");

async function load() {
  try {
    const { body } = await get(all ? "/teams?all=true" : "/teams");
    box().removeAttribute("aria-busy");
    refill(box(), () => box().replaceChildren(...(body.length ? body.map(row) : [h("li.faint", {}, all ? "There are none." : "You belong to none.")])));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    box().replaceChildren(h("li", {}, problemNotice(error)));
  }
}

function row(team) {
  const open = h("button.button.plain.small", { type: "button", "data-testid": "open-team", "aria-label": `Members of ${team.name}` }, "Members");
  open.addEventListener("click", () => sheet(team));
  const tools = [open];
  if (all) {
    const quota = h("button.button.plain.small", { type: "button", "data-testid": "team-quota", "aria-label": `Quota of ${team.name}` }, icon("pencil"), "Quota");
    quota.addEventListener("click", () => editQuota(team));
    tools.push(quota);
  } else {
    tools.push(h("a.button.plain.small", { href: `/pages/desktops?team=${team.id}` }, "Desktops"));
  }
  const { quota, usage } = team;
  const facts = [`${team.members} member${team.members === 1 ? "" : "s"}`, `${usage.runningVms} of ${quota.runningVms} desktops run`];
  if (team.role) facts.unshift(`You: ${ROLES[team.role]}`);
  return h(
    "li.file",
    { "data-testid": "team", "data-team": team.name },
    h("span.kind", {}, icon("account")),
    h("div.about", {}, h("div.name", { title: team.name }, team.name), h("div.faint", {}, facts.join(" · "))),
    h("div.row", {}, tools),
  );
}

/** Who belongs to a team, with whatever whoever looks may do about it. */
function sheet(team) {
  const manages = all || team.role === "manager";
  const list = h("ul.file-list", { "aria-live": "polite" }, h("li.skeleton.row-skeleton"));
  const close = h("button.button.plain.small", { type: "button", "data-testid": "close-team" }, "Close");
  const end = all ? h("button.button.plain.small", { type: "button", "data-testid": "end-team" }, "End the team…") : null;
  const dialog = h(
    "dialog.sheet",
    { "aria-labelledby": "team-title", "data-testid": "team-sheet" },
    h("h2", { id: "team-title" }, team.name),
    list,
    manages ? joinForm(team, () => show()) : null,
    h("div.row.end", {}, end, close),
  );
  const show = async () => {
    try {
      const { body } = await get(`/teams/${team.id}/members`);
      refill(list, () => list.replaceChildren(...body.map((member) => memberRow(team, member, manages, show))));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 404) return dialog.close();
      list.replaceChildren(h("li", {}, problemNotice(error)));
    }
  };
  close.addEventListener("click", () => dialog.close());
  end?.addEventListener("click", async () => {
    if (!(await confirm({ title: `End ${team.name}?`, text: "It can only end when it has no desktops, files and templates any more.", yes: "End it" }))) return;
    if (await tried(() => del(`/teams/${team.id}`))) dialog.close();
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    load();
  });
  document.body.append(dialog);
  dialog.showModal();
  show();
}

function memberRow(team, member, manages, show) {
  const me = $(".who .name").textContent === member.username;
  const out = h("button.button.plain.small.icon-only", { type: "button", title: me ? "Leave" : "Send away", "aria-label": me ? "Leave the team" : `Send ${member.username} away`, "data-testid": "remove-member" }, icon(me ? "logout" : "trash"));
  out.addEventListener("click", async () => {
    const asked = me ? { title: `Leave ${team.name}?`, text: "Its desktops and files are out of your reach then.", yes: "Leave" } : { title: `Send ${member.username} away?`, text: "Consoles that they have open close.", yes: "Send away" };
    if (!(await confirm(asked))) return;
    await busy(out, "", () => tried(() => del(`/teams/${team.id}/members/${member.id}`)));
    show();
  });
  return h(
    "li.file",
    { "data-testid": "member" },
    h("div.about", {}, h("div.name", { title: member.username }, member.username), h("div.faint", {}, `${ROLES[member.role]} · since ${day(member.since)}`)),
    h("div.row", {}, manages || me ? out : null),
  );
}

function joinForm(team, show) {
  const name = h("input.input", { id: "member-name", name: "username", maxlength: 128, required: true, autocomplete: "off", autocapitalize: "none", placeholder: "User name" });
  const role = h("select.input", { id: "member-role", name: "role", "aria-label": "Role" }, ROLE_WORDS.map(([value, words]) => h("option", { value, selected: value === "member" }, words)));
  const add = h("button.button.small", { type: "submit", "data-testid": "add-member" }, "Add");
  const form = h("form.form", { method: "post", action: "/pages/account" }, h("div.field", {}, h("label", { for: "member-name" }, "Take somebody in, or change a role"), name, role), h("div.row", {}, add));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    busy(add, "", async () => {
      if (await tried(() => post(`/teams/${team.id}/members`, { username: name.value.trim(), role: role.value }))) name.value = "";
      await show();
    });
  });
  return form;
}

function editQuota(team) {
  const form = h(
    "form.form",
    { method: "dialog" },
    h("h2", { id: "quota-title" }, `Quota of ${team.name}`),
    h("div.quota-fields", {}, quotaFields(team)),
    h("div.row.end", {}, h("button.button.plain", { type: "submit", value: "no", formnovalidate: true }, "Cancel"), h("button.button", { type: "submit", value: "yes", "data-testid": "confirm" }, "Save")),
  );
  ask(form, "quota-title", async () => {
    const quota = quotaOf(team, form);
    if (Object.keys(quota).length === 0) return true;
    if (!(await tried(() => patch(`/teams/${team.id}`, { quota })))) return false;
    toast(`${team.name} is changed.`);
    load();
    return true;
  });
}

function make() {
  const name = h("input.input", { id: "team-name", name: "name", required: true, maxlength: 64, autocomplete: "off" });
  const manager = h("input.input", { id: "team-manager", name: "manager", maxlength: 128, autocomplete: "off", autocapitalize: "none", placeholder: "You" });
  const form = h(
    "form.form",
    { method: "dialog" },
    h("h2", { id: "team-title" }, "New team"),
    h("div.field", {}, h("label", { for: "team-name" }, "Name"), name),
    h("div.field", {}, h("label", { for: "team-manager" }, "Managed by"), manager),
    h("div.row.end", {}, h("button.button.plain", { type: "submit", value: "no", formnovalidate: true }, "Cancel"), h("button.button", { type: "submit", value: "yes", "data-testid": "confirm" }, "Make it")),
  );
  ask(form, "team-title", async () => {
    const wanted = { name: name.value.trim() };
    if (manager.value.trim()) wanted.manager = manager.value.trim();
    if (!(await tried(() => post("/teams", wanted)))) return false;
    load();
    return true;
  });
}

function ask(form, title, yes) {
  const dialog = h("dialog.sheet", { "aria-labelledby": title }, form);
  dialog.addEventListener("close", () => dialog.remove());
  sendBeforeClosing(dialog, form, yes);
  enterMeansYes(form);
  document.body.append(dialog);
  dialog.showModal();
}

async function tried(work) {
  try {
    await work();
    return true;
  } catch (error) {
    toastProblem(error);
    return false;
  }
}

/** Fills the list; `everybody`: all teams, for administrators. */
export function startTeams(everybody) {
  all = everybody;
  $("#new-team")?.addEventListener("click", make);
  load();
}

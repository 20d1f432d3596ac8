// The admin page: health by component, the hosts, everybody's active sessions; people, invitations and the audit log.

import { Problem, apiUrl, del, get } from "./api.js";
import { $, busy, confirm, h, meter, problemNotice, renew, say, toast, toastProblem, whileSeen } from "./dom.js";
import { renewBeforeDownloads } from "./downloads.js";
import { startPeople } from "./accounts.js";
import { startTeams } from "./teams.js";
import { ago, bytes, mebibytes, stateOf } from "./words.js";

async function health() {
  // 503 is an answer here: it tells which component is down.
  const response = await fetch(apiUrl("/readyz"), { cache: "no-store", signal: AbortSignal.timeout(8000) });
  const body = await response.json();
  const parts = Object.entries(body.components || body.checks || {});
  $("#health").removeAttribute("aria-busy");
  renew($("#health"), ...parts.map(([name, part]) => component(name, part)));
  say($("#health-when"), response.ok ? "Everything answers" : "Something is down");
}

function component(name, part) {
  const status = String(part?.status ?? part?.state ?? part).toLowerCase();
  const good = ["up", "ok", "ready", "true"].includes(status);
  const detail = part?.detail ?? part?.message ?? "";
  return h("div.health", {}, h("span.badge", { "data-tone": good ? "lit" : "bad" }, good ? "Up" : status), h("h3", {}, name), detail ? h("span.faint", {}, String(detail)) : null);
}

async function hosts() {
  const { body } = await get("/hosts");
  $("#hosts").removeAttribute("aria-busy");
  renew($("#hosts"), ...body.map(host));
}

function host({ name, answers, consoles, state }) {
  const head = h("div.row", {}, h("h3.grow", {}, name), h("span.badge", { "data-tone": answers ? "lit" : "bad" }, answers ? "Answers" : "Does not answer"));
  if (!state) return h("div.panel", {}, head);
  const vms = meter(state.vms / state.maxVms, `Machines on ${name}`);
  const memory = meter(1 - state.memoryFreeMiB / state.memoryMiB, `Memory of ${name}`);
  const facts = [
    ["Runs guests by", state.accelerator === "kvm" ? "KVM" : "emulation (TCG)"],
    ["QEMU", state.qemuVersion],
    ["Processors", state.cpus],
    ["Disk free", bytes(state.diskFreeBytes)],
    ["Open consoles", consoles],
  ];
  return h(
    "div.panel",
    {},
    head,
    h("div.host-room", {}, h("div.quota", {}, h("div.line", {}, h("span", {}, "Machines"), h("span.of", {}, `${state.vms} of ${state.maxVms}`)), vms), h("div.quota", {}, h("div.line", {}, h("span", {}, "Memory"), h("span.of", {}, `${mebibytes(state.memoryMiB - state.memoryFreeMiB)} of ${mebibytes(state.memoryMiB)}`)), memory)),
    h("dl.facts", {}, facts.flatMap(([term, value]) => [h("dt", {}, term), h("dd", {}, value)])),
  );
}

async function sessions() {
  const { body } = await get("/sessions");
  const box = $("#sessions");
  box.removeAttribute("aria-busy");
  say($("#sessions-sum"), body.length ? `${body.length} active` : "");
  if (body.length === 0) {
    box.replaceChildren(h("div.empty", {}, h("h3", {}, "Nobody is at work"), h("p", {}, "As soon as a desktop runs, it shows up here.")));
    return;
  }
  const head = ["User", "Desktop", "State", "Viewers", "Started", "Last active", ""].map((text, index) =>
    h(index === 3 ? "th.number" : "th", { scope: "col" }, text || h("span.visually-hidden", {}, "Actions")),
  );
  const rows = $("tbody", box);
  // Somebody may be at a button of it, or have moved it aside on a phone.
  if (rows) return renew(rows, ...body.map(row));
  box.replaceChildren(h("div.table-wrap", { tabindex: "0", role: "region", "aria-label": "Table: active sessions" }, h("table", {}, h("thead", {}, h("tr", {}, head)), h("tbody", {}, body.map(row)))));
}

function row(session) {
  const { word, tone } = stateOf(session);
  const end = h("button.button.plain.small", { type: "button", "aria-label": `End the session of ${session.user}` }, "End");
  end.addEventListener("click", () => cut(session, end));
  return h(
    "tr",
    { "data-testid": "session", "data-session": session.id },
    h("td", {}, session.user),
    h("td", {}, session.template, " ", h("code.faint", { title: session.vm }, String(session.vm).slice(0, 8))),
    h("td", {}, h("span.badge", { "data-tone": tone }, word)),
    h("td.number", {}, session.viewers),
    h("td", {}, ago(session.startedAt)),
    h("td", {}, ago(session.lastActiveAt)),
    h("td.actions", {}, end),
  );
}

async function cut(session, button) {
  const sure = await confirm({ title: `End the session of ${session.user}?`, text: "Open consoles are cut at once. The desktop runs on, and its owner can open it again.", yes: "End it" });
  if (!sure) return;
  await busy(button, "", async () => {
    try {
      await del(`/sessions/${session.id}`);
      toast("The session is ended.");
    } catch (error) {
      toastProblem(error);
    }
  });
  refreshAll();
}

async function refreshAll() {
  const outcomes = await Promise.allSettled([health(), hosts(), sessions()]);
  const failed = outcomes.map((outcome) => outcome.reason).find(Boolean);
  const problem = failed instanceof Problem ? failed : failed && new Problem({ detail: "Not everything could be asked.", hint: "It is tried again by itself." }, 0, 0);
  $("#problem").replaceChildren(...(problem ? [problemNotice(problem)] : []));
}

renewBeforeDownloads();
whileSeen(5000, refreshAll);
if ($("#users")) {
  startPeople();
  startTeams(true);
}

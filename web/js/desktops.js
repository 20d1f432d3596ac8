// The desktops page: one's VMs, live, and the gallery of templates to make new ones from.

import { Problem, get, post, team } from "./api.js";
import { $, arrange, h, icon, image, problemNotice, refill, say, toast, whileSeen } from "./dom.js";
import { renewBeforeDownloads } from "./downloads.js";
import { enter, prepare } from "./enter.js";
import { LiveVms } from "./live.js";
import { TemplateCard } from "./template-card.js";
import { VmCard, act } from "./vm-card.js";
import { startWhose } from "./whose.js";

const vms = new LiveVms();
const cards = new Map();
const templateCards = new Map();
/** What this page does by itself, until it becomes a console. */
const ends = [];
let list = [];
let me = null;

const titles = () => new Map([...templateCards].map(([name, card]) => [name, card.title]));

function showVms(next, error) {
  list = next;
  const box = $("#vms");
  if (error && cards.size === 0 && next.length === 0) {
    box.removeAttribute("aria-busy");
    box.replaceChildren(problemNotice(error));
    return;
  }
  sayStale(error);
  if (error) return;
  box.removeAttribute("aria-busy");
  refill(box, () => showCards(box, next));
  summarize();
}

/** Cards that nobody brings up to date look just like others. */
function sayStale(error) {
  const text = error ? `${error.message} What you see may be old; the page tries again by itself.` : "";
  say($("#stale"), text);
}

function showCards(box, next) {
  const seen = new Set(next.map((vm) => vm.id));
  for (const [id, card] of cards) {
    if (!seen.has(id)) {
      card.remove();
      cards.delete(id);
    }
  }
  next.forEach((vm) => {
    if (!cards.has(vm.id)) cards.set(vm.id, new VmCard(vm, vms, titles));
    cards.get(vm.id).update(vm);
  });
  arrange(box, next.length ? next.map((vm) => cards.get(vm.id).element) : [emptyState()]);
}

let empty = null;
function emptyState() {
  empty ||= h(
    "div.empty",
    { "data-testid": "empty" },
    h("img", { src: image("favicon.svg"), alt: "", width: 84, height: 84 }),
    h("h3", {}, "All windows are dark"),
    h("p", {}, "You have no desktops yet. Pick one below; it starts while you watch."),
  );
  return empty;
}

function summarize() {
  const running = list.filter((vm) => vm.state === "running").length;
  const limit = me?.quota?.runningVms;
  const total = `${list.length} desktop${list.length === 1 ? "" : "s"}`;
  const parts = [total, `${running} running`];
  if (limit) parts.push(`${limit} may run at once`);
  const busyNow = list.filter((vm) => vm.desired === "running").length;
  if (limit && busyNow < limit) $("[data-testid=over-quota]")?.remove();
  say($("#summary"), list.length ? parts.join(" · ") : "");
}

async function create(card, extra = {}) {
  prepare();
  $("#notice").replaceChildren();
  try {
    const headers = { Prefer: "wait=10", "Idempotency-Key": crypto.randomUUID() };
    const { body: vm } = await post("/vm", { template: card.name, ...extra }, { headers, timeout: 60000 });
    await enter(vm, () => ends.forEach((end) => end()));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    refused(error);
  }
}

function refused(problem) {
  const box = $("#notice");
  box.replaceChildren(problem.code === "quota-exceeded" ? overQuota(problem) : problemNotice(problem));
  box.scrollIntoView({ block: "nearest" });
}

function overQuota(problem) {
  const running = list.filter((vm) => vm.state === "running" && vm.actions?.includes("stop")).slice(0, 4);
  const stops = running.map((vm) =>
    h("button.button.plain.small", { type: "button", onclick: (event) => stopForRoom(event.currentTarget, vm) }, icon("stop"), `Stop ${vm.name}`),
  );
  return h(
    "div.notice.warm",
    { role: "alert", "data-testid": "over-quota" },
    icon("info"),
    h(
      "div.grow",
      {},
      h("strong", {}, problem.message),
      h("span.hint", {}, running.length ? "Stop one of these, then start the new one. Its disk is kept." : problem.hint),
      h("div.row", {}, ...stops, h("a.button.ghost.small", { href: "/pages/usage" }, "See your usage")),
    ),
  );
}

async function stopForRoom(button, vm) {
  if (!(await act(button, vm, "stop", vms))) return;
  $("#notice").replaceChildren();
  toast(`${vm.name} is stopping. There will be room in a moment.`);
}

async function showTemplates() {
  const box = $("#gallery");
  try {
    const { body } = await get("/vm/templates");
    box.removeAttribute("aria-busy");
    for (const template of body) {
      if (!templateCards.has(template.name)) templateCards.set(template.name, new TemplateCard(template, create));
      templateCards.get(template.name).update(template);
    }
    arrange(box, body.map((template) => templateCards.get(template.name).element));
    for (const card of cards.values()) card.update(card.vm);
    return pauseAfter(body);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (templateCards.size === 0) box.replaceChildren(problemNotice(error));
    return 0;
  }
}

/** How many looks may be left out: a build moves all the time, what is being frozen now and then, the rest hardly ever. */
function pauseAfter(templates) {
  if (!templates.every((template) => template.ready)) return 0;
  const moves = (what) => !what.instant && what.step;
  return templates.some((template) => moves(template) || (template.shapes || []).some(moves)) ? 1 : 11;
}

ends.push(vms.listen(showVms));

let calm = 0;
ends.push(
  whileSeen(2500, async () => {
    if (calm > 0) {
      calm -= 1;
      return;
    }
    calm = await showTemplates();
  }),
  whileSeen(1000 * 20, () => {
    for (const card of cards.values()) card.tick();
  }),
);

renewBeforeDownloads();
startWhose();
get(team ? `/teams/${team}` : "/auth/me").then(
  ({ body }) => {
    me = body;
    summarize();
  },
  () => {},
);

// The console's parts are fetched while somebody still chooses: the click then opens it sooner.
const idle = window.requestIdleCallback || ((work) => setTimeout(work, 1500));
idle(prepare);

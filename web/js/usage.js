// The usage page: each quota as a bar, and what was used day by day.

import { Problem, apiUrl, get, team } from "./api.js";
import { $, h, meter, problemNotice, say, whileSeen } from "./dom.js";
import { renewBeforeDownloads } from "./downloads.js";
import { startStatement } from "./statement.js";
import { startWhose } from "./whose.js";
import { bytes, duration, mebibytes, utcDay } from "./words.js";

const plain = (count) => String(count);
const KNOWN = {
  runningVms: ["Running desktops", plain],
  vcpus: ["Processors", plain],
  memoryMiB: ["Memory", mebibytes],
  diskBytes: ["Disk", bytes],
  snapshots: ["Snapshots", plain],
  uploadFiles: ["Files", plain],
  uploadBytes: ["Room for files", bytes],
  consoles: ["Open consoles", plain],
};

function quota(name, limit, used) {
  const [label, words] = KNOWN[name] || [name, plain];
  const part = limit > 0 ? used / limit : 0;
  const bar = meter(part, label);
  if (part >= 1) bar.dataset.tone = "bad";
  else if (part >= 0.8) bar.dataset.tone = "warm";
  bar.setAttribute("aria-valuetext", `${words(used)} of ${words(limit)}`);
  return h(
    "div.quota",
    { "data-quota": name },
    h("div.line", {}, h("h3", {}, label), h("span.of", {}, h("strong", {}, words(used)), ` of ${words(limit)}`)),
    bar,
  );
}

async function load() {
  try {
    const { body: me } = await get(team ? `/teams/${team}` : "/auth/me");
    const rows = Object.entries(me.quota).filter(([, limit]) => typeof limit === "number");
    $("#quotas").removeAttribute("aria-busy");
    $("#quotas").replaceChildren(...rows.map(([name, limit]) => quota(name, limit, me.usage?.[name] ?? 0)));
    $("#problem").replaceChildren();
    say($("#note"), "Stopped desktops keep their disk and count for nothing else. Need more? Ask whoever runs this Oriel.");
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    $("#problem").replaceChildren(problemNotice(error));
  }
}

const hours = (count) => `${Math.round(count * 10) / 10} GiB h`;
const spent = (seconds) => (seconds ? duration(seconds * 1000) : "");

function usedDay(it) {
  return h("tr", {}, h("td", {}, utcDay(it.day)), h("td.number", {}, spent(it.runningSeconds)), h("td.number", {}, spent(it.vcpuSeconds)), h("td.number", {}, hours(it.memoryGiBHours)), h("td.number", {}, hours(it.diskGiBHours)));
}

async function history() {
  try {
    const { body } = await get("/usage");
    const sum = (label, text) => h("div.quota", {}, h("span.faint", {}, label), h("strong", {}, text));
    $("#sums").replaceChildren(
      sum("Desktops ran", spent(body.total.runningSeconds) || "not at all"),
      sum("Processor time", spent(body.total.vcpuSeconds) || "none"),
      sum("Memory", hours(body.total.memoryGiBHours)),
      sum("Disk", hours(body.total.diskGiBHours)),
    );
    const used = body.days.filter((it) => it.runningSeconds || it.diskGiBHours).reverse();
    const heads = ["Day", "Desktops ran", "Processor time", "Memory", "Disk"].map((text, index) => h(index ? "th.number" : "th", { scope: "col" }, text));
    $("#days").removeAttribute("aria-busy");
    $("#days").replaceChildren(
      used.length
        ? h("div.table-wrap", { tabindex: "0", role: "region", "aria-label": "Usage by day" }, h("table", {}, h("thead", {}, h("tr", {}, heads)), h("tbody", {}, used.map(usedDay))))
        : h("p.faint", {}, "Nothing yet."),
    );
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    $("#days").replaceChildren(problemNotice(error));
  }
}

startWhose();
startStatement();
for (const link of document.querySelectorAll("a[download]")) link.href = apiUrl(link.getAttribute("href").slice("/api".length));
renewBeforeDownloads();
whileSeen(10000, load);
whileSeen(60000, history);

// The statement on the usage page: what a month cost, by the price list, and how much of the budget that is.

import { Problem, apiUrl, get } from "./api.js";
import { $, h, meter, problemNotice } from "./dom.js";

const ITEMS = { processors: "Processors", memory: "Memory", suspended: "Suspended desktops", disk: "Disk", uploads: "Uploads" };
const AFTERWARDS = { warn: "Nothing happens when it is spent.", suspend: "When it is spent, desktops are suspended.", stop: "When it is spent, desktops are stopped." };
const MONTHS = 12;

const money = (amount, currency) => `${Number(amount).toFixed(2)} ${currency}`;

function months() {
  const now = new Date();
  return Array.from({ length: MONTHS }, (_, back) => {
    const first = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1));
    return h("option", { value: first.toISOString().slice(0, 7) }, first.toLocaleDateString("en-GB", { month: "long", year: "numeric", timeZone: "UTC" }));
  });
}

function table({ lines, total, currency, complete }) {
  const heads = ["", "Used", "Price", "Amount"].map((text, index) => h(index ? "th.number" : "th", { scope: "col" }, text || h("span.visually-hidden", {}, "Item")));
  const rows = lines.map((line) =>
    h("tr", {}, h("td", {}, ITEMS[line.item] || line.item), h("td.number", {}, `${Math.round(line.quantity * 100) / 100} ${line.unit}`), h("td.number", {}, String(line.unitPrice)), h("td.number", {}, money(line.amount, currency))),
  );
  const sum = h("tr", {}, h("td", { colspan: 3 }, complete ? "Total" : "So far"), h("td.number", { "data-testid": "total" }, money(total, currency)));
  return h("div.table-wrap", { tabindex: "0", role: "region", "aria-label": "Items of the statement" }, h("table", {}, h("thead", {}, h("tr", {}, heads)), h("tbody", {}, rows), h("tfoot", {}, sum)));
}

function budget({ budget: it, total, currency, complete }) {
  if (!it || complete) return [];
  const part = it.amount > 0 ? total / it.amount : 1;
  const bar = meter(part, "Budget");
  if (part >= 1) bar.dataset.tone = "bad";
  else if (part >= 0.8) bar.dataset.tone = "warm";
  return [
    h("div.quota", { "data-testid": "budget" }, h("div.line", {}, h("h3", {}, "Budget of this month"), h("span.of", {}, h("strong", {}, money(total, currency)), ` of ${money(it.amount, currency)}`)), bar),
    h("p.faint", {}, it.spent ? "It is spent. Ask whoever runs this Oriel for more." : AFTERWARDS[it.action]),
  ];
}

async function load() {
  const month = $("#month").value;
  $("[data-testid=statement-csv]").href = apiUrl(`/usage/statement/csv?month=${month}`);
  try {
    const { body } = await get(`/usage/statement?month=${month}`);
    $("#statement").removeAttribute("aria-busy");
    const free = body.lines.every((line) => Number(line.unitPrice) === 0);
    $("#statement").replaceChildren(table(body), ...(free ? [h("p.faint", {}, "No prices are set here: nothing is charged.")] : []));
    $("#budget").replaceChildren(...budget(body));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    $("#statement").replaceChildren(problemNotice(error));
  }
}

/** Fills the section and keeps it. */
export function startStatement() {
  $("#month").replaceChildren(...months());
  $("#month").addEventListener("change", load);
  load();
}

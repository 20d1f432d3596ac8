// From the gallery to the screen without a new page: the console's document, its styles and its scripts are here before
// somebody clicks, so that the click only waits for the desktop. Whatever is missing, the address is opened as a page.

import { team } from "./api.js";

/** The console of no VM: the page is the same for all, but for this id. */
const SHELL = "/pages/console/00000000-0000-0000-0000-000000000000";

let shell = null;

/** Fetches what the console is made of. */
export function prepare() {
  shell ??= Promise.all([page(), import("./console.js")]).catch(() => null);
}

async function page() {
  const answer = await fetch(SHELL, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) throw new Error("no console page");
  const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
  const here = new Set([...document.head.querySelectorAll("link[rel=stylesheet]")].map((link) => link.getAttribute("href")));
  const sheets = [...parsed.head.querySelectorAll("link[rel=stylesheet]")].map((link) => link.getAttribute("href"));
  const fresh = sheets.filter((href) => !here.has(href)).map(styleSheet);
  await Promise.all(fresh.map((link) => new Promise((resolve, reject) => Object.assign(link, { onload: resolve, onerror: reject }))));
  return { parsed, sheets: new Set(sheets), fresh };
}

/** A style sheet that is there and counts for nothing yet. */
function styleSheet(href) {
  const link = document.createElement("link");
  Object.assign(link, { rel: "stylesheet", media: "not all" });
  link.setAttribute("href", href);
  document.head.append(link);
  return link;
}

/** Makes this document the console of `vm`, as the answer to its making tells it; calls `leave` before. */
export async function enter(vm, leave) {
  const address = `/pages/console/${vm.id}`;
  const [ready, scripts] = (team ? null : await Promise.race([shell, soon()])) || [];
  if (!ready) {
    location.assign(address);
    await new Promise((resolve) => addEventListener("pageshow", resolve, { once: true }));
    return;
  }
  leave();
  history.pushState(null, "", address);
  // The way back is a page of its own again.
  addEventListener("popstate", () => location.reload());
  const body = document.adoptNode(ready.parsed.body);
  body.querySelector("#console").dataset.vm = vm.id;
  document.documentElement.dataset.page = "console";
  for (const link of document.head.querySelectorAll("link[rel=stylesheet]")) if (!ready.sheets.has(link.getAttribute("href"))) link.remove();
  for (const link of ready.fresh) link.media = "all";
  for (const name of ["color-scheme", "theme-color"]) {
    document.head.querySelectorAll(`meta[name=${name}]`).forEach((meta) => meta.remove());
    document.head.append(...ready.parsed.head.querySelectorAll(`meta[name=${name}]`));
  }
  document.body.replaceWith(body);
  scripts.startConsole(vm);
}

/** What has not come by now is not waited for. */
const soon = () => new Promise((resolve) => setTimeout(resolve, 50, null));

// Small tools for building pages: elements, icons, announcements, dialogs. No framework.

import { Problem } from "./api.js";

const SVG = "http://www.w3.org/2000/svg";
const sprite = new URL("../img/icons.svg", import.meta.url).pathname;

export const $ = (selector, root = document) => root.querySelector(selector);

/**
 * An element: `h("button.small", {type: "button", onclick, "data-x": 1}, child, …)`. Text is always text, never markup.
 */
export function h(selector, attributes = {}, ...children) {
  const [tag, ...classes] = selector.split(".");
  const element = document.createElement(tag || "div");
  if (classes.length) element.className = classes.join(" ");
  set(element, attributes);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Sets attributes: functions become listeners, `false`/`null` removes, `true` is an empty attribute. */
export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on") && typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === false || value === null || value === undefined) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? "" : value);
  }
  return element;
}

/** Changes the text only when it differs: screen readers and selections stay undisturbed. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${sprite}#${name}`);
  svg.append(use);
  return svg;
}

/** The address of a file under img/. */
export const image = (name) => new URL(`../img/${name}`, import.meta.url).pathname;

/** A meter from 0 to 1; with `null`, one that only says "at work". */
export function meter(part, label) {
  const bar = h("div.meter", { role: "progressbar", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": 100 }, h("span"));
  fill(bar, part);
  return bar;
}

export function fill(bar, part) {
  bar.classList.toggle("unknown", part === null);
  if (part === null) {
    bar.removeAttribute("aria-valuenow");
    bar.firstChild.style.removeProperty("--part");
    return;
  }
  const bounded = Math.min(1, Math.max(0, part));
  bar.setAttribute("aria-valuenow", Math.round(bounded * 100));
  bar.firstChild.style.setProperty("--part", bounded);
}

/** Over a dialog nothing else of the page can be seen, clicked or heard: what is told comes along into the topmost. */
function placeToasts() {
  const box = $("#toasts");
  const place = [...document.querySelectorAll("dialog[open]")].at(-1) || document.body;
  if (box.parentElement !== place) place.append(box);
  return box;
}

// Before whoever made the dialog takes it away.
document.addEventListener("close", placeToasts, true);

/** Tells everybody, also by screen reader, in a line that goes by itself. */
export function toast(text, tone = "") {
  const box = placeToasts();
  const line = h("div.toast", {}, text);
  if (tone) line.classList.add(tone);
  // It may lie over what one wants to press.
  line.addEventListener("click", () => line.remove());
  box.append(line);
  while (box.children.length > 3) box.firstChild.remove();
  setTimeout(() => line.remove(), tone === "bad" ? 9000 : 5000);
}

/** A box for a failure: what happened, and what to do. */
export function problemNotice(problem, ...actions) {
  const hint = problem.hint && problem.hint !== problem.message ? h("span.hint", {}, problem.hint) : null;
  const id = problem.status >= 500 && problem.requestId ? h("span.hint", {}, ` Request ${problem.requestId}.`) : null;
  const row = actions.length ? h("div.row", {}, ...actions) : null;
  return h(
    "div.notice.bad",
    { role: "alert" },
    icon("warning"),
    h("div.grow", {}, h("strong", {}, problem.message), hint, id, row),
  );
}

/** Shows `error` as a line that goes by itself; anything that is no Problem is a bug and is thrown on. */
export function toastProblem(error) {
  if (!(error instanceof Problem)) throw error;
  toast(error.hint ? `${error.message} ${error.hint}` : error.message, "bad");
}

/** Runs `work` with the button busy, once at a time. */
export async function busy(button, label, work) {
  if (button.getAttribute("aria-busy") === "true") return undefined;
  const before = [...button.childNodes];
  set(button, { "aria-busy": "true", "aria-disabled": "true" });
  button.replaceChildren(h("span.spinner", { "aria-hidden": "true" }), label ? h("span", {}, label) : "");
  try {
    return await work();
  } finally {
    set(button, { "aria-busy": null, "aria-disabled": null });
    button.replaceChildren(...before);
  }
}

/** Enter in a field of a dialog means yes, whichever button stands first; in a text of several lines it is a new line. */
export function enterMeansYes(form) {
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || event.target.tagName !== "INPUT") return;
    event.preventDefault();
    form.requestSubmit($("[value=yes]", form));
  });
}

/**
 * The answer yes of a form in `dialog` is sent by `work` before the dialog closes: what is refused can be mended where it
 * was entered. `work` answers whether that is done.
 */
export function sendBeforeClosing(dialog, form, work) {
  form.addEventListener("submit", async (event) => {
    if (event.submitter?.value !== "yes") return;
    event.preventDefault();
    if (await busy(event.submitter, "", work)) dialog.close("yes");
  });
}

const OPERABLE = "a[href], button, input, select, textarea, summary, [tabindex]";
const nameOf = (element) => element.getAttribute("aria-label") || element.textContent;

/** Runs `work`, which fills `box` anew: the focus stays with what does the same as before, or goes to what stands there now. */
export function refill(box, work) {
  const held = box.contains(document.activeElement) ? document.activeElement : null;
  const name = held && nameOf(held);
  const before = held ? [...box.querySelectorAll(OPERABLE)] : [];
  const place = before.indexOf(held);
  const alike = before.slice(0, place).filter((one) => nameOf(one) === name).length;
  work();
  if (!held || document.activeElement === held) return;
  const now = [...box.querySelectorAll(OPERABLE)];
  const next = now.filter((one) => nameOf(one) === name)[alike] || now[Math.min(place, now.length - 1)];
  if (next) return next.focus();
  set(box, { tabindex: "-1" });
  box.focus();
}

/** Puts `children` in the place of what `box` holds. One that looks as before stays: what it acts on has to show in it. */
export const renew = (box, ...children) => refill(box, () => arrange(box, unchanged(box, children)));

function unchanged(box, children) {
  const old = [...box.children];
  return children.flat().map((child) => {
    const same = old.findIndex((one) => one.isEqualNode(child));
    return same < 0 ? child : old.splice(same, 1)[0];
  });
}

/** Puts the children in order, moving only those that are out of place: focus and pictures stay. */
export function arrange(box, wanted) {
  for (const child of [...box.children]) if (!wanted.includes(child)) child.remove();
  wanted.forEach((element, index) => {
    if (box.children[index] !== element) box.insertBefore(element, box.children[index] || null);
  });
}

/** Asks before something that cannot be undone. Answers whether to go on. */
export function confirm({ title, text, yes, no = "Cancel", danger = true }) {
  return new Promise((resolve) => {
    const go = h(`button.button${danger ? ".danger" : ""}`, { type: "submit", value: "yes", "data-testid": "confirm" }, yes);
    const form = h(
      "form",
      { method: "dialog" },
      h("h2", { id: "ask-title" }, title),
      h("p.muted", { id: "ask-text" }, text),
      h("div.row.end", {}, h("button.button.plain", { type: "submit", value: "no", autofocus: true }, no), go),
    );
    const dialog = h("dialog.sheet", { "aria-labelledby": "ask-title", "aria-describedby": "ask-text" }, form);
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Opens or closes a panel of the page. The focus goes in with it, and from inside of it back to its button. */
export function togglePanel(panel, button, first = panel) {
  const inside = panel.contains(document.activeElement);
  // They share one place.
  for (const other of document.querySelectorAll(".clip:not([hidden])")) {
    if (other === panel) continue;
    other.hidden = true;
    set($(`[aria-controls=${other.id}]`), { "aria-expanded": "false" });
  }
  panel.hidden = !panel.hidden;
  set(button, { "aria-expanded": String(!panel.hidden) });
  if (!panel.hidden) first.focus();
  else if (inside) button.focus();
}

/** Runs `work` every `milliseconds` while the page is seen; at once when it is seen again. Answers a stop function. */
export function whileSeen(milliseconds, work) {
  let timer = 0;
  let ended = false;
  const tick = () => {
    clearTimeout(timer);
    if (document.hidden) return;
    Promise.resolve(work()).finally(() => {
      clearTimeout(timer);
      if (!ended) timer = setTimeout(tick, milliseconds);
    });
  };
  document.addEventListener("visibilitychange", tick);
  tick();
  return () => {
    ended = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", tick);
  };
}

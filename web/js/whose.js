// Whose desktops and files a page shows: one's own or a team's. Only members of teams ever see the choice.

import { Problem, get, team } from "./api.js";
import { $, h } from "./dom.js";

const PLACES = /^\/pages\/(desktops|files|usage)$/;

/** Puts the choice into the page's head, and keeps it in the links to the other pages. */
export async function startWhose() {
  let teams;
  try {
    ({ body: teams } = await get("/teams"));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return;
  }
  if (teams.length === 0) return;
  const select = h("select.input.slim", { id: "whose", "aria-label": "Whose desktops and files", "data-testid": "whose" });
  select.append(h("option", { value: "", selected: !team }, "Mine"));
  for (const it of teams) select.append(h("option", { value: it.id, selected: it.id === team }, it.name));
  select.addEventListener("change", () => location.assign(select.value ? `?team=${select.value}` : location.pathname));
  $(".page-head").append(select);
  if (!team) return;
  const chosen = teams.find((it) => it.id === team);
  if (chosen) document.documentElement.dataset.teamRole = chosen.role;
  for (const link of document.querySelectorAll("a[href]")) {
    if (PLACES.test(link.getAttribute("href"))) link.search = `?team=${team}`;
  }
}

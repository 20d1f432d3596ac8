// Downloads: the browser fetches them by itself, so a login that ran out meanwhile would fail them. It is renewed first.

import { Problem, get } from "./api.js";
import { h, toastProblem } from "./dom.js";

/** From now on, for all links of this page to files of the API. */
export function renewBeforeDownloads() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[download][href^='/api/']");
    if (!link || event.defaultPrevented) return;
    event.preventDefault();
    fetchBy(link);
  });
}

async function fetchBy({ href, download }) {
  try {
    await get("/auth/me");
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return toastProblem(error);
  }
  // In no document: its click is not heard above.
  return h("a", { href, download }).click();
}

// Where to go next. Pure: tested without a browser.

/**
 * The place `wanted` names, if it is one of this site's pages; else the desktops. An address like `//evil.example`,
 * `/\evil.example` or `javascript:` is what a phishing link would ask for.
 */
export function safeNext(wanted, origin) {
  const home = "/pages/desktops";
  if (typeof wanted !== "string" || !/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(wanted)) return home;
  let url;
  try {
    url = new URL(wanted, origin);
  } catch {
    return home;
  }
  if (url.origin !== origin || !url.pathname.startsWith("/pages/")) return home;
  if (/^\/pages\/(login|register)\b/.test(url.pathname)) return home;
  return url.pathname + url.search + url.hash;
}

/** How many attempts are made in quick succession before a server counts as away for longer. */
const QUICK_ATTEMPTS = 30;

/**
 * Milliseconds before reconnect number `attempt` (from 0): 200 ms at first, soon a second, five when the server stays
 * away; with jitter, so that the pages of a restarted gateway do not all come at the same moment.
 */
export function backoff(attempt, random = Math.random()) {
  const cap = attempt < QUICK_ATTEMPTS ? 1000 : 5000;
  const plain = Math.min(cap, 200 * 2 ** Math.min(attempt, 10));
  return Math.round(plain * (0.5 + random * 0.5));
}

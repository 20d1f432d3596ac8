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

/** Milliseconds before reconnect number `attempt` (from 0): quick at first, never above `cap`, with some jitter. */
export function backoff(attempt, random = Math.random(), cap = 4000) {
  const plain = Math.min(cap, 250 * 2 ** Math.min(attempt, 10));
  return Math.round(plain * (0.75 + random * 0.25));
}

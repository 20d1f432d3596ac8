// Talks to Oriel's API from its own pages: same-origin cookies, JSON, problem+json as errors. A 401 is answered once
// by refreshing the login; when that fails too, the person is sent to the login page and comes back afterwards.

const base = document.documentElement.dataset.api || "/api";

/** A failed request, in words for people: `message` is what happened, `hint` what to do about it. */
export class Problem extends Error {
  constructor(body, status, retryAfter) {
    super(body.detail || body.title || "Something went wrong.");
    this.name = "Problem";
    this.status = status;
    this.code = body.code || "";
    this.title = body.title || "";
    this.hint = hintOf(body.hint || "", retryAfter);
    this.errors = Array.isArray(body.errors) ? body.errors : [];
    this.requestId = body.requestId || "";
    this.state = body.state;
    this.allowed = body.allowed;
    /** Seconds to wait, 0 when the server did not say. */
    this.retryAfter = retryAfter;
  }

  /** Whether the server was never reached, or somebody in between answered for it. */
  get unreachable() {
    return this.status === 0 || this.code === "";
  }
}

/** Some hints are for programs: they name headers, members of the answer or the API's documentation. */
export function hintOf(hint, retryAfter) {
  if (/Retry-After/.test(hint)) return retryAfter ? `Try again in ${retryAfter} s.` : "Try again in a moment.";
  return /'\w+'|\/docs|GET |Key|header/.test(hint) ? "" : hint;
}

/** The team whose desktops and files this page shows; empty: one's own. */
export const team = /^[0-9a-f-]{36}$/.exec(new URLSearchParams(location.search).get("team") || "")?.[0] || "";

/** What can belong to a team. */
const OF_TEAMS = /^\/(vm|post|usage|webhooks)(?![a-z])/;

/** The absolute address of an API path. */
export function apiUrl(path) {
  if (!team || !OF_TEAMS.test(path) || path.includes("team=")) return base + path;
  return `${base}${path}${path.includes("?") ? "&" : "?"}team=${team}`;
}

/** GET, answering the parsed body. */
export const get = (path, options) => request("GET", path, undefined, options);
export const post = (path, body, options) => request("POST", path, body, options);
export const patch = (path, body, options) => request("PATCH", path, body, options);
export const del = (path, options) => request("DELETE", path, undefined, options);

/**
 * One request. Answers `{status, body, headers}`.
 * Options: `headers`, `signal`, `timeout` (ms, default 30 s), `raw` (answer the Response itself), `anonymous` (a 401 is
 * an answer, not a reason to refresh).
 */
export async function request(method, path, body, options = {}) {
  let response = await attempt(method, path, body, options);
  if (response.status === 401 && !options.anonymous) {
    // A wrong password or a missing code is no missing login: POST /auth/password answers so.
    const problem = await problemOf(response.clone());
    if (problem.code === "bad-credentials" || problem.code === "second-factor-required") throw problem;
    if (await refresh()) response = await attempt(method, path, body, options);
    if (response.status === 401) return toLogin();
  }
  if (!response.ok) throw await problemOf(response);
  if (options.raw) return response;
  return { status: response.status, body: await bodyOf(response), headers: response.headers };
}

async function attempt(method, path, body, options) {
  // Asked for plain JSON, a login's answer would also hold its token: nothing that a script should ever see.
  const accept = path.startsWith("/auth/") && method === "POST" ? "application/problem+json, */*;q=0.5" : "application/json";
  const headers = { Accept: accept, ...options.headers };
  const init = { method, headers, credentials: "same-origin", cache: "no-store", redirect: "error" };
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(body);
  }
  const limit = AbortSignal.timeout(options.timeout || 30000);
  init.signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit;
  try {
    return await fetch(apiUrl(path), init);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw unreachable(error);
  }
}

function unreachable(error) {
  const late = error.name === "TimeoutError";
  const detail = late ? "The server took too long to answer." : "The server cannot be reached.";
  return new Problem({ detail, hint: "Check your connection; nothing you entered is lost." }, 0, 0);
}

async function bodyOf(response) {
  const type = response.headers.get("Content-Type") || "";
  if (response.status === 204 || !type.includes("json")) return null;
  return response.json();
}

async function problemOf(response) {
  let body = {};
  try {
    body = (await bodyOf(response)) || {};
  } catch {
    // A body that is no JSON comes from a proxy in between: the status has to do.
  }
  if (!body.title && !body.detail) body = { detail: plain(response.status), hint: "Try again in a moment." };
  return new Problem(body, response.status, Number(response.headers.get("Retry-After")) || 0);
}

function plain(status) {
  if (status === 413) return "That is larger than the server accepts.";
  if (status === 429) return "Too many requests at once.";
  if (status >= 500) return "Oriel is restarting or overloaded.";
  return `The server refused this (${status}).`;
}

let refreshing = null;

/** What says that a login has ended, unlike a server that is away. */
const OVER = new Set([400, 401, 403]);

/**
 * Renews the login; true when that worked, false when the login has ended. A server that cannot say so now is a Problem:
 * nobody signs in anew because of a restart. All callers on all tabs share one attempt: refresh tokens work once.
 */
export function refresh() {
  refreshing ||= underLock(async () => {
    const answer = await attempt("POST", "/auth/refresh", undefined, {});
    if (!answer.ok && !OVER.has(answer.status)) throw await problemOf(answer);
    return answer.ok;
  }).finally(() => (refreshing = null));
  return refreshing;
}

const underLock = (work) => (navigator.locks ? navigator.locks.request("oriel-refresh", work) : work());

/** Leaves for the login page, to come back here. Never settles: the page is on its way out. */
export function toLogin() {
  const here = location.pathname + location.search;
  location.assign(`/pages/login?ended&next=${encodeURIComponent(here)}`);
  return new Promise(() => {});
}

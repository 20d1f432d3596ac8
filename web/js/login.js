// The login page. Opened on the way to another page it first tries to renew the login by itself: an access token
// lives for minutes, the login behind it for days.

import { Problem, post, refresh } from "./api.js";
import { $, h, icon, problemNotice, say, set } from "./dom.js";
import { onSubmit, revealPasswords } from "./forms.js";
import { safeNext } from "./paths.js";

const parameters = new URLSearchParams(location.search);
const wanted = parameters.get("next");
const next = safeNext(wanted, location.origin);
const MARK = "oriel-came-back";
const LOOP_WINDOW = 15000;

/** Renewed a moment ago and yet sent here again: renewing does not help (cookies refused, clocks apart). */
function goesInCircles() {
  const before = Number(sessionStorage.getItem(MARK)) || 0;
  return Date.now() - before < LOOP_WINDOW;
}

/** How often a server that does not answer is asked again, and how long between, in ms. */
const TRIES = 12;
const PAUSE = 2500;

/** Whether the login could be renewed. A server that is away is no reason to sign in: it is asked again. */
async function renew() {
  for (let left = TRIES; ; left -= 1) {
    try {
      return await refresh();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (left === 0) {
        $("#problem").replaceChildren(problemNotice(error));
        return false;
      }
      say($("#returning span:last-child"), "Oriel does not answer. Trying again…");
      await new Promise((resolve) => setTimeout(resolve, 1000 * error.retryAfter || PAUSE));
    }
  }
}

async function comeBack() {
  $("#signin").hidden = true;
  const sign = setTimeout(() => ($("#returning").hidden = false), 150);
  const renewed = await renew();
  clearTimeout(sign);
  if (renewed) {
    sessionStorage.setItem(MARK, String(Date.now()));
    location.replace(next);
    return;
  }
  $("#returning").hidden = true;
  $("#signin").hidden = false;
  $("#username").focus();
}

revealPasswords();
if (parameters.has("failed")) {
  $("#problem").replaceChildren(problemNotice(new Problem({ detail: "You could not be signed in there.", hint: "Try again, or ask whoever runs this Oriel." }, 401, 0)));
}
if (parameters.has("ended")) {
  const text = h("div.grow", {}, h("strong", {}, "Your login has ended."), h("span.hint", {}, "Sign in, and you are back where you were."));
  $("#problem").replaceChildren(h("div.notice.warm", { role: "status", "data-testid": "login-ended" }, icon("info"), text));
}
const elsewhere = $("#elsewhere");
if (elsewhere && wanted) elsewhere.search = `?next=${encodeURIComponent(next)}`;
if (wanted) {
  const other = $("#other");
  if (other) other.href = `/pages/register?next=${encodeURIComponent(next)}`;
}
onSubmit($("#login-form"), "Signing in…", async ({ username, password, code }) => {
  try {
    await post("/auth/login", code ? { username, password, code } : { username, password }, { anonymous: true });
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== "second-factor-required") throw error;
    $("#code-field").hidden = false;
    set($("#code"), { required: true });
    $("#code").focus();
    return;
  }
  sessionStorage.removeItem(MARK);
  location.replace(next);
  await new Promise(() => {});
});

if (wanted && !goesInCircles()) comeBack();
else set($("#username"), { autofocus: true }).focus();

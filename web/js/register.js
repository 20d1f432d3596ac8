import { post } from "./api.js";
import { $ } from "./dom.js";
import { onSubmit, revealPasswords } from "./forms.js";
import { safeNext } from "./paths.js";

const wanted = new URLSearchParams(location.search).get("next");
const form = $("#register-form");

if (wanted) $("#other").href = `/pages/login?next=${encodeURIComponent(wanted)}`;
if (form) {
  revealPasswords();
  $("#username").focus();
  // Behind the # the code stays in the browser: no server's log has it.
  const code = new URLSearchParams(location.hash.slice(1)).get("invitation");
  if (code && $("#invitation")) $("#invitation").value = code;
  onSubmit(form, "Creating your account…", async ({ username, password, email, invitation }) => {
    const account = { username, password };
    if (email) account.email = email;
    if (invitation) account.invitation = invitation;
    await post("/auth/register", account, { anonymous: true });
    location.replace(safeNext(wanted, location.origin));
    await new Promise(() => {});
  });
}

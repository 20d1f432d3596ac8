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
  onSubmit(form, "Creating your account…", async ({ username, password, email }) => {
    const account = email ? { username, password, email } : { username, password };
    await post("/auth/register", account, { anonymous: true });
    location.replace(safeNext(wanted, location.origin));
    await new Promise(() => {});
  });
}

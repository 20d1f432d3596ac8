// The account page: who one is, a new password, signing out, where one is signed in, API tokens.

import { Problem, get, post } from "./api.js";
import { $, busy, h, toast, toastProblem } from "./dom.js";
import { onSubmit, revealPasswords, wrong } from "./forms.js";
import { startSecondFactor } from "./second-factor.js";
import { startElsewhere } from "./elsewhere.js";
import { startLogins } from "./logins.js";
import { startTeams } from "./teams.js";
import { startTokens } from "./tokens.js";

const ROLES = { user: "User", operator: "Operator", admin: "Administrator" };

get("/auth/me").then(
  ({ body: me }) =>
    $("#me").replaceChildren(
      ...[["User name", me.username], ["Role", ROLES[me.role] || me.role], ["Id", me.id]].flatMap(([term, value]) => [h("dt", {}, term), h("dd", {}, value)]),
    ),
  () => {},
);

startSecondFactor();
startElsewhere();
const logins = startLogins();
const tokens = startTokens();
startTeams(false);

revealPasswords();
const form = $("#password-form");
onSubmit(
  form,
  "Changing…",
  async ({ current, fresh, revokeTokens }) => {
    try {
      await post("/auth/password", { currentPassword: current, newPassword: fresh, revokeTokens: revokeTokens === "yes" });
    } catch (error) {
      if (error instanceof Problem && error.code === "bad-credentials") {
        wrong($("#current"), "This is not your current password.");
        $("#current").focus();
        return;
      }
      throw error;
    }
    form.reset();
    logins.load();
    tokens.load();
    toast("Your password is changed. Other devices are signed out.");
  },
  { currentPassword: "current", newPassword: "fresh" },
);

$("#logout").addEventListener("click", (event) =>
  busy(event.currentTarget, "Signing out…", async () => {
    try {
      await post("/auth/logout", undefined, { anonymous: true });
    } catch (error) {
      // Not signed in any more is what was wanted.
      if (!(error instanceof Problem) || error.status !== 401) return toastProblem(error);
    }
    location.replace("/pages/login");
    return new Promise(() => {});
  }),
);

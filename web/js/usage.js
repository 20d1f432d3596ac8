// The usage page: each quota as a bar.

import { Problem, get } from "./api.js";
import { $, h, meter, problemNotice, say, whileSeen } from "./dom.js";
import { bytes, mebibytes } from "./words.js";

const plain = (count) => String(count);
const KNOWN = {
  runningVms: ["Running desktops", plain],
  vcpus: ["Processors", plain],
  memoryMiB: ["Memory", mebibytes],
  diskBytes: ["Disk", bytes],
};

function quota(name, limit, used) {
  const [label, words] = KNOWN[name] || [name, plain];
  const part = limit > 0 ? used / limit : 0;
  const bar = meter(part, label);
  if (part >= 1) bar.dataset.tone = "bad";
  else if (part >= 0.8) bar.dataset.tone = "warm";
  bar.setAttribute("aria-valuetext", `${words(used)} of ${words(limit)}`);
  return h(
    "div.quota",
    { "data-quota": name },
    h("div.line", {}, h("h3", {}, label), h("span.of", {}, h("strong", {}, words(used)), ` of ${words(limit)}`)),
    bar,
  );
}

async function load() {
  try {
    const { body: me } = await get("/auth/me");
    const rows = Object.entries(me.quota).filter(([, limit]) => typeof limit === "number");
    $("#quotas").removeAttribute("aria-busy");
    $("#quotas").replaceChildren(...rows.map(([name, limit]) => quota(name, limit, me.usage?.[name] ?? 0)));
    $("#problem").replaceChildren();
    say($("#note"), "Stopped desktops keep their disk and count for nothing else. Need more? Ask whoever runs this Oriel.");
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    $("#problem").replaceChildren(problemNotice(error));
  }
}

whileSeen(10000, load);

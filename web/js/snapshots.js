// The snapshots of one VM in a sheet: a tree, with restore, delete, and a new desktop from one.

import { Problem, apiUrl, del, get, post } from "./api.js";
import { busy, confirm, h, icon, problemNotice, refill, toast, toastProblem } from "./dom.js";
import { makeTemplate } from "./make-template.js";
import { asTree } from "./tree.js";
import { ago, bytes } from "./words.js";

/** Opens the sheet; `vms` is the page's list of VMs. */
export function openSnapshots(vm, vms) {
  const list = h("div.snapshots", { "aria-live": "polite" }, h("div.skeleton"));
  const take = h("button.button.small", { type: "button", "data-testid": "snapshot-take" }, icon("camera"), "Take a snapshot");
  const live = h("input", { type: "checkbox", "data-testid": "snapshot-live" });
  const withMemory = vm.state === "running" ? h("label.row.faint", { title: "Going back to it, the desktop goes on from that very moment" }, live, "with what it remembers") : null;
  const done = h("button.button.plain.small", { type: "button", "data-testid": "snapshots-close" }, "Close");
  const sheet = h(
    "dialog.sheet",
    { "aria-labelledby": "snapshots-title", "data-testid": "snapshots" },
    h("h2", { id: "snapshots-title" }, `Snapshots of ${vm.name}`),
    h("p.muted", {}, "Kept points of its disk. Going back to one gives up what was written since."),
    list,
    h("div.row.end", {}, withMemory, done, take),
  );
  const load = async () => {
    try {
      const { body } = await get(`/vm/${vm.id}/snapshots`);
      const tree = body.length ? h("ul.snapshot-tree", {}, asTree(body).map((one) => row(one, { vm, vms, load, sheet }))) : h("p.faint", {}, "None yet.");
      refill(list, () => list.replaceChildren(tree));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      list.replaceChildren(problemNotice(error));
    }
  };
  take.addEventListener("click", () =>
    busy(take, "Taking…", async () => {
      try {
        await post(`/vm/${vm.id}/snapshots`, live.checked ? { live: true } : undefined, { timeout: 60000 });
        await load();
      } catch (error) {
        toastProblem(error);
      }
    }),
  );
  done.addEventListener("click", () => sheet.close());
  sheet.addEventListener("close", () => sheet.remove());
  document.body.append(sheet);
  sheet.showModal();
  return load();
}

function row(snapshot, { vm, vms, load, sheet }) {
  const tool = (name, label, work) => {
    const button = h("button.button.plain.small.icon-only", { type: "button", title: label, "aria-label": `${label}: ${snapshot.name}`, "data-testid": `snapshot-${name}` }, icon({ restore: "back", clone: "play", template: "desktops", delete: "trash" }[name]));
    button.addEventListener("click", async () => {
      const words = QUESTIONS[name]?.(vm, snapshot);
      if (words && !(await confirm(words))) return;
      busy(button, "", async () => {
        try {
          await work(button);
        } catch (error) {
          toastProblem(error);
        }
      });
    });
    return button;
  };
  const path = `/vm/${vm.id}/snapshots/${snapshot.id}`;
  const restore = async () => {
    const { body } = await post(`${path}/restore`, undefined, { headers: { Prefer: "wait=5" }, timeout: 60000 });
    vms.put(body);
    toast(`${vm.name} is back at ${snapshot.name}.`);
    await load();
  };
  const clone = async () => {
    const { body } = await post("/vm", { snapshot: snapshot.id }, { headers: { Prefer: "wait=0" }, timeout: 60000 });
    vms.put(body);
    toast(`${body.name} is being made from ${snapshot.name}.`);
    sheet.close();
  };
  const remove = async () => {
    await del(path, { timeout: 60000 });
    await load();
  };
  const publish = (button) => makeTemplate({ of: vm.name, source: { snapshot: snapshot.id }, memoryMiB: vm.memoryMiB }, button);
  const download = h("a.button.plain.small.icon-only", { href: apiUrl(`${path}/content`), download: "", title: "Download its disk", "aria-label": `Download its disk: ${snapshot.name}`, "data-testid": "snapshot-download" }, icon("download"));
  const about = [bytes(snapshot.size), ago(snapshot.createdAt)];
  if (snapshot.live) about.push("a moment: it goes on from there");
  const item = h(
    "li",
    { "data-testid": "snapshot", "data-snapshot": snapshot.id, "data-current": snapshot.current },
    h("div.about", {}, h("div.name", {}, snapshot.name, snapshot.current ? h("span.badge", { title: "The disk has gone on from here" }, "Here") : null), h("div.faint", {}, about.join(" · "))),
    h("div.row", {}, tool("restore", "Go back to it", restore), tool("clone", "New desktop from it", clone), tool("template", "Make a template of it", publish), download, tool("delete", "Delete", remove)),
  );
  item.style.setProperty("--depth", snapshot.depth);
  return item;
}

const QUESTIONS = {
  restore: (vm, snapshot) => ({
    title: `Go back to ${snapshot.name}?`,
    text: `What was written to the disk of ${vm.name} since is gone, unless a later snapshot has it. A desktop that runs is cut off and started again.`,
    yes: "Go back", no: "Stay here",
  }),
  delete: (vm, snapshot) => ({
    title: `Delete ${snapshot.name}?`,
    text: `The disk of ${vm.name} stays as it is; this point cannot be gone back to any more.`,
    yes: "Delete it", no: "Keep it",
  }),
};

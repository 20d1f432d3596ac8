// The files page: uploads with progress, the list, and starting a machine from an ISO.

import { Problem, apiUrl, del, get, post, refresh, request, toLogin } from "./api.js";
import { $, busy, confirm, fill, h, icon, meter, problemNotice, refill, say, toast, toastProblem } from "./dom.js";
import { ask, makeTemplate } from "./make-template.js";
import { ago, bytes } from "./words.js";
import { renewBeforeDownloads } from "./downloads.js";
import { startWhose } from "./whose.js";

const list = $("#files");
const MAX_AT_ONCE = 2;
const waiting = [];
let active = 0;

async function load() {
  try {
    const { body } = await get("/post");
    list.removeAttribute("aria-busy");
    $("#problem").replaceChildren();
    refill(list, () => show(body));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    list.replaceChildren();
    $("#problem").replaceChildren(problemNotice(error));
  }
}

function show(files) {
  const total = files.reduce((sum, file) => sum + file.size, 0);
  say($("#files-sum"), files.length ? `${files.length} file${files.length === 1 ? "" : "s"}, ${bytes(total)}` : "");
  if (files.length === 0) {
    list.replaceChildren(h("div.empty", {}, icon("disc"), h("h3", {}, "Nothing here yet"), h("p", {}, "Upload an ISO image, and one click starts a machine from it.")));
    return;
  }
  list.replaceChildren(h("ul.file-list", {}, files.map(row)));
}

function row(file) {
  const actions = h("div.row");
  if (file.kind === "iso" && file.state === "ready") {
    const boot = h("button.button.small", { type: "button", "data-testid": "boot-iso", "aria-label": `Start a machine from ${file.name}` }, icon("play"), "Boot this ISO");
    boot.addEventListener("click", () => busy(boot, "Starting…", () => bootIso(file)));
    actions.append(boot);
  }
  if (file.kind === "disk" && file.state === "ready") {
    const make = h("button.button.small", { type: "button", "data-testid": "make-template", "aria-label": `Make a template of ${file.name}` }, icon("desktops"), "Make a template");
    make.addEventListener("click", () => makeTemplate({ of: file.name, source: { upload: file.id } }, make));
    actions.append(make);
  }
  const hand = h("button.button.plain.small.icon-only", { type: "button", "aria-label": `Put ${file.name} into a running machine`, title: "Put into a running machine, as a disc", "data-testid": "hand-in" }, icon("disc"));
  hand.addEventListener("click", () => busy(hand, "", () => askMachine(file)));
  actions.append(hand);
  actions.append(
    h("a.button.plain.small.icon-only", { href: apiUrl(`/post/${file.id}/content`), download: file.name, "aria-label": `Download ${file.name}`, title: "Download" }, icon("download")),
  );
  const bin = h("button.button.plain.small.icon-only", { type: "button", "aria-label": `Delete ${file.name}`, title: "Delete", "data-testid": "file-delete" }, icon("trash"));
  bin.addEventListener("click", () => remove(file, bin));
  actions.append(bin);
  const state = file.state === "ready" ? "" : file.state === "failed" ? " · unusable" : " · being converted";
  return h(
    "li.file",
    { "data-testid": "file", "data-file": file.id },
    h("span.kind", { title: file.kind }, icon(file.kind === "iso" ? "disc" : file.kind === "disk" ? "disk" : "file")),
    h(
      "div.about",
      {},
      h("div.name", { title: file.name }, file.name),
      h("div.faint", {}, `${bytes(file.size)}${state}${file.createdAt ? ` · ${ago(file.createdAt)}` : ""} · `, h("span.digest", { title: `SHA-256 ${file.sha256}` }, String(file.sha256).slice(0, 12))),
    ),
    actions,
  );
}

async function bootIso(file) {
  try {
    const headers = { Prefer: "wait=10", "Idempotency-Key": crypto.randomUUID() };
    const { body: vm } = await post("/vm", { template: "blank", iso: file.id }, { headers, timeout: 60000 });
    location.assign(`/pages/console/${vm.id}`);
    await new Promise((resolve) => addEventListener("pageshow", resolve, { once: true }));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const more = error.code === "quota-exceeded" ? [h("a.button.plain.small", { href: "/pages/desktops" }, "To your desktops")] : [];
    $("#problem").replaceChildren(problemNotice(error, ...more));
    $("#problem").scrollIntoView({ block: "nearest" });
  }
}

/** Any guest can read a disc: no agent, no network. */
async function askMachine(file) {
  let machines;
  try {
    machines = (await get("/vm")).body.filter((vm) => vm.state === "running");
  } catch (error) {
    toastProblem(error);
    return;
  }
  const content = machines.length
    ? h("ul.file-list", {}, machines.map((vm) => machine(vm, file)))
    : h("p", {}, "None of your machines runs.");
  await ask(`Put ${file.name} into a machine`, content, "");
}

function machine(vm, file) {
  const put = h("button.button.small", { type: "button", "data-testid": `put-into-${vm.name}` }, "Put in");
  const out = h("button.button.plain.small", { type: "button", "aria-label": `Eject the disc of ${vm.name}` }, "Eject");
  const act = (button, words, call, done) =>
    button.addEventListener("click", () =>
      busy(button, words, async () => {
        try {
          await call();
          toast(done);
        } catch (error) {
          toastProblem(error);
        }
      }),
    );
  act(put, "Putting in…", () => request("PUT", `/vm/${vm.id}/disc`, { upload: file.id }, { timeout: 600000 }), `${vm.name} has ${file.name} in its disc drive.`);
  act(out, "Ejecting…", () => del(`/vm/${vm.id}/disc`), `The disc drive of ${vm.name} is empty.`);
  return h("li.file", {}, h("div.about", {}, h("div.name", {}, vm.name)), h("div.row", {}, put, out));
}

async function remove(file, button) {
  if (!(await confirm({ title: `Delete ${file.name}?`, text: "The file is gone for good. Machines made from it keep their own disks.", yes: "Delete it", no: "Keep it" }))) return;
  await busy(button, "", async () => {
    try {
      await del(`/post/${file.id}`);
      toast(`${file.name} is deleted.`);
    } catch (error) {
      toastProblem(error);
    }
  });
  load();
}

/** What a file is taken for: what was chosen, else what its name says. */
function kindOf(file) {
  const chosen = $("input[name=kind]:checked").value;
  if (chosen !== "auto") return chosen;
  if (/\.iso$/i.test(file.name)) return "iso";
  return /\.(qcow2|vmdk|raw|img)$/i.test(file.name) ? "disk" : "file";
}

function take(files) {
  for (const file of files) waiting.push(new Upload(file, kindOf(file)));
  next();
}

function next() {
  while (active < MAX_AT_ONCE && waiting.length) {
    active += 1;
    waiting
      .shift()
      .run()
      .finally(() => {
        active -= 1;
        next();
      });
  }
}

/** Files from here on go in pieces that can be resumed. */
const LARGE = 16 * 1024 * 1024;
const PIECE = 64 * 1024 * 1024;
const TUS = { "Tus-Resumable": "1.0.0" };

const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

/** How much the server has; null when it knows nothing of it. */
async function offsetOf(url) {
  try {
    const answer = await request("HEAD", url.replace(/^\/api/, ""), undefined, { headers: TUS });
    return Number(answer.headers.get("Upload-Offset"));
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}

class Upload {
  #file;
  #kind;
  #request = null;
  #cancelled = false;

  constructor(file, kind) {
    this.#file = file;
    this.#kind = kind;
    this.bar = meter(0, `Uploading ${file.name}`);
    this.words = h("span.faint", {}, "Waiting…");
    this.stop = h("button.button.ghost.small", { type: "button", onclick: () => this.cancel() }, "Cancel");
    this.element = h("div.upload", { "data-testid": "upload" }, h("div.line", {}, h("span.name", {}, file.name), this.stop), this.bar, this.words);
    $("#uploads").append(this.element);
  }

  cancel() {
    this.#cancelled = true;
    this.#request?.abort();
    this.element.remove();
  }

  async run() {
    if (this.#cancelled) return;
    let answer = await this.#send();
    // The login may have run out while somebody chose files.
    if (answer.status === 401) {
      const renewed = await refresh().catch(() => null);
      if (renewed === null) answer = { status: 0, body: null };
      else if (renewed) answer = await this.#send();
    }
    if (this.#cancelled) return;
    if (answer.status === 401) await toLogin();
    if (answer.status === 201) this.#done();
    else this.#failed(answer);
  }

  #send() {
    return this.#file.size > LARGE ? this.#sendInPieces() : this.#sendAtOnce();
  }

  /** By the tus protocol: what was cut off goes on, also after the page was loaded anew. */
  async #sendInPieces() {
    const memory = `oriel-upload:${this.#kind}:${this.#file.size}:${this.#file.lastModified}:${this.#file.name}`;
    try {
      let url = localStorage.getItem(memory);
      let offset = url ? await offsetOf(url) : null;
      if (offset === null) {
        const metadata = `filename ${base64(this.#file.name)},kind ${base64(this.#kind)}`;
        const headers = { ...TUS, "Upload-Length": String(this.#file.size), "Upload-Metadata": metadata };
        url = (await post("/post/tus", undefined, { headers })).headers.get("Location");
        localStorage.setItem(memory, url);
        offset = 0;
      }
      for (let failed = 0; failed < 8 && !this.#cancelled; ) {
        const answer = await this.#piece(url, offset);
        const again = answer.status === 0 || answer.status === 409 || answer.status === 423 || answer.status >= 500;
        if (answer.done || (answer.status !== 204 && !again)) {
          if (answer.status !== 401) localStorage.removeItem(memory);
          return answer.done ? { status: 201, body: null } : answer;
        }
        if (again) {
          failed += 1;
          say(this.words, "The connection was lost. Going on soon…");
          await new Promise((resolve) => setTimeout(resolve, 1000 * failed));
        } else {
          failed = 0;
        }
        offset = await offsetOf(url).catch(() => offset);
        if (offset === null) return { status: 0, body: null };
      }
      return { status: 0, body: null };
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return { status: error.status, body: { detail: error.message, hint: error.hint, code: error.code } };
    }
  }

  #piece(url, offset) {
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      this.#request = request;
      const begin = performance.now();
      request.open("PATCH", url);
      for (const [name, value] of Object.entries(TUS)) request.setRequestHeader(name, value);
      request.setRequestHeader("Upload-Offset", String(offset));
      request.setRequestHeader("Content-Type", "application/offset+octet-stream");
      request.setRequestHeader("Accept", "application/json");
      request.responseType = "json";
      request.upload.onprogress = (event) => this.#progress({ loaded: offset + event.loaded, total: this.#file.size }, performance.now() - begin, event.loaded);
      request.onload = () => resolve({ status: request.status, body: request.response, done: request.getResponseHeader("Oriel-Upload") !== null });
      request.onerror = () => resolve({ status: 0, body: null });
      request.onabort = () => resolve({ status: -1, body: null });
      request.send(this.#file.slice(offset, offset + PIECE));
    });
  }

  #sendAtOnce() {
    const form = new FormData();
    // Fields first: the server reads the form as it comes.
    form.append("kind", this.#kind);
    form.append("file", this.#file, this.#file.name);
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      this.#request = request;
      const begin = performance.now();
      request.open("POST", apiUrl("/post"));
      request.setRequestHeader("Accept", "application/json");
      request.responseType = "json";
      request.upload.onprogress = (event) => this.#progress(event, performance.now() - begin);
      request.onload = () => resolve({ status: request.status, body: request.response });
      request.onerror = () => resolve({ status: 0, body: null });
      request.onabort = () => resolve({ status: -1, body: null });
      request.send(form);
    });
  }

  #progress({ loaded, total }, passed, now = loaded) {
    fill(this.bar, total ? loaded / total : null);
    const speed = passed > 500 ? ` · ${bytes((now / passed) * 1000)}/s` : "";
    say(this.words, loaded >= total ? "Checking the file…" : `${bytes(loaded)} of ${bytes(total)}${speed}`);
  }

  #done() {
    this.element.remove();
    toast(`${this.#file.name} is here.`);
    load();
  }

  #failed({ status, body }) {
    const detail = status === 413 ? "It is larger than this Oriel accepts." : "The connection was lost on the way.";
    const problem = new Problem(body || { detail, hint: "Try again, or choose another file." }, status, 0);
    const again = h("button.button.plain.small", { type: "button" }, "Try again");
    again.addEventListener("click", () => {
      this.element.remove();
      waiting.push(new Upload(this.#file, this.#kind));
      next();
    });
    const close = h("button.button.ghost.small", { type: "button", onclick: () => this.element.remove() }, "Close");
    this.element.replaceChildren(h("span.name", {}, this.#file.name), problemNotice(problem, again, close));
  }
}

const drop = $("#drop");
const pick = $("#pick");
pick.addEventListener("change", () => {
  take(pick.files);
  pick.value = "";
});
let depth = 0;
const holdsFiles = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
addEventListener("dragenter", (event) => {
  if (!holdsFiles(event)) return;
  depth += 1;
  drop.classList.add("over");
});
addEventListener("dragleave", () => {
  depth = Math.max(0, depth - 1);
  if (depth === 0) drop.classList.remove("over");
});
// The whole page takes files: one dropped beside the box would otherwise replace the page.
addEventListener("dragover", (event) => holdsFiles(event) && event.preventDefault());
addEventListener("drop", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  depth = 0;
  drop.classList.remove("over");
  take(event.dataTransfer.files);
});
addEventListener("beforeunload", (event) => {
  if (active > 0) event.preventDefault();
});

load();
renewBeforeDownloads();
startWhose();

// The slim bar above the screen: every button of it, the clipboard panel, and the keys a phone lacks.

import { $, busy, confirm, say, set, toast, togglePanel } from "./dom.js";
import { TouchKeyboard, type } from "./keys.js";
import { wayOut } from "./way-out.js";
import { endOf, stateOf } from "./words.js";

const CHOICES = "oriel-console";

export class Toolbar {
  #root;
  #console;
  #keyboard;
  #vm = null;
  #choices = { fit: true, viewOnly: false, drag: false, touchKeyboard: false };

  constructor(root, console) {
    this.#root = root;
    this.#console = console;
    this.#remember();
    this.#keyboard = new TouchKeyboard($("#touch-text"), () => console.viewer?.rfb, (open) => this.#keyboardShown(open));
    this.#wire();
    this.#softKeys();
    wayOut($("#back"), () => console.viewer?.releaseKeys());
    this.#closeByEscape();
    this.#followViewport();
    this.#showChoices();
    setInterval(() => this.#showEnd(), 10000);
  }

  /** Warns whoever looks that the desktop will be stopped by itself. */
  #showEnd() {
    const text = this.#vm ? endOf(this.#vm) : "";
    const badge = $("#vm-ends");
    say(badge, text);
    badge.hidden = !text;
  }

  get options() {
    return this.#choices;
  }

  show(vm) {
    const { word, tone } = stateOf(vm);
    say($("#vm-name"), vm.name);
    const badge = $("#vm-badge");
    say(badge, word);
    badge.dataset.tone = tone;
    this.#vm = vm;
    this.#showEnd();
    for (const verb of ["stop", "restart", "reset"]) $(`[data-tool=${verb}]`).hidden = !vm.actions?.includes(verb);
  }

  state(state) {
    for (const button of this.#root.querySelectorAll("[data-needs=screen]")) {
      set(button, { disabled: state !== "connected" });
    }
    if (state !== "connected") {
      this.clipping(false);
      // What was held for the next key was held on a connection that is no more.
      this.#keyboard.release();
    }
  }

  clipboardFromGuest(text) {
    $("#clip-text").value = text;
    if ($("#clip").hidden) toast("The desktop copied something: it is in the clipboard panel.");
  }

  clipping(larger) {
    $("[data-tool=drag]").hidden = !larger;
  }

  #wire() {
    const tools = {
      cad: () => this.#console.viewer?.rfb.sendCtrlAltDel(),
      clipboard: () => this.#panel(),
      fit: () => this.#choose({ fit: !this.#choices.fit, drag: false }),
      drag: () => this.#choose({ drag: !this.#choices.drag }),
      view: () => this.#choose({ viewOnly: !this.#choices.viewOnly }),
      shot: () => this.#saveScreenshot(),
      people: () => this.#console.people.toggle(),
      records: () => this.#console.records.toggle(),
      full: () => this.#fullScreen(),
      keyboard: () => this.#keyboard.toggle(),
      stop: (button) => this.#power(button, "stop"),
      restart: (button) => this.#power(button, "restart"),
      reset: (button) => this.#reset(button),
      more: () => this.#menu(!this.#root.classList.contains("menu-open")),
    };
    for (const button of this.#root.querySelectorAll("[data-tool]")) {
      const { tool } = button.dataset;
      // The keyboard's button must not take the focus from the keyboard it is about to close.
      if (tool === "keyboard") button.addEventListener("pointerdown", (event) => event.preventDefault());
      button.addEventListener("click", (event) => {
        tools[tool](button);
        if (tool !== "more") this.#menu(false);
        const opened = button.getAttribute("aria-expanded") === "true";
        if (event.detail > 0 && !opened && !["keyboard", "more", "stop", "restart", "reset"].includes(tool)) this.#console.viewer?.focus();
      });
    }
    $("#clip-send").addEventListener("click", () => this.#sendClipboard());
    $("#clip-type").addEventListener("click", (event) => this.#typeClipboard(event.currentTarget));
    $("#clip-close").addEventListener("click", (event) => {
      this.#panel();
      if (event.detail > 0) this.#console.viewer?.focus();
    });
    document.addEventListener("fullscreenchange", () => this.#showChoices());
    document.addEventListener("click", (event) => {
      if (!event.target.closest(".console-bar")) this.#menu(false);
    });
  }

  #menu(open) {
    this.#root.classList.toggle("menu-open", open);
    set($("[data-tool=more]"), { "aria-expanded": String(open) });
  }

  #choose(change) {
    Object.assign(this.#choices, change);
    this.#console.applyOptions(this.#choices);
    this.#showChoices();
    try {
      localStorage.setItem(CHOICES, JSON.stringify({ fit: this.#choices.fit }));
    } catch {
      // No storage: the choice lasts as long as the page.
    }
  }

  #remember() {
    try {
      this.#choices.fit = JSON.parse(localStorage.getItem(CHOICES) || "{}").fit ?? true;
    } catch {
      // As above.
    }
  }

  #showChoices() {
    const { fit, viewOnly, drag } = this.#choices;
    set($("[data-tool=fit]"), { "aria-pressed": String(fit) });
    set($("[data-tool=view]"), { "aria-pressed": String(viewOnly) });
    set($("[data-tool=drag]"), { "aria-pressed": String(drag) });
    set($("[data-tool=full]"), { "aria-pressed": String(Boolean(document.fullscreenElement)) });
    this.#root.classList.toggle("view-only", viewOnly);
  }

  #panel() {
    togglePanel($("#clip"), $("[data-tool=clipboard]"), $("#clip-text"));
  }

  #sendClipboard() {
    this.#console.viewer?.rfb.clipboardPasteFrom($("#clip-text").value);
    toast("Sent to the desktop's clipboard.");
  }

  async #typeClipboard(button) {
    const viewer = this.#console.viewer;
    if (!viewer) return;
    await busy(button, "Typing…", () => type(viewer.rfb, $("#clip-text").value, () => this.#console.viewer === viewer));
  }

  #saveScreenshot() {
    const viewer = this.#console.viewer;
    viewer?.rfb.toBlob((blob) => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = `${this.#console.vm.name}-${new Date().toISOString().slice(0, 19).replace(/[T:]/g, "-")}.png`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    }, "image/png");
  }

  async #fullScreen() {
    if (document.fullscreenElement) return document.exitFullscreen();
    try {
      await document.documentElement.requestFullscreen({ navigationUI: "hide" });
      // Where the browser offers it, keys like Alt+Tab and Ctrl+W reach the desktop too. Hold Escape to leave.
      await navigator.keyboard?.lock?.();
    } catch {
      toast("Full screen is not possible here.", "bad");
    }
    return undefined;
  }

  /** Not asked twice: the guest is told to shut down in its own way, its disk is kept, and one click starts it again. */
  #power(button, verb) {
    return busy(button, "", () => this.#console.act(verb));
  }

  /** Asked first: the guest is not told, and what it has not written to its disk is lost. */
  async #reset(button) {
    const sure = await confirm({
      title: "Press the reset button?",
      text: "The desktop starts anew at once. What is not saved is lost; “Restart” lets it shut down first.",
      yes: "Reset it", no: "Leave it",
    });
    if (sure) await this.#power(button, "reset");
  }

  #keyboardShown(open) {
    this.#root.classList.toggle("touch-typing", open);
    set($("[data-tool=keyboard]"), { "aria-pressed": String(open) });
    this.#choices.touchKeyboard = open;
    this.#console.applyOptions(this.#choices);
  }

  #softKeys() {
    for (const button of this.#root.querySelectorAll("[data-key]")) {
      button.addEventListener("pointerdown", (event) => event.preventDefault());
      button.addEventListener("click", () => {
        const { key, sticky } = button.dataset;
        if (sticky === undefined) this.#keyboard.tap(key);
        else set(button, { "aria-pressed": String(this.#keyboard.stick(key)) });
      });
    }
    $("#touch-text").addEventListener("released", () => {
      for (const button of this.#root.querySelectorAll("[data-sticky]")) set(button, { "aria-pressed": "false" });
    });
  }

  /** Escape closes what was opened last: a panel, or the menu of narrow windows. The screen keeps its own. */
  #closeByEscape() {
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.target.closest("#screen, dialog")) return;
      const panel = $(".clip:not([hidden])");
      if (panel) $(`[data-tool][aria-controls=${panel.id}]`).click();
      else if (this.#root.classList.contains("menu-open")) {
        this.#menu(false);
        $("[data-tool=more]").focus();
      }
    });
  }

  /** Phones that draw their keyboard over the page: the page ends above it. */
  #followViewport() {
    const { visualViewport } = window;
    if (!visualViewport || !matchMedia("(pointer: coarse)").matches) return;
    const follow = () => {
      this.#root.style.height = `${visualViewport.height}px`;
      this.#root.style.transform = `translateY(${visualViewport.offsetTop}px)`;
    };
    visualViewport.addEventListener("resize", follow);
    visualViewport.addEventListener("scroll", follow);
  }
}


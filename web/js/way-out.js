// The screen takes every key, Tab too: Ctrl+Alt+Shift+B leads out of it, for those who have no mouse.

/** Leads to `target`; `release` lets go of what the guest believes is held. */
export function wayOut(target, release) {
  addEventListener(
    "keydown",
    (event) => {
      if (!(event.ctrlKey && event.altKey && event.shiftKey && event.code === "KeyB")) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      release();
      target.focus();
    },
    { capture: true },
  );
}

// Keys that no physical key stands behind: typed text, a phone's keyboard, sticky modifiers.

const KEYSYM = { Enter: 0xff0d, Tab: 0xff09, Escape: 0xff1b, Backspace: 0xff08, Delete: 0xffff, ArrowLeft: 0xff51, ArrowUp: 0xff52, ArrowRight: 0xff53, ArrowDown: 0xff54, Home: 0xff50, End: 0xff57, PageUp: 0xff55, PageDown: 0xff56, ShiftLeft: 0xffe1, ControlLeft: 0xffe3, AltLeft: 0xffe9, MetaLeft: 0xffeb };

// Where the characters of a US keyboard are: guests get scan codes, and shift has to be pressed by us.
const PLAIN = "`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./ ";
const SHIFTED = '~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:"ZXCVBNM<>? ';
const CODES = [
  "Backquote", ...digits(), "Minus", "Equal", ...letters("qwertyuiop"), "BracketLeft", "BracketRight", "Backslash",
  ...letters("asdfghjkl"), "Semicolon", "Quote", ...letters("zxcvbnm"), "Comma", "Period", "Slash", "Space",
];

function digits() {
  return [..."1234567890"].map((digit) => `Digit${digit}`);
}

function letters(row) {
  return [...row].map((letter) => `Key${letter.toUpperCase()}`);
}

/** The strokes for one character: keysym, physical key if there is one, and whether shift is held. Pure. */
export function strokeOf(character) {
  if (character === "\n" || character === "\r") return { keysym: KEYSYM.Enter, code: "Enter", shift: false };
  if (character === "\t") return { keysym: KEYSYM.Tab, code: "Tab", shift: false };
  const point = character.codePointAt(0);
  const keysym = point < 0x100 ? point : 0x01000000 + point;
  const plain = PLAIN.indexOf(character);
  if (plain >= 0) return { keysym, code: CODES[plain], shift: false };
  const shifted = SHIFTED.indexOf(character);
  return shifted >= 0 ? { keysym, code: CODES[shifted], shift: true } : { keysym, code: null, shift: false };
}

/** What has to be typed to get from one text to another: so many backspaces, then these characters. Pure. */
export function difference(before, after) {
  let same = 0;
  const shorter = Math.min(before.length, after.length);
  while (same < shorter && before[same] === after[same]) same += 1;
  return { erase: before.length - same, type: after.slice(same) };
}

/** Presses and releases a named key. */
export function press(rfb, code) {
  rfb.sendKey(KEYSYM[code], code);
}

export function hold(rfb, code, down) {
  rfb.sendKey(KEYSYM[code], code, down);
}

function typeCharacter(rfb, character) {
  const { keysym, code, shift } = strokeOf(character);
  if (shift) hold(rfb, "ShiftLeft", true);
  rfb.sendKey(keysym, code);
  if (shift) hold(rfb, "ShiftLeft", false);
}

const AT_ONCE = 12;
const PAUSE = 30;

/** Types `text`, slowly enough that a guest's keyboard buffer holds it. `going()` says whether to go on. */
export async function type(rfb, text, going = () => true) {
  const characters = [...text.replace(/\r\n/g, "\n")];
  for (let index = 0; index < characters.length && going(); index += 1) {
    typeCharacter(rfb, characters[index]);
    if (index % AT_ONCE === AT_ONCE - 1) await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

// A phone's keyboard says little about keys; it edits text. So it gets a text to edit, and what changed is typed.
const FILLER = " ".repeat(40);

/** A phone's keyboard for the guest, through an invisible text area. `rfb()` answers the connection of the moment. */
export class TouchKeyboard {
  #area;
  #rfb;
  #known = FILLER;
  #held = new Set();

  constructor(area, rfb, onToggle) {
    this.#area = area;
    this.#rfb = rfb;
    area.value = FILLER;
    area.addEventListener("input", () => this.#edited());
    area.addEventListener("keydown", (event) => this.#named(event));
    area.addEventListener("focus", () => onToggle(true));
    area.addEventListener("blur", () => {
      this.release();
      onToggle(false);
    });
  }

  toggle() {
    if (document.activeElement === this.#area) this.#area.blur();
    else this.#area.focus({ preventScroll: true });
  }

  /** Holds a modifier for the next key. Answers whether it is held now. */
  stick(code) {
    const rfb = this.#rfb();
    if (!rfb) return false;
    const down = !this.#held.has(code);
    if (down) this.#held.add(code);
    else this.#held.delete(code);
    hold(rfb, code, down);
    return down;
  }

  tap(code) {
    const rfb = this.#rfb();
    if (rfb) press(rfb, code);
    this.release();
  }

  release() {
    const rfb = this.#rfb();
    for (const code of this.#held) if (rfb) hold(rfb, code, false);
    const any = this.#held.size > 0;
    this.#held.clear();
    if (any) this.#area.dispatchEvent(new CustomEvent("released"));
  }

  #named(event) {
    if (event.isComposing || !(event.key in KEYSYM) || event.key.length === 1) return;
    // Backspace and Enter of phones without key names arrive as edits instead.
    event.preventDefault();
    this.tap(event.key);
  }

  #edited() {
    const rfb = this.#rfb();
    const now = this.#area.value;
    const { erase, type: added } = difference(this.#known, now);
    this.#known = now;
    if (rfb) {
      for (let count = 0; count < erase; count += 1) press(rfb, "Backspace");
      for (const character of added) typeCharacter(rfb, character);
    }
    this.release();
    if (now.length < 10 || now.length > 400) this.#refill();
  }

  #refill() {
    this.#area.value = FILLER;
    this.#known = FILLER;
  }
}

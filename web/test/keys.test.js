import assert from "node:assert/strict";
import { test } from "node:test";
import { difference, strokeOf } from "../js/keys.js";

test("characters of a US keyboard have their key, and shift where it is needed", () => {
  assert.deepEqual(strokeOf("a"), { keysym: 0x61, code: "KeyA", shift: false });
  assert.deepEqual(strokeOf("A"), { keysym: 0x41, code: "KeyA", shift: true });
  assert.deepEqual(strokeOf("|"), { keysym: 0x7c, code: "Backslash", shift: true });
  assert.deepEqual(strokeOf("/"), { keysym: 0x2f, code: "Slash", shift: false });
  assert.deepEqual(strokeOf(" "), { keysym: 0x20, code: "Space", shift: false });
  assert.deepEqual(strokeOf("\n"), { keysym: 0xff0d, code: "Enter", shift: false });
});

test("every printable ASCII character has a key", () => {
  for (let point = 0x20; point < 0x7f; point += 1) assert.ok(strokeOf(String.fromCharCode(point)).code, String.fromCharCode(point));
});

test("other characters go by keysym", () => {
  assert.deepEqual(strokeOf("é"), { keysym: 0xe9, code: null, shift: false });
  assert.deepEqual(strokeOf("€"), { keysym: 0x010020ac, code: null, shift: false });
});

test("what a phone's keyboard edited becomes backspaces and characters", () => {
  assert.deepEqual(difference("  ", "  a"), { erase: 0, type: "a" });
  assert.deepEqual(difference("  teh", "  the"), { erase: 2, type: "he" });
  assert.deepEqual(difference("  ab", "  a"), { erase: 1, type: "" });
  assert.deepEqual(difference("  ", "  "), { erase: 0, type: "" });
});

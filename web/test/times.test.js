import assert from "node:assert/strict";
import { test } from "node:test";
import { blocks, clock, partAt, shownFrom } from "../js/times.js";

function part(...pieces) {
  const bytes = [];
  for (const [at, text] of pieces) {
    const head = new DataView(new ArrayBuffer(8));
    head.setUint32(0, at);
    head.setUint32(4, text.length);
    bytes.push(...new Uint8Array(head.buffer), ...[...text].map((letter) => letter.charCodeAt(0)));
  }
  return new Uint8Array(bytes).buffer;
}

const text = (buffer) => String.fromCharCode(...new Uint8Array(buffer));

test("a part is read as blocks with their times", () => {
  const found = blocks(part([0, "RFB 003.008\n"], [40, ""], [1200, "abc"]));
  assert.deepEqual(found.map(({ at, bytes }) => [at, text(bytes)]), [[0, "RFB 003.008\n"], [40, ""], [1200, "abc"]]);
});

test("a block that is still being written is left out", () => {
  const whole = part([0, "first"], [9, "second"]);
  for (let cut = 13; cut < whole.byteLength; cut++) assert.equal(blocks(whole.slice(0, cut)).length, 1);
  assert.deepEqual(blocks(new ArrayBuffer(0)), []);
});

test("a moment belongs to the last part that has begun", () => {
  const parts = [{ startMillis: 20 }, { startMillis: 1000 }, { startMillis: 5000 }];
  assert.deepEqual([0, 20, 999, 1000, 4999, 5000, 99999].map((at) => partAt(parts, at)), [0, 0, 0, 1, 1, 2, 2]);
});

test("times are written as people read them", () => {
  assert.deepEqual([0, 999, 61000, 3599999, 3723000].map(clock), ["0:00", "0:00", "1:01", "59:59", "1:02:03"]);
});

test("a part shows something once more than a greeting has come", () => {
  const said = (...sizes) => sizes.map((size, i) => ({ at: 700 * i, bytes: new ArrayBuffer(size) }));
  assert.equal(shownFrom(said(60, 5000)), 1000);
  assert.equal(shownFrom(said(12, 2, 40, 5000)), 2300);
  assert.equal(shownFrom(said(12)), 1000);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { ago, browserOf, bytes, day, duration, endOf, mebibytes, moment, preparationsOf, reasonOf, startOf, stateOf, utcDay } from "../js/words.js";

test("sizes", () => {
  assert.equal(bytes(0), "0 B");
  assert.equal(bytes(1536), "1.5 KiB");
  assert.equal(mebibytes(768), "768 MiB");
  assert.equal(mebibytes(2048), "2 GiB");
  assert.equal(bytes(137438953472), "128 GiB");
});

test("durations", () => {
  assert.equal(duration(-5), "0 s");
  assert.equal(duration(59999), "59 s");
  assert.equal(duration(3600000), "1 h");
  assert.equal(duration(8100000), "2 h 15 min");
  assert.equal(duration(90000000), "1 d 1 h");
});

test("how long ago, by the largest unit", () => {
  const now = Date.parse("2026-01-02T00:00:00Z");
  assert.equal(ago("2026-01-01T23:59:50Z", now), "just now");
  assert.equal(ago("2026-01-01T21:45:00Z", now), "2 h ago");
  assert.equal(ago("no date", now), "");
});

test("days and times are those of where the reader is; days that the server counted are of UTC", () => {
  const zone = process.env.TZ;
  process.env.TZ = "Pacific/Auckland";
  try {
    assert.equal(day("2026-03-02T20:00:00Z"), "3 Mar 2026");
    assert.equal(moment("2026-03-02T20:05:09Z"), "3 Mar 2026, 09:05:09");
    assert.equal(utcDay("2026-03-02T20:00:00Z"), "2 Mar 2026");
    assert.equal(day("no date"), "");
  } finally {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  }
});

test("every state has a word; an unknown one is shown as it is", () => {
  assert.deepEqual(stateOf({ state: "running" }), { word: "Running", tone: "lit", moving: false });
  assert.equal(stateOf({ state: "starting" }).moving, true);
  assert.equal(stateOf({ state: "running", reason: "paused-io" }).word, "Paused");
  assert.equal(stateOf({ state: "running", reason: "guest-panicked" }).word, "Crashed");
  assert.equal(reasonOf({ state: "running", reason: "guest-panicked" }), "Its system has crashed.");
  assert.match(reasonOf({ state: "failed", reason: "It ended.", restartsAt: "2026-01-01T00:00:00Z" }), /started again/);
  assert.equal(stateOf({ state: "hovering" }).word, "hovering");
});

test("browsers, as far as they can be told", () => {
  assert.equal(browserOf("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"), "Chrome on Linux");
  assert.equal(browserOf("Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"), "Firefox on Windows");
  assert.equal(browserOf("curl/8.5.0"), "curl");
  assert.equal(browserOf(""), "Unknown program");
});

test("how a template starts, and what is being done for that", () => {
  const wide = { cpus: 2, memoryMiB: 1024, diskGiB: 8, instant: false, step: "booting a copy to freeze" };
  assert.equal(startOf({ instant: true, pool: { ready: 1 } }), "Opens at once");
  assert.equal(startOf({ instant: true, pool: { ready: 0 } }), "Opens in an instant");
  assert.equal(startOf({ instant: false, step: "booting a copy to freeze" }), "Boots for now");
  assert.deepEqual(preparationsOf({ instant: false, step: "booting a copy to freeze" }), ["To open at once: booting a copy to freeze"]);
  assert.deepEqual(preparationsOf({ instant: true, step: "no memory left for warm clones", shapes: [wide, { ...wide, cpus: 1, instant: true, step: null }] }), [
    "With 2 CPUs, 1 GiB, 8 GiB disk: boots for now (booting a copy to freeze)",
    "With 1 CPU, 1 GiB, 8 GiB disk: opens in an instant",
  ]);
});

test("days", () => {
  assert.equal(day("2027-03-03T23:00:00Z"), "3 Mar 2027");
  assert.equal(day("nonsense"), "");
});

test("an end is announced a quarter of an hour before, a deletion a day", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  assert.equal(endOf({ expires: "stop", expiresAt: "2026-01-01T00:05:30Z" }, now), "Stops in 5 min");
  assert.equal(endOf({ expires: "stop", expiresAt: "2026-01-01T00:00:30Z" }, now), "Stops in a moment");
  assert.equal(endOf({ expires: "delete", expiresAt: "2026-01-01T00:05:00Z" }, now), "Is deleted in 5 min");
  assert.equal(endOf({ expires: "delete", expiresAt: "2026-01-01T23:00:00Z" }, now), "Is deleted in 23 h");
  assert.equal(endOf({ expires: "delete", expiresAt: "2026-01-03T00:00:00Z" }, now), "");
  assert.equal(endOf({ expires: "stop", expiresAt: "2026-01-01T00:20:00Z" }, now), "");
  assert.equal(endOf({ expires: null, expiresAt: null }, now), "");
});

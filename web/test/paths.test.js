import assert from "node:assert/strict";
import { test } from "node:test";
import { backoff, safeNext } from "../js/paths.js";

const ORIGIN = "https://localhost:8443";

test("own pages are kept", () => {
  for (const page of ["/pages/files", "/pages/usage?a=b#c", "/pages/console/7d3f7c1e-0f0a-4a51-8a3f-8f1d3a9e1c11"]) {
    assert.equal(safeNext(page, ORIGIN), page);
  }
});

test("everything else leads home", () => {
  const foreign = [
    null,
    undefined,
    "",
    "//evil.example/pages/desktops",
    "/\\evil.example/pages/desktops",
    "https://evil.example/pages/desktops",
    "javascript:alert(1)",
    "/api/auth/me",
    "/pages/../api/vm",
    "/pages/login?next=/pages/login",
    "/pages/register",
    "/pages/de sktops",
    "/pages/x\r\ny",
    "pages/files",
    "/\t/evil.example/",
  ];
  for (const wanted of foreign) assert.equal(safeNext(wanted, ORIGIN), "/pages/desktops", String(wanted));
});

test("reconnecting is quick at first, stays within a second for long, and spreads", () => {
  assert.equal(backoff(0, 1), 200);
  assert.equal(backoff(0, 0), 100);
  for (let attempt = 0; attempt < 30; attempt += 1) assert.ok(backoff(attempt, 1) <= 1000);
  for (let attempt = 30; attempt < 100; attempt += 1) assert.equal(backoff(attempt, 1), 5000);
  assert.notEqual(backoff(9, 0.1), backoff(9, 0.9));
});

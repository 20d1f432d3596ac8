import assert from "node:assert/strict";
import { test } from "node:test";
import { asTree } from "../js/tree.js";

const one = (id, parent) => ({ id, parent });

test("a tree is shown from its root, branch after branch", () => {
  const shown = asTree([one("a", null), one("b", "a"), one("c", "a"), one("d", "b")]);
  assert.deepEqual(shown.map(({ id, depth }) => [id, depth]), [["a", 0], ["b", 1], ["d", 2], ["c", 1]]);
});

test("a snapshot whose parent is not listed stands at the root", () => {
  assert.deepEqual(asTree([one("b", "gone")]).map(({ depth }) => depth), [0]);
});

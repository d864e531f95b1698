import assert from "node:assert/strict";
import { test } from "node:test";

import { putBack } from "../../../../ui/static/tools/guard.js";

test("cells that held or now hold a locked label are put back, and which label is told", () => {
  const before = Uint8Array.of(2, 0, 1, 0);
  const labels = Uint8Array.of(1, 2, 0, 1);
  assert.equal(putBack(labels, before, new Set([2])), 2);
  assert.deepEqual([...labels], [2, 0, 0, 1]);
  assert.equal(putBack(labels, before, new Set([2])), 0);
});

test("cells outside the range of intensities are put back", () => {
  const labels = Uint8Array.of(1, 1, 0, 1);
  putBack(labels, Uint8Array.of(0, 0, 1, 0), new Set(), { low: 10, high: 20, intensities: [9, 10, 21, 20] });
  assert.deepEqual([...labels], [0, 1, 1, 1]);
});

test("without locks and a range everything may change", () => {
  const labels = Uint8Array.of(1, 2);
  assert.equal(putBack(labels, Uint8Array.of(2, 1), new Set()), 0);
  assert.deepEqual([...labels], [1, 2]);
});

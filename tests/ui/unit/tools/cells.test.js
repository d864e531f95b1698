import assert from "node:assert/strict";
import { test } from "node:test";

import { fillSimilar, similarRange, withLabel, writer } from "../../../../ui/static/tools/cells.js";

test("protected labels and intensities outside the range stay", () => {
  const labels = Uint8Array.of(0, 1, 2, 0);
  const write = writer(labels, { value: 1, active: 1, protect: true, range: [0, 9], intensities: [5, 5, 5, 50] });
  [0, 1, 2, 3].forEach(write);
  assert.deepEqual([...labels], [1, 1, 2, 0]);
});

test("without protection every label is written over", () => {
  const labels = Uint8Array.of(0, 1, 2);
  const write = writer(labels, { value: 0, active: 1, protect: false, range: null, intensities: [] });
  [0, 1, 2].forEach(write);
  assert.deepEqual([...labels], [0, 0, 0]);
});

test("similar intensities are those around the point's neighbourhood", () => {
  const slice = { intensities: [0, 0, 0, 9, 9, 9, 0, 0, 0], width: 3, height: 3 };
  assert.deepEqual(similarRange({ column: 1.5, row: 1.5 }, slice, 2), [1, 5]);
  assert.deepEqual(similarRange({ column: -4, row: 1 }, slice, 2), [-Infinity, Infinity]);
});

test("filling takes connected similar cells and stops at other labels", () => {
  const intensities = [1, 1, 9, 1, 1, 1, 1, 9, 1, 1];
  const labels = Uint8Array.of(0, 0, 0, 0, 0, 2, 0, 0, 0, 0);
  const slice = { intensities, width: 5, height: 2 };
  const rect = fillSimilar({ column: 0.5, row: 0.5 }, slice, [0, 2], labels, (at) => {
    labels[at] = 1;
  });
  assert.deepEqual([...labels], [1, 1, 0, 0, 0, 2, 1, 0, 0, 0]);
  assert.deepEqual(rect, { x0: 0, y0: 0, x1: 2, y1: 2 });
  assert.equal(fillSimilar({ column: 7, row: 0 }, slice, [0, 2], labels, () => {}), null);
});

test("cells of locked labels stay, and a locked label is not painted", () => {
  const labels = Uint8Array.of(0, 1, 2);
  const options = { active: 1, protect: false, range: null, intensities: [] };
  [0, 1, 2].forEach(writer(labels, { ...options, value: 1, locked: new Set([2]) }));
  assert.deepEqual([...labels], [1, 1, 2]);
  [0, 1, 2].forEach(writer(labels, { ...options, value: 2, locked: new Set([2]) }));
  [0, 1, 2].forEach(writer(labels, { ...options, value: 0, locked: new Set([2]) }));
  assert.deepEqual([...labels], [0, 0, 2]);
});

test("a label goes to another place, over others unless they are protected", () => {
  const [labels, inside] = [Uint8Array.of(1, 1, 2, 0), Uint8Array.of(0, 1, 1, 1)];
  assert.deepEqual([...withLabel(labels, inside, 1, false)], [0, 1, 1, 1]);
  assert.deepEqual([...withLabel(labels, inside, 1, true)], [0, 1, 2, 1]);
});

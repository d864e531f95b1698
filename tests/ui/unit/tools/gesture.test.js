import assert from "node:assert/strict";
import { test } from "node:test";

import { Gesture } from "../../../../ui/static/tools/gesture.js";
import { toolById } from "../../../../ui/static/tools/registry.js";
import { bookOf, fakeView, paintedCells, paintingStore, quietEdits } from "../support/painting.js";

function setUp({ erasing = false } = {}) {
  const store = paintingStore();
  const { edits, saved } = quietEdits(store);
  const gesture = new Gesture({ tool: toolById("brush"), view: fakeView(), store, edits, erasing });
  return { store, gesture, saved, painted: () => paintedCells(bookOf(store).ensure(1).labels) };
}

test("it writes the active label between begin and commit only", () => {
  const { gesture, painted, saved } = setUp();
  gesture.write(3);
  gesture.begin();
  gesture.write(4);
  gesture.commit();
  gesture.write(5);
  gesture.commit();
  assert.deepEqual([painted(), saved], [["4,0"], [1]]);
});

test("what was begun and given up is undone", () => {
  const { gesture, painted, saved } = setUp();
  gesture.begin();
  gesture.write(4);
  gesture.abandon();
  gesture.abandon();
  assert.deepEqual([painted(), saved], [[], []]);
});

test("distances are CSS pixels, similar intensities follow the tolerance", () => {
  const { store, gesture } = setUp();
  store.set({ tolerance: 0.1, window: [-100, 300] });
  assert.equal(gesture.distancePx({ column: 0, row: 0 }, { column: 3, row: 4 }), 50);
  assert.deepEqual(gesture.similarRange({ column: 2, row: 2 }), [-40, 40]);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { Gesture } from "../../../../ui/static/tools/gesture.js";
import { toolById } from "../../../../ui/static/tools/registry.js";
import { bookOf, fakeView, HEIGHT, labelsWith, paintedCells, paintingStore, quietEdits, WIDTH } from "../support/painting.js";

/** Slices of 8 x 6 cells of 1 mm, 4 of them, 1.5 mm apart; slice 1 is on screen. */
function page() {
  const store = paintingStore();
  store.set({ brushMm: 4 });
  const { edits, saved } = quietEdits(store);
  const press = (/** @type {[number, number][]} */ path, erasing = false) => {
    const tool = toolById("sphere");
    const gesture = new Gesture({ tool, view: fakeView(), store, edits, erasing });
    const [first, ...rest] = path.map(([column, row]) => ({ column, row }));
    tool.down?.(gesture, first);
    for (const point of [first, ...rest]) tool.move?.(gesture, point);
    tool.up?.(gesture);
  };
  const cells = (/** @type {number} */ index) => paintedCells(bookOf(store).ensure(index).labels);
  return { store, edits, saved, press, cells };
}

test("a ball is painted in mm over the slices around, as one step", () => {
  const { store, edits, saved, press, cells } = page();
  press([[4, 3]]);
  const counts = [0, 1, 2, 3].map((index) => cells(index).length);
  assert.deepEqual(counts, [4, 12, 4, 0]); // radii 1.3, 2 and 1.3 mm; the next slice is 3 mm away
  assert.deepEqual([0, 1, 2, 3].map((index) => bookOf(store).state(index)), ["painted", "painted", "painted", "cleared"]);
  assert.deepEqual(saved.sort(), [0, 1, 2]);
  assert.equal(edits.undo()?.text, "sphere brush");
  assert.deepEqual([0, 1, 2].map((index) => bookOf(store).state(index)), ["cleared", "cleared", "cleared"]);
});

test("the ball follows the pointer", () => {
  const { press, cells } = page();
  press([[2, 3], [2.1, 3], [6, 3]]);
  assert.deepEqual([cells(0).length, cells(0).includes("4,2"), cells(0).includes("1,2")], [12, true, true]);
});

test("erasing changes only slices that hold something there", () => {
  const { store, edits, press, cells } = page();
  edits.change("", [{ index: 0, labels: labelsWith({ 2: 2, [2 * WIDTH + 3]: 1 }), state: "painted" }]);
  const voxels = new Uint8Array(WIDTH * HEIGHT * 4);
  voxels[2 * WIDTH * HEIGHT + (HEIGHT - 1 - 3) * WIDTH + WIDTH - 1 - 4] = 2; // on slice 2, in the ball, all that is predicted
  store.set({ mask: /** @type {any} */ ({ voxels }) });
  press([[4, 3]], true);
  assert.deepEqual([cells(0), bookOf(store).state(1), bookOf(store).state(2)], [["2,0"], "cleared", "empty"]);
});

test("locks, protection and the range hold on every slice", () => {
  const { store, edits, press, cells } = page();
  edits.change("", [{ index: 0, labels: labelsWith({ [2 * WIDTH + 3]: 2, [2 * WIDTH + 4]: 3 }), state: "painted" }]);
  store.set({ lockedLabels: new Set([2]) });
  press([[4, 3]]);
  assert.deepEqual([...bookOf(store).ensure(0).labels.slice(2 * WIDTH + 3, 2 * WIDTH + 5)], [2, 1]);
  edits.undo();
  store.set({ protect: true });
  press([[4, 3]]);
  assert.deepEqual([...bookOf(store).ensure(0).labels.slice(2 * WIDTH + 3, 2 * WIDTH + 5)], [2, 3]);
  assert.equal(cells(0).length, 4);
});

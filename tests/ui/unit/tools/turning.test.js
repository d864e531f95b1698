import assert from "node:assert/strict";
import { test } from "node:test";

import { InterpolationController } from "../../../../ui/static/controllers/interpolation.js";
import { SliceController } from "../../../../ui/static/controllers/slices.js";
import { bookOf, HEIGHT, labelsWith, paintingStore, quietEdits, WIDTH } from "../support/painting.js";
import { fakeNotify } from "../support/controllers.js";

/** @import { SliceState } from "../../../../ui/static/api/types.d.ts" */

const SIZE = { slices: 4, width: WIDTH, height: HEIGHT, pixelWidthMm: 1, pixelHeightMm: 1 };

/** Slice 1 is on screen, label 1 is the active one. */
function page() {
  const store = paintingStore();
  const { voxels } = store.state;
  store.set({ voxels: /** @type {any} */ ({ ...voxels, size: () => SIZE }), cursor: [0, 0, 1], mainPane: "axial" });
  const { edits } = quietEdits(store);
  const { notify } = fakeNotify();
  /** @type {number[]} */
  const told = [];
  store.when("locked", ({ value }) => told.push(value));
  const put = (/** @type {number} */ index, /** @type {Record<number, number>} */ cells, /** @type {SliceState} */ state = "painted") =>
    edits.change("put", [{ index, labels: labelsWith(cells), state }]);
  const lock = (/** @type {number[]} */ ...values) => store.set({ lockedLabels: new Set(values) });
  const slices = new SliceController(store, { edits, steps: edits.steps, notify, goTo: () => {} });
  const interpolation = new InterpolationController(store, { edits, notify, annotations: { catchUp: async () => {} } });
  return { store, edits, told, put, lock, slices, interpolation, slice: (/** @type {number} */ index) => bookOf(store).ensure(index) };
}

for (const state of /** @type {SliceState[]} */ (["painted", "interpolated"])) {
  test(`copies over a slice that is ${state} leave its locked label`, () => {
    const { put, lock, slices, slice } = page();
    put(1, { 0: 1, 1: 1 });
    put(2, { 1: 2, 2: 1 }, state);
    lock(2);
    slices.act("copy");
    assert.deepEqual(slice(2), { ...slice(2), labels: labelsWith({ 0: 1, 1: 2 }), state: "painted" });
  });

  test(`an outline copied onto a slice that is ${state} leaves its locked label`, () => {
    const { put, lock, slices, slice } = page();
    put(0, { 0: 1, 1: 1 });
    put(1, { 1: 2 }, state);
    lock(2);
    slices.copyFromNearest();
    assert.deepEqual(slice(1).labels, labelsWith({ 0: 1, 1: 2 }));
  });
}

test("interpolation over an interpolated slice leaves its locked label", () => {
  const { put, lock, interpolation, slice } = page();
  put(0, { 18: 1, 19: 1 });
  put(1, { 18: 2 }, "interpolated");
  put(2, { 18: 1, 19: 1 });
  lock(2);
  interpolation.interpolate();
  assert.deepEqual([slice(1).labels, slice(1).state], [labelsWith({ 18: 2, 19: 1 }), "interpolated"]);
});

test("undo and redo wait for the lock of the label they would change", () => {
  const { put, lock, edits, told, slice, store } = page();
  put(1, { 3: 1 });
  lock(1);
  assert.equal(edits.undo(), null);
  assert.deepEqual([slice(1).labels, told, store.state.history.canUndo], [labelsWith({ 3: 1 }), [1], true]);
  lock(2);
  assert.equal(edits.undo()?.text, "put");
  lock(1);
  assert.equal(edits.redo(), null);
  assert.deepEqual([slice(1).labels, told, store.state.history.canRedo], [labelsWith(), [1, 1], true]);
});

test("undo leaves what another window accepted or painted of interpolated slices", () => {
  const { put, edits, slice } = page();
  put(1, { 3: 1 }, "interpolated");
  edits.change("clear all", [{ index: 1, labels: labelsWith(), state: "cleared" }]);
  Object.assign(slice(1), { labels: labelsWith({ 5: 2 }), state: "painted" }); // another window's
  assert.equal(edits.undo()?.text, "clear all");
  assert.deepEqual(slice(1).labels, labelsWith({ 5: 2 }));
  Object.assign(slice(1), { labels: labelsWith({ 3: 1 }), state: "painted" });
  assert.equal(edits.undo()?.text, "put");
  assert.deepEqual([slice(1).labels, slice(1).state], [labelsWith({ 3: 1 }), "painted"]);
});

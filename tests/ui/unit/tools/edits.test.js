import assert from "node:assert/strict";
import { test } from "node:test";

import { AnnotationBook } from "../../../../ui/static/state/annotations.js";
import { SHAPES } from "../../../../ui/static/tools/shapes.js";
import { takeVersion } from "../../../../ui/static/state/merge.js";
import { bookOf, HEIGHT, labelsWith, paintedCells, predict, setUpEdits as setUp, stroke, VOLUME, WIDTH } from "../support/painting.js";

test("a stroke is announced, saved and undone", () => {
  const { store, book, painted, edits, saved } = setUp();
  stroke(edits, [0, 9]);
  assert.deepEqual(paintedCells(book.ensure(1).labels), ["0,0", "1,1"]);
  assert.deepEqual([book.state(1), saved, store.state.history], ["painted", [1], { canUndo: true, canRedo: false }]);
  assert.deepEqual(painted.at(-2), { low: [WIDTH - 2, HEIGHT - 2, 1], high: [WIDTH - 1, HEIGHT - 1, 1] });
  assert.deepEqual(edits.undo()?.slices.map(({ index }) => index), [1]);
  assert.deepEqual([book.state(1), paintedCells(book.ensure(1).labels)], ["cleared", []]);
  assert.deepEqual(edits.redo()?.slices.map(({ index }) => index), [1]);
  assert.equal(book.state(1), "painted");
  assert.deepEqual(saved, [1, 1, 1]);
});

test("a stroke that changes nothing is not saved", () => {
  const { edits, saved, store } = setUp();
  stroke(edits, []);
  assert.deepEqual([saved, store.state.history.canUndo, edits.active], [[], false, false]);
});

test("a slice that shows a prediction starts from it", () => {
  const { store, book, edits } = setUp();
  predict(store);
  stroke(edits, [9]);
  assert.deepEqual([...book.ensure(1).labels.slice(0, 1)], [2]);
  edits.undo();
  assert.deepEqual([book.state(1), paintedCells(book.ensure(1).labels)], ["cleared", []]);
});

test("a version that is restored and a slice that is copied owe nothing to the prediction under them", () => {
  const { store, book, edits } = setUp();
  predict(store);
  const labels = labelsWith({ 0: 2 });
  edits.change("accept the slice", [{ index: 1, labels, state: "painted" }]);
  assert.equal(book.ensure(1).notes.mask, "m");
  edits.undo();
  edits.change("restore version 3", [{ index: 1, labels, state: "painted", from: { version: 3 } }]);
  assert.deepEqual(book.ensure(1).notes, { mask: null, outlined: [], returned: false, version: 3 });
  edits.undo();
  edits.change("copy to the next slice", [{ index: 1, labels, state: "painted", from: { version: null } }]);
  assert.deepEqual(book.ensure(1).notes, { mask: null, outlined: [], returned: false, version: null });
});

test("a click that changed nothing leaves a prediction a prediction", () => {
  const { store, book, edits, saved } = setUp();
  predict(store);
  stroke(edits, []);
  assert.deepEqual([book.state(1), saved], ["cleared", []]);
});

test("erasing a whole prediction says that the slice is empty", () => {
  const { store, book, edits } = setUp();
  predict(store);
  stroke(edits, [0], 0);
  assert.equal(book.state(1), "empty");
});

test("erasing one's own strokes takes the slice back", () => {
  const { book, edits } = setUp();
  stroke(edits, [3]);
  stroke(edits, [3], 0);
  assert.equal(book.state(1), "cleared");
});

test("several slices change in one step", () => {
  const { book, edits, saved } = setUp();
  const count = edits.change("fill", [
    { index: 1, labels: labelsWith({ 3: 1 }), state: "interpolated" },
    { index: 2, labels: labelsWith(), state: "interpolated" },
    { index: 3, labels: labelsWith(), state: "empty" },
  ]);
  assert.equal(count, 2); // nothing was filled on slice 2
  assert.deepEqual([1, 2, 3].map((index) => book.state(index)), ["interpolated", "cleared", "empty"]);
  assert.deepEqual([book.values(1), saved], [[1], [1, 3]]);
  assert.equal(edits.undo()?.text, "fill");
  assert.deepEqual([1, 3].map((index) => book.state(index)), ["cleared", "cleared"]);
  edits.redo();
  assert.deepEqual([1, 3].map((index) => book.state(index)), ["interpolated", "empty"]);
});

test("a stroke on an interpolated slice makes it painted, a click that changes nothing does not", () => {
  const { store, book, edits } = setUp();
  /** @type {boolean[]} */
  const reviewed = [];
  store.when("slice-edited", (detail) => reviewed.push(detail.reviewed));
  edits.change("fill", [{ index: 1, labels: labelsWith({ 3: 1 }), state: "interpolated" }]);
  stroke(edits, []);
  assert.equal(book.state(1), "interpolated");
  stroke(edits, [4]);
  assert.deepEqual([book.state(1), reviewed], ["painted", [false, true]]);
  edits.undo();
  assert.deepEqual([book.state(1), paintedCells(book.ensure(1).labels)], ["interpolated", ["3,0"]]);
});

test("an undo does not call interpolated what another window painted meanwhile", () => {
  const { book, edits } = setUp();
  edits.change("fill", [{ index: 1, labels: labelsWith({ 3: 1 }), state: "interpolated" }]);
  edits.change("accept", [{ index: 1, labels: labelsWith({ 3: 1 }), state: "painted" }]);
  book.ensure(1).labels[20] = 2;
  edits.undo();
  assert.equal(book.state(1), "painted");
});

test("slices that are withdrawn are saved as cleared, but for one that is being painted", () => {
  const { book, edits, saved } = setUp();
  for (const index of [1, 2]) edits.change("fill", [{ index, labels: labelsWith({ 3: 1 }), state: "interpolated" }]);
  edits.begin(1);
  edits.withdraw([1, 2]);
  assert.deepEqual([book.state(1), book.state(2), saved], ["painted", "cleared", [1, 2, 2]]);
});

test("cells of locked labels stay whatever is done, and it is told when nothing else would have changed", () => {
  const { store, book, edits } = setUp();
  /** @type {number[]} */
  const told = [];
  store.when("locked", ({ value }) => told.push(value));
  stroke(edits, [0], 2);
  stroke(edits, [1]);
  store.set({ lockedLabels: new Set([2]) });
  stroke(edits, [0, 2]);
  assert.deepEqual([...book.ensure(1).labels.slice(0, 3)], [2, 1, 1]);
  edits.change("clear", [{ index: 1, labels: labelsWith(), state: "cleared" }]);
  assert.deepEqual([book.values(1), book.state(1), told], [[2], "painted", []]);
  stroke(edits, [0], 0);
  edits.change("clear", [{ index: 1, labels: labelsWith(), state: "cleared" }]);
  edits.change("copy", [{ index: 2, labels: labelsWith({ 0: 2 }), state: "painted" }]);
  assert.deepEqual([book.values(1), book.values(2), told], [[2], [], [2, 2, 2]]);
});

test("a lock does not undo what another window paints during a stroke", () => {
  const { store, book, edits } = setUp();
  stroke(edits, [3]);
  store.set({ lockedLabels: new Set([2]) });
  const labels = edits.begin(1);
  labels[4] = 1;
  takeVersion(book.ensure(1), { labels: labelsWith({ 3: 1, 20: 2 }), state: "painted", version: 2 }, { labels: labelsWith({ 3: 1 }), state: "painted" });
  edits.commit();
  assert.deepEqual(paintedCells(labels), ["3,0", "4,0", "4,2"]);
});

test("a locked label that is predicted is accepted where it is", () => {
  const { store, book, edits } = setUp();
  predict(store);
  store.set({ lockedLabels: new Set([2]) });
  stroke(edits, [0, 1]);
  assert.deepEqual([...book.ensure(1).labels.slice(0, 2)], [2, 1]);
  edits.undo();
  edits.change("accept", [{ index: 1, labels: /** @type {Uint8Array} */ (edits.shown(1)), state: "painted" }]);
  assert.deepEqual(book.values(1), [2]);
});

test("while a range is on, strokes and shapes change only voxels within", () => {
  const { store, book, edits } = setUp();
  const voxels = { shape: [WIDTH, HEIGHT, 4], size: () => ({ width: WIDTH, height: HEIGHT, pixelWidthMm: 1, pixelHeightMm: 1 }), slice: () => Int16Array.from({ length: WIDTH * HEIGHT }, (_, at) => at) };
  store.set({ voxels: /** @type {any} */ (voxels), threshold: { on: true, low: 2, high: 9 } });
  stroke(edits, [1, 2, 9, 10]);
  assert.deepEqual(paintedCells(book.ensure(1).labels), ["2,0", "1,1"]);
  edits.reshape(1, 1, SHAPES[0].change);
  assert.deepEqual(paintedCells(book.ensure(1).labels), ["2,0", "3,0", "0,1", "1,1"]);
  edits.change("clear", [{ index: 1, labels: labelsWith(), state: "cleared" }]);
  assert.deepEqual(paintedCells(book.ensure(1).labels), []);
});

test("another project has a history of its own", () => {
  const { store, edits } = setUp();
  store.set({ project: { id: "p", name: "P" } });
  stroke(edits, [0]);
  store.set({ project: { id: "p", name: "renamed" } });
  assert.equal(store.state.history.canUndo, true);
  store.set({ project: { id: "q", name: "Q" } });
  assert.equal(store.state.history.canUndo, false);
});

test("a stroke given up puts the slice back", () => {
  const { book, edits, saved } = setUp();
  edits.begin(1)[4] = 1;
  edits.change("", [{ index: 1, labels: labelsWith({ 5: 1 }), state: "painted" }]); // not while a stroke is going on
  assert.equal(edits.undo(), null);
  edits.abort();
  assert.deepEqual([paintedCells(book.ensure(1).labels), book.state(1), saved], [[], "cleared", []]);
});

test("undo leaves what another window painted meanwhile", () => {
  const { book, edits } = setUp();
  stroke(edits, [0, 1]);
  const sent = { labels: labelsWith({ 0: 1, 1: 1 }), state: /** @type {const} */ ("painted") };
  takeVersion(book.ensure(1), { labels: labelsWith({ 0: 1, 1: 1, 20: 2 }), state: "painted", version: 2 }, sent);
  edits.undo();
  assert.deepEqual([paintedCells(book.ensure(1).labels), book.state(1)], [["4,2"], "painted"]);
  edits.redo();
  assert.deepEqual(paintedCells(book.ensure(1).labels), ["0,0", "1,0", "4,2"]);
});

test("what comes in during a stroke is not part of it", () => {
  const { book, edits } = setUp();
  const labels = edits.begin(1);
  labels[0] = 1;
  const nothing = { labels: labelsWith(), state: /** @type {const} */ ("cleared") };
  takeVersion(book.ensure(1), { labels: labelsWith({ 20: 2 }), state: "painted", version: 1 }, nothing);
  labels[1] = 1;
  edits.commit();
  assert.deepEqual(paintedCells(labels), ["0,0", "1,0", "4,2"]);
  edits.undo();
  assert.deepEqual([paintedCells(labels), book.state(1)], [["4,2"], "painted"]);
});

test("other slices on screen cannot be undone into", () => {
  const { store, edits } = setUp();
  stroke(edits, [0]);
  store.set({ annotations: null });
  assert.deepEqual([edits.undo(), store.state.history.canUndo, store.state.volume?.id], [null, false, VOLUME]);
  assert.equal(edits.prediction(1), null);
});

test("strokes can be undone once the undo of an import has brought their plane back", () => {
  const { store, edits } = setUp();
  const axial = bookOf(store);
  stroke(edits, [0]);
  const command = { undo: async () => {}, redo: async () => {} };
  edits.steps.remember({ text: "import", slices: [], command, shows: { volumeId: VOLUME, plane: "sagittal", planeBefore: "axial", indices: [] } });
  store.set({ annotations: null });
  store.set({ annotations: new AnnotationBook(axial.shape, "sagittal"), plane: "sagittal" });
  assert.equal(edits.undo()?.text, "import");
  assert.deepEqual([edits.undo(), store.state.history.canUndo], [null, false], "the plane is not back yet");
  store.set({ annotations: axial, plane: "axial" });
  assert.deepEqual([store.state.history.canUndo, edits.undo()?.text], [true, "stroke"]);
  assert.deepEqual(paintedCells(axial.ensure(1).labels), []);
});

test("no whole-slice action paints beside a picture", () => {
  const { store, book, edits } = setUp();
  const picture = { name: "a.png", rows: 2, columns: 3, pixel_mm: null };
  store.set({ volume: /** @type {any} */ ({ id: VOLUME, pictures: [picture, picture, picture, picture] }) });
  edits.change("", [{ index: 1, labels: new Uint8Array(WIDTH * HEIGHT).fill(1), state: "painted" }]);
  assert.deepEqual(paintedCells(book.ensure(1).labels), ["0,0", "1,0", "2,0", "0,1", "1,1", "2,1"]);
  edits.change("", [{ index: 2, labels: labelsWith({ [WIDTH - 1]: 1 }), state: "painted" }]);
  assert.deepEqual(paintedCells(book.ensure(2).labels), []);
});

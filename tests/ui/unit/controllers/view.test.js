import assert from "node:assert/strict";
import { test } from "node:test";

import { SliceController } from "../../../../ui/static/controllers/slices.js";
import { ViewController } from "../../../../ui/static/controllers/view.js";
import { AnnotationBook } from "../../../../ui/static/state/annotations.js";
import { BRUSH_MM } from "../../../../ui/static/state/limits.js";
import { offeredActions, sliceState } from "../../../../ui/static/state/slices.js";
import { Volume } from "../../../../ui/static/viewer/volume.js";
import { fakeNotify, label, storeWith, summary } from "../support/controllers.js";

function page() {
  const store = storeWith({ volume: summary(), voxels: new Volume(summary()), labels: [label(1), label(2)], cursor: [0, 0, 2] });
  const { notify, said } = fakeNotify();
  return { store, view: new ViewController(store, { notify }), said };
}

test("a tool that paints is only there where painting happens", () => {
  const { store, view } = page();
  store.set({ mainPane: "coronal" });
  view.chooseTool("brush");
  assert.equal(store.state.tool, "navigate");
  store.set({ mainPane: "axial" });
  view.chooseTool("brush");
  assert.equal(store.state.tool, "brush");
  store.set({ mainPane: "coronal" });
  view.chooseTool("navigate");
  assert.equal(store.state.tool, "navigate");
});

test("the brush stays within its limits", () => {
  const { store, view } = page();
  view.changeBrush(1000);
  assert.equal(store.state.brushMm, BRUSH_MM.max);
  view.changeBrush(-1000);
  assert.equal(store.state.brushMm, BRUSH_MM.min);
});

test("labels are shown, hidden and chosen", () => {
  const { store, view } = page();
  const hidden = () => [...store.state.hiddenLabels];
  view.toggleLabel(1);
  assert.deepEqual(hidden(), [1]);
  view.toggleLabel(1);
  assert.deepEqual(hidden(), []);
  view.showOnly(1);
  assert.deepEqual(hidden(), [2]);
  view.showAllLabels();
  assert.deepEqual(hidden(), []);
  view.chooseLabelAt(2);
  view.chooseLabelAt(9);
  assert.equal(store.state.activeLabel, 2);
});

test("painting activates the first label when none is active, and needs one", () => {
  const { store, view } = page();
  assert.equal(view.ensureLabel(), true);
  assert.equal(store.state.activeLabel, 1);
  store.set({ labels: [] });
  assert.equal(view.ensureLabel(), false);
});

test("why uncertainty cannot be shown is told", () => {
  const { store, view, said } = page();
  view.toggleUncertainty();
  assert.match(said[0], /^Propagate first/);
  store.set({ mask: /** @type {any} */ ({ has_confidence: true, labels: [] }) });
  view.toggleUncertainty();
  assert.equal(store.state.showUncertainty, true);
});

test("the window goes back to that of the volume", () => {
  const { store, view } = page();
  view.setWindow([7, 8]);
  view.resetWindow();
  assert.deepEqual(store.state.window, [0, 50]);
});

function slicesPage() {
  const { store } = page();
  const book = new AnnotationBook([3, 4, 5], "axial");
  store.set({ annotations: book });
  /** @type {string[]} */
  const done = [];
  const note = (/** @type {string} */ name) => (/** @type {number[]} */ ...given) => void done.push([name, ...given].join(" "));
  const edits = { acceptPrediction: note("accept"), markEmpty: note("empty"), clear: note("clear"), copy: note("copy"), reshape: (/** @type {number} */ index, /** @type {number} */ value) => note("reshape")(index, value), undo: () => 4, redo: () => null };
  const slices = new SliceController(store, { edits, goTo: note("go") });
  return { store, book, done, slices };
}

test("only what is offered for a slice is done", () => {
  const { store, book, done, slices } = slicesPage();
  for (const action of /** @type {const} */ (["accept", "copy", "clear", "empty"])) slices.act(action);
  assert.deepEqual(done, ["empty 2"]);
  book.ensure(2).state = "painted";
  for (const action of /** @type {const} */ (["accept", "empty", "copy", "clear"])) slices.act(action);
  assert.deepEqual(done.slice(1), ["copy 2 3", "go 3", "clear 2"]);
  store.set({ mainPane: "coronal" });
  slices.act("clear");
  assert.equal(done.length, 4);
});

test("a label is reshaped where one is seen", () => {
  const { store, book, done, slices } = slicesPage();
  store.set({ activeLabel: 1 });
  slices.reshape("grow");
  book.ensure(2).state = "painted";
  slices.reshape("grow");
  slices.reshape("no such shape");
  store.set({ activeLabel: null });
  slices.reshape("grow");
  assert.deepEqual(done, ["reshape 2 1"]);
});

test("the last slice has no next to copy to", () => {
  const { store, book, done, slices } = slicesPage();
  store.set({ cursor: [0, 0, 4] });
  book.ensure(4).state = "painted";
  slices.act("copy");
  assert.deepEqual(done, []);
});

test("a slice that a prediction runs through is predicted until it is painted", () => {
  const { store, book } = slicesPage();
  store.set({ mask: /** @type {any} */ ({ labels: [], extents: new Map([[1, [[1, 3]]]]) }) });
  assert.equal(sliceState(store.state), "predicted");
  assert.deepEqual([...offeredActions(store.state)], ["accept", "empty"]);
  book.ensure(2).state = "empty";
  assert.equal(sliceState(store.state), "empty");
  store.set({ cursor: [0, 0, 0] });
  assert.equal(sliceState(store.state), "none");
});

test("undo leads to the slice it changed; reviewed slices are a step apart", () => {
  const { book, done, slices } = slicesPage();
  slices.undo();
  slices.redo();
  assert.deepEqual(done, ["go 4"]);
  book.ensure(0).state = "painted";
  book.ensure(4).state = "empty";
  slices.nextPainted(1);
  slices.nextPainted(-1);
  assert.deepEqual(done.slice(1), ["go 4", "go 0"]);
});

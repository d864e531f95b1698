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

test("a tool that the encoder cannot serve says why", () => {
  const { store, view, said } = page();
  const serving = (/** @type {any} */ prompts) => store.set({ system: /** @type {any} */ ({ prompts }) });
  serving(["box"]);
  view.chooseTool("point");
  assert.deepEqual([store.state.tool, said.length], ["navigate", 1]);
  view.chooseTool("box");
  assert.deepEqual([store.state.tool, said.length], ["box", 1]);
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

test("a hidden label that is painted with is shown again, which is told once", () => {
  const { store, view, said } = page();
  view.showOnly(1);
  store.emit("label-used", { value: 1 });
  assert.deepEqual([[...store.state.hiddenLabels], said], [[2], []]);
  for (let n = 0; n < 2; n++) store.emit("label-used", { value: 2 });
  assert.deepEqual([[...store.state.hiddenLabels], said], [[], ["Label 2 was hidden. It is shown again."]]);
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
  const edits = {
    shown: (/** @type {number} */ index) => book.covering(index),
    change: (/** @type {string} */ text, /** @type {import("../../../../ui/static/tools/edits.js").SliceChange[]} */ changes) =>
      done.push([text, ...changes.map(({ index, state }) => `${index} ${state}`)].join(": ")),
    reshape: (/** @type {number} */ index, /** @type {number} */ value) => void done.push(`reshape ${index} ${value}`),
  };
  const { notify, said } = fakeNotify();
  const steps = { remember: () => {} };
  const slices = new SliceController(store, { edits, steps, notify, goTo: (index) => done.push(`go ${index}`) });
  return { store, book, done, said, slices };
}

test("only what is offered for a slice is done", () => {
  const { store, book, done, slices } = slicesPage();
  for (const action of /** @type {const} */ (["accept", "copy", "clear", "empty"])) slices.act(action);
  assert.deepEqual(done, ["nothing here: 2 empty"]);
  book.ensure(2).state = "painted";
  for (const action of /** @type {const} */ (["accept", "empty", "copy", "clear"])) slices.act(action);
  assert.deepEqual(done.slice(1), ["copy to the next slice: 3 painted", "go 3", "clear the slice: 2 cleared"]);
  store.set({ mainPane: "coronal" });
  slices.act("clear");
  assert.equal(done.length, 4);
});

test("what changes a slice as a whole takes the outline on it first, what empties it drops it", () => {
  const { store, slices } = slicesPage();
  /** @type {string[]} */
  const told = [];
  store.when("take-outline", () => told.push("take"));
  store.when("drop-outlines", ({ index }) => told.push(`drop ${index}`));
  for (const action of /** @type {const} */ (["accept", "copy", "clear", "empty"])) slices.act(action);
  slices.reshape("grow");
  slices.copyFromNearest();
  assert.deepEqual(told, ["take", "take", "drop 2", "drop 2", "take", "take"]);
  store.set({ mainPane: "coronal" });
  slices.act("clear");
  assert.equal(told.length, 6);
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
  assert.deepEqual([done, [...offeredActions(store.state)]], [[], ["clear"]]);
});

test("a slice that a prediction runs through is predicted until it is painted", () => {
  const { store, book } = slicesPage();
  store.set({ mask: /** @type {any} */ ({ labels: [], extents: new Map([[1, [[1, 3]]]]) }) });
  assert.equal(sliceState(store.state), "predicted");
  assert.deepEqual([...offeredActions(store.state)], ["accept", "empty", "afresh"]);
  book.ensure(2).state = "empty";
  assert.equal(sliceState(store.state), "empty");
  store.set({ cursor: [0, 0, 0] });
  assert.equal(sliceState(store.state), "none");
});

test("what is interpolated is accepted or cleared", () => {
  const { store, book, done, slices } = slicesPage();
  Object.assign(book.ensure(2), { state: "interpolated", labels: new Uint8Array(12).fill(1) });
  assert.equal(sliceState(store.state), "interpolated");
  assert.deepEqual([...offeredActions(store.state)], ["accept", "clear"]);
  slices.act("accept");
  assert.deepEqual(done, ["accept the slice: 2 painted"]);
});

test("the active label is copied from the nearest slice it is painted on, of two from the one before", () => {
  const { store, book, done, said, slices } = slicesPage();
  slices.copyFromNearest();
  assert.deepEqual([done, said], [[], []]);
  store.set({ activeLabel: 1 });
  slices.copyFromNearest();
  assert.deepEqual(said, ["Label 1 is painted on no other slice."]);
  for (const [index, value] of [[0, 1], [1, 2], [4, 1]]) Object.assign(book.ensure(index), { state: "painted", labels: new Uint8Array(12).fill(value) });
  Object.assign(book.ensure(3), { state: "interpolated", labels: new Uint8Array(12).fill(1) });
  slices.copyFromNearest();
  assert.deepEqual(done, ["copy Label 1 from slice 1: 2 painted"]);
  store.set({ mainPane: "coronal" });
  slices.copyFromNearest();
  assert.equal(done.length, 1);
});

test("reviewed slices are a step apart", () => {
  const { book, done, slices } = slicesPage();
  book.ensure(0).state = "painted";
  book.ensure(4).state = "empty";
  slices.nextPainted(1);
  slices.nextPainted(-1);
  assert.deepEqual(done, ["go 4", "go 0"]);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { fake, nextFrame } from "../support/page.js";
import { bookOf, counting, summaryOf } from "../support/volumes.js";
import { initialState, Store } from "../../../../ui/static/state/store.js";
import { AppViews } from "../../../../ui/static/viewer/views.js";
import { Volume } from "../../../../ui/static/viewer/volume.js";

/** @import { Triple } from "../../../../ui/static/api/types.d.ts" */

/** @type {Triple} */
const SHAPE = [3, 4, 5];

/** Four panes of a small volume, with the crosshair in its middle. */
function shownViews() {
  const store = new Store(initialState());
  const editor = {
    ready: false,
    stroking: false,
    cancelled: 0,
    view: null,
    cancel: () => editor.cancelled++,
    attach: (/** @type {any} */ view) => (editor.view = view),
  };
  const links = { library: "", preview: () => "", mesh: () => "" };
  const views = new AppViews(store, /** @type {any} */ ({ session: { book: null }, edits: {}, editor, keys: new Set(), changeBrush: () => {}, links }));
  for (const { view } of views.all) view.resize(100, 100, 1);
  store.set({ voxels: new Volume(summaryOf(), counting(SHAPE).buffer), cursor: [1, 2, 3], window: [0, 60] });
  nextFrame();
  return { store, editor, views };
}

/** @param {AppViews} views */
const indices = (views) => views.all.map(({ view }) => view.index);

test("every pane shows the slice of the crosshair", () => {
  const { store, views } = shownViews();
  assert.deepEqual(indices(views), [3, 2, 1]);
  store.set({ cursor: [0, 1, 4] });
  assert.deepEqual(indices(views), [4, 1, 0]);
});

test("on a smaller picture the crosshair stays inside", () => {
  const { store, views } = shownViews();
  const pictures = [3, 3, 3, 3, 1].map((columns, n) => ({ name: `${n}.png`, rows: 4, columns, pixel_mm: null }));
  store.set({ voxels: new Volume(summaryOf({ pictures }), counting(SHAPE).buffer), cursor: [0, 2, 3] });
  views.step(1);
  assert.deepEqual(store.state.cursor, [2, 2, 4]);
});

test("going to a slice keeps to those there are", () => {
  const { store, views } = shownViews();
  views.goTo("axial", 99);
  views.goTo("sagittal", -1);
  assert.deepEqual(store.state.cursor, [0, 2, 4]);
  views.step(-2);
  assert.deepEqual(store.state.cursor, [0, 2, 2]);
});

test("slices do not change under a stroke, and a contour is given up with its slice", () => {
  const { store, editor, views } = shownViews();
  const before = editor.cancelled;
  views.goTo("axial", 1);
  assert.equal(editor.cancelled, before + 1);
  editor.stroking = true;
  views.goTo("axial", 4);
  assert.deepEqual(store.state.cursor, [1, 2, 1]);
});

test("a pane is made large, and gives way when it is asked again", () => {
  const { store, views } = shownViews();
  fake(views.panes.coronal.expand).click();
  assert.equal(store.state.mainPane, "coronal");
  assert.ok(views.panes.coronal.element.classList.contains("main"));
  fake(views.panes.coronal.expand).click();
  assert.equal(store.state.mainPane, "axial");
});

test("panes take turns at being large, 3D too", () => {
  const { store, views } = shownViews();
  const seen = Array.from({ length: 4 }, () => (views.nextPane(), store.state.mainPane));
  assert.deepEqual(seen, ["coronal", "sagittal", "3d", "axial"]);
});

test("the editor follows the annotation plane, and tests find its canvas", () => {
  const { store, editor, views } = shownViews();
  store.set({ plane: "sagittal" });
  assert.equal(editor.view, views.panes.sagittal.view);
  assert.deepEqual(views.all.map(({ view }) => view.hud.dataset.testid), ["canvas-axial", "canvas-coronal", "editor-canvas"]);
});

test("a voxel's place on the page is where the pointer finds it", () => {
  const { views } = shownViews();
  const { x, y } = views.sliceToClient("coronal", 2, 4);
  assert.deepEqual(views.panes.coronal.view.voxelAt(x, y), { voxel: [2, 2, 4], inside: true });
});

test("labels that change inside a box are redrawn where planes cut it", () => {
  const { store, views } = shownViews();
  const book = bookOf(SHAPE, "axial", { 3: [[4, 1]] }); // row 1, column 1: voxel 1, 2, 3
  views.source.book = book;
  store.emit("painted", { low: [1, 2, 3], high: [1, 2, 3] });
  nextFrame();
  for (const { view } of views.all) assert.equal(view.layer.codes.filter(Boolean).length, 1);
  views.source.book = bookOf(SHAPE, "axial", {});
  store.emit("painted", { low: [0, 0, 0], high: [0, 0, 0] }); // no pane shows that voxel
  nextFrame();
  assert.equal(views.panes.axial.view.layer.codes.filter(Boolean).length, 1);
});

test("while two runs are compared the first one's mask is on screen", () => {
  const { views, store } = shownViews();
  const [first, second] = [new Uint8Array(60).fill(1), new Uint8Array(60)];
  store.set({ comparison: { runs: [], chosen: ["a", "b"], masks: [first, second], beside: false, found: null } });
  assert.deepEqual([views.source.maskVoxels(), views.source.otherMask()], [first, second]);
  store.set({ comparison: null });
  assert.deepEqual([views.source.maskVoxels(), views.source.otherMask()], [null, null]);
});

test("confidence is shown only while it is asked for", () => {
  const { store, views } = shownViews();
  store.set({ confidence: new Uint8Array(60).fill(51) });
  assert.equal(views.source.confidence(), null);
  store.set({ showUncertainty: true });
  nextFrame();
  assert.ok(views.all.every(({ view }) => view.uncertainty.shown));
});

test("a slice that arrived is drawn where it is on screen", () => {
  const { store, views } = shownViews();
  const voxels = /** @type {Volume} */ (store.state.voxels);
  voxels.data.fill(40);
  store.emit("slice-arrived", { plane: "axial", index: 3 });
  nextFrame();
  assert.deepEqual(views.all.map(({ view }) => view.values?.[0] === 40), [true, false, false]);
  store.emit("slice-arrived", null);
  nextFrame();
  assert.ok(views.all.every(({ view }) => view.values?.[0] === 40));
});

test("zoom and fit are about the large plane and all planes", () => {
  const { views } = shownViews();
  views.zoom(2);
  assert.deepEqual(views.all.map(({ view }) => view.zoom), [2, 1, 1]);
  views.fit();
  assert.ok(views.all.every(({ view }) => view.zoom === 1));
});

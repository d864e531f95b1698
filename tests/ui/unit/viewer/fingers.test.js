/** Fingers and pens on a pane: what paints, what only moves, and what is taken back. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { Editor } from "../../../../ui/static/tools/editor.js";
import { Fingers, PenWatch } from "../../../../ui/static/viewer/fingers.js";
import { bookOf, fakeView, paintedCells, paintingStore, quietEdits } from "../support/painting.js";

/** @typedef {[number, number]} Cell column, row; ten CSS pixels are a cell */

/** @param {string} tool */
function setUp(tool, paints = true) {
  const store = paintingStore();
  const { edits, saved } = quietEdits(store);
  const editor = new Editor(store, edits, { ensureLabel: () => true });
  /** @type {unknown[]} */
  const done = [];
  const note = (/** @type {string} */ name) => (/** @type {unknown[]} */ ...values) => void done.push([name, ...values]);
  const view = Object.assign(fakeView(), { panBy: note("pan"), zoomAt: note("zoom") });
  editor.attach(view);
  store.set({ tool });
  const pen = new PenWatch();
  const app = /** @type {any} */ ({ store, editor, pen, goTo: note("goTo") });
  const fingers = new Fingers({ plane: paints ? "axial" : "coronal", view, app, paints: () => paints, cross: () => note("cross")() });
  const at = ([column, row] = /** @type {Cell} */ ([0, 0]), pointerId = 1, more = {}) =>
    /** @type {any} */ ({ clientX: column * 10 + 5, clientY: row * 10 + 5, altKey: false, buttons: 1, pointerId, pointerType: "touch", pressure: 0, timeStamp: 10_000, ...more });
  const painted = () => paintedCells(bookOf(store).ensure(1).labels);
  return { store, editor, fingers, pen, at, painted, saved, done };
}

test("one finger paints with the tool", () => {
  const { fingers, at, painted, saved } = setUp("brush");
  fingers.down(at([1, 1]));
  fingers.move(at([3, 1]));
  fingers.up(at([3, 1]));
  assert.deepEqual([painted(), saved], [["1,1", "2,1", "3,1"], [1]]);
});

test("a second finger takes the stroke back; both pan and zoom until all are lifted", () => {
  for (const tool of ["brush", "eraser", "sphere", "lasso"]) {
    const { fingers, at, painted, saved, done, editor } = setUp(tool);
    fingers.down(at([1, 1]));
    fingers.move(at([3, 1]));
    fingers.down(at([5, 1], 2));
    fingers.move(at([7, 1], 2));
    fingers.up(at([7, 1], 2));
    fingers.move(at([1, 4])); // the first goes on, and paints nothing
    fingers.up(at([1, 4]));
    assert.deepEqual([painted(), saved, editor.busy], [[], [], false], tool);
    assert.deepEqual(done, [["pan", 10, 0], ["zoom", 2, 55, 15]], tool);
  }
});

test("a tool of clicks waits until the finger is lifted, so that a second one leaves no corner", () => {
  const { fingers, at, editor, painted } = setUp("polygon");
  for (const cell of /** @type {Cell[]} */ ([[1, 1], [5, 1], [5, 4]])) {
    fingers.down(at(cell));
    fingers.up(at(cell));
  }
  fingers.down(at([1, 4]));
  fingers.down(at([3, 4], 2));
  fingers.up(at([1, 4]));
  fingers.up(at([3, 4], 2));
  editor.finish();
  assert.equal(painted().includes("4,2"), true);
  assert.equal(painted().includes("1,3"), false);
});

test("a stroke that the system ends is taken back, as it is a palm", () => {
  const { fingers, at, painted } = setUp("brush");
  fingers.down(at([1, 1]));
  fingers.cancel(at([1, 1]));
  assert.deepEqual(painted(), []);
  fingers.down(at([2, 2]));
  fingers.up(at([2, 2]));
  assert.deepEqual(painted(), ["2,2"]);
});

test("while a pen is in use a finger goes through slices, and paints again a while later", () => {
  const { fingers, at, painted, pen, done } = setUp("brush");
  pen.note(at([0, 0], 9, { pointerType: "pen", timeStamp: 9_000 }));
  fingers.down(at([1, 5]));
  fingers.move(at([1, 2]));
  fingers.up(at([1, 2]));
  assert.deepEqual([painted(), done], [[], [["goTo", "axial", 3]]]);
  fingers.down(at([1, 5], 1, { timeStamp: 14_000 }));
  fingers.up(at([1, 5], 1, { timeStamp: 14_000 }));
  assert.deepEqual(painted(), ["1,5"]);
});

test("on a pane that is not painted a tap moves the crosshair, a swipe goes through slices", () => {
  const { fingers, at, done } = setUp("brush", false);
  fingers.down(at([1, 1]));
  fingers.up(at([1, 1]));
  fingers.down(at([1, 1]));
  fingers.move(at([1, 4]));
  fingers.up(at([1, 4]));
  assert.deepEqual(done, [["cross"], ["goTo", "coronal", -1]]);
});

test("an outline that the first finger began is dropped, one that was there stays", () => {
  const { store, fingers, at } = setUp("box");
  fingers.down(at([1, 1]));
  fingers.move(at([4, 4]));
  const { proposal } = store.state;
  fingers.up(at([4, 4]));
  assert.ok(proposal);
  const shown = store.state.proposal;
  fingers.down(at([4, 2], 1, { clientX: 50 })); // its right side
  fingers.move(at([6, 2]));
  assert.notEqual(store.state.proposal?.box.x1, shown?.box.x1);
  fingers.down(at([2, 2], 2));
  assert.equal(store.state.proposal, shown);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { Editor } from "../../../../ui/static/tools/editor.js";
import { bookOf, fakeView, labelsWith, paintedCells, paintingStore, quietEdits } from "../support/painting.js";

/** @typedef {[number, number]} Cell column, row */

/** The pointer over the middle of a cell; ten CSS pixels are a cell. @param {Cell} cell @param {object} more @returns {any} */
const at = ([column, row], more = {}) => ({ clientX: column * 10 + 5, clientY: row * 10 + 5, altKey: false, buttons: 1, ...more });

/** @param {string} tool */
function setUp(tool, label = true) {
  const store = paintingStore();
  const { edits, saved } = quietEdits(store);
  const editor = new Editor(store, edits, { ensureLabel: () => label });
  const view = fakeView();
  editor.attach(view);
  store.set({ tool });
  const painted = () => paintedCells(bookOf(store).ensure(1).labels);
  const drag = (/** @type {Cell[]} */ cells, more = {}) => {
    editor.down(at(cells[0], more));
    for (const cell of cells.slice(1)) editor.move(at(cell, more));
    editor.up();
  };
  return { store, edits, editor, view, saved, painted, drag };
}

test("a brush stroke paints from point to point and is saved when the button is let go", () => {
  const { drag, painted, saved, editor } = setUp("brush");
  editor.down(at([1, 1]));
  editor.move(at([4, 1]));
  assert.deepEqual([painted(), saved, editor.stroking], [["1,1", "2,1", "3,1", "4,1"], [], true]);
  editor.up();
  assert.deepEqual([saved, editor.busy], [[1], false]);
  drag([[2, 1], [3, 1]], { altKey: true });
  assert.deepEqual(painted(), ["1,1", "4,1"]);
});

test("every point the device reports between two frames is painted", () => {
  const { editor, painted } = setUp("brush");
  editor.down(at([0, 0]));
  editor.move(at([0, 4], { getCoalescedEvents: () => [at([4, 0]), at([4, 4]), at([0, 4])] }));
  editor.up();
  assert.equal(painted().includes("4,2"), true);
});

test("a pen's eraser button erases", () => {
  const { drag, painted } = setUp("brush");
  drag([[1, 1], [3, 1]]);
  drag([[1, 1], [2, 1]], { buttons: 32 });
  assert.deepEqual(painted(), ["3,1"]);
});

test("the eraser erases, and leaves protected labels", () => {
  const { store, drag, painted } = setUp("brush");
  drag([[1, 1], [3, 1]]);
  store.set({ tool: "eraser", activeLabel: 2, protect: true });
  drag([[1, 1], [3, 1]]);
  assert.equal(painted().length, 3);
  store.set({ protect: false });
  drag([[1, 1], [2, 1]]);
  assert.deepEqual(painted(), ["3,1"]);
});

test("similar only keeps the brush to intensities like those under its start", () => {
  const { store, view, drag, painted } = setUp("brush");
  view.values.fill(100, 3 * 8);
  store.set({ similarOnly: true, tolerance: 0.1, window: [0, 100] });
  drag([[1, 0], [1, 5]]);
  assert.deepEqual(painted(), ["1,0", "1,1", "1,2"]);
});

test("a brush stroke that is interrupted is kept, an open lasso is not", () => {
  const { store, editor, painted, saved } = setUp("brush");
  editor.down(at([1, 1]));
  editor.cancel();
  assert.deepEqual([painted(), saved], [["1,1"], [1]]);
  store.set({ tool: "lasso" });
  editor.down(at([2, 2]));
  for (const cell of /** @type {Cell[]} */ ([[6, 2], [6, 5]])) editor.move(at(cell));
  editor.cancel();
  editor.up();
  assert.deepEqual([painted(), editor.busy], [["1,1"], false]);
});

test("a stroke that is given up leaves nothing, painted or saved, whatever it began on", () => {
  for (const tool of ["brush", "sphere", "eraser", "lasso"]) {
    const { store, edits, editor, painted, saved, drag } = setUp(tool);
    edits.change("", [{ index: 1, labels: labelsWith({ 9: 1, 18: 2 }), state: "interpolated" }]);
    const before = [painted(), bookOf(store).state(1), saved.length];
    editor.down(at([1, 1]));
    for (const cell of /** @type {Cell[]} */ ([[5, 1], [5, 4]])) editor.move(at(cell));
    editor.giveUp();
    editor.move(at([1, 4])); // the button is still down
    editor.up();
    assert.deepEqual([painted(), bookOf(store).state(1), saved.length], before, tool);
    assert.deepEqual([editor.busy, edits.active, edits.undo()?.text], [false, false, ""]);
    drag([[1, 1], [3, 1], [3, 3]]);
    assert.equal(edits.active, false);
  }
});

test("whatever paints with a label says so, erasing and keeping a piece do not", () => {
  const { store, drag, edits } = setUp("brush");
  edits.change("", [{ index: 1, labels: labelsWith({ 9: 2 }), state: "painted" }]);
  /** @type {string[]} */
  const used = [];
  store.when("label-used", ({ value }) => used.push(`${store.state.tool} ${value}`));
  for (const tool of ["eraser", "keep", "pick", "brush", "sphere", "lasso", "fill", "box", "point"]) {
    store.set({ tool, activeLabel: 1, proposal: null });
    drag([[1, 1], [4, 1], [4, 4]]);
    store.set({ tool, activeLabel: 1, proposal: null });
    drag([[1, 1], [4, 1], [4, 4]], { altKey: true });
  }
  assert.deepEqual(used, ["brush 1", "sphere 1", "lasso 1", "fill 1", "box 1", "point 1"]);
});

/** @type {Cell[]} */
const SQUARE = [[1, 1], [4, 1], [4, 4], [1, 4]];

test("the lasso fills what it encloses; alt cuts out", () => {
  const { drag, painted } = setUp("lasso");
  drag(SQUARE);
  assert.equal(painted().length, 9);
  drag([[1, 1], [4, 1], [4, 2], [1, 2]], { altKey: true });
  assert.equal(painted().length, 6);
});

test("a polygon goes on over clicks and closes at its first corner", () => {
  const { editor, painted, drag, saved } = setUp("polygon");
  for (const corner of SQUARE) drag([corner]);
  assert.deepEqual([editor.busy, editor.stroking, painted()], [true, false, []]);
  editor.down({ ...at([1, 1]), clientX: 21 }); // 6 pixels beside it
  assert.deepEqual([editor.busy, painted().length, saved], [false, 9, [1]]);
});

test("a polygon is closed by finish, given up by Esc", () => {
  const { editor, painted, drag } = setUp("polygon");
  for (const corner of SQUARE) drag([corner]);
  editor.giveUp();
  assert.deepEqual([painted(), editor.finish()], [[], false]);
  for (const corner of SQUARE) drag([corner]);
  assert.equal(editor.finish(), true);
  assert.equal(painted().length, 9);
});

test("a click fills what is similar", () => {
  const { store, view, drag, painted } = setUp("fill");
  view.values.fill(100, 2 * 8);
  store.set({ tolerance: 0.1, window: [0, 100] });
  drag([[3, 0]]);
  assert.equal(painted().length, 16);
});

test("nothing is painted without a label", () => {
  const { drag, painted, editor } = setUp("brush", false);
  drag([[1, 1], [3, 1]]);
  assert.deepEqual([painted(), editor.busy], [[], false]);
});

test("it is ready where a painting tool's plane is large and its slices are here", () => {
  const { store, editor } = setUp("brush");
  assert.equal(editor.ready, true);
  store.set({ tool: "navigate" });
  assert.equal(editor.ready, false);
  store.set({ tool: "fill", mainPane: "3d" });
  assert.equal(editor.ready, false);
  store.set({ mainPane: "axial", annotations: null });
  assert.equal(editor.ready, false);
});

test("a gesture ends with the slices it was begun on", () => {
  const { store, editor, drag } = setUp("polygon");
  drag([[1, 1]]);
  store.set({ annotations: null });
  assert.equal(editor.busy, false);
});

test("another view is followed, the old one let go", () => {
  const { editor, view } = setUp("brush");
  const next = fakeView();
  editor.attach(next);
  assert.deepEqual([view.hudPainters, next.hudPainters], [[], [editor.paintHud]]);
});

test("a polygon is not closed while readings are compared, and waits for that", () => {
  const { store, editor, painted, drag } = setUp("polygon");
  for (const cell of /** @type {Cell[]} */ ([[1, 1], [5, 1], [5, 4]])) drag([cell]);
  store.set({ comparison: /** @type {any} */ ({ runs: [{ id: "reading:a" }, { id: "reading:b" }], chosen: ["reading:a", "reading:b"], masks: null, beside: false, found: null }) });
  assert.deepEqual([editor.finish(), painted()], [false, []]);
  store.set({ comparison: null });
  assert.deepEqual([editor.finish(), painted().length > 3], [true, true]);
});

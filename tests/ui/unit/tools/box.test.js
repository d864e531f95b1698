/** The tools that ask SAM: what a drag and a click make of the proposal on screen, and how it is drawn. */
import assert from "node:assert/strict";
import { test } from "node:test";

import "../support/page.js";
import { Editor } from "../../../../ui/static/tools/editor.js";
import { fakeView, paintingStore, quietEdits } from "../support/painting.js";

/** The pointer at a place of the slice; ten CSS pixels are a cell. @param {[number, number]} place @param {object} more @returns {any} */
const at = ([column, row], more = {}) => ({ clientX: column * 10, clientY: row * 10, altKey: false, buttons: 1, ...more });

/** @param {string} tool */
function setUp(tool) {
  const store = paintingStore();
  const editor = new Editor(store, quietEdits(store).edits, { ensureLabel: () => true });
  const view = fakeView();
  editor.attach(view);
  store.set({ tool, cursor: [0, 0, 1] });
  let taken = 0;
  store.when("take-outline", () => (taken += 1));
  const drag = (/** @type {[number, number][]} */ places, more = {}) => {
    editor.down(at(places[0], more));
    for (const place of places.slice(1)) editor.move(at(place, more));
    editor.up();
  };
  const shown = () => /** @type {any} */ (store.state.proposal);
  return { store, editor, view, drag, shown, taken: () => taken };
}

test("a drag makes a box, a click makes none", () => {
  const { drag, shown, taken } = setUp("box");
  drag([[1, 1], [1.2, 1.1]]);
  assert.deepEqual([shown(), taken()], [null, 0]);
  drag([[6, 5], [3, 3], [1.5, 2]]);
  assert.deepEqual([shown().box, shown().index, shown().value, shown().held, shown().erasing], [{ x0: 1.5, y0: 2, x1: 6, y1: 5 }, 1, 1, null, false]);
});

test("a box stays on the slice, and one without a cell is none", () => {
  const { drag, shown } = setUp("box");
  drag([[4, 4], [99, 99]]);
  assert.deepEqual(shown().box, { x0: 4, y0: 4, x1: 8, y1: 6 });
  drag([[1, 1], [3, 3], [1.5, 3]]);
  assert.equal(shown(), null);
});

test("a side is dragged without taking the outline; a drag elsewhere takes it and begins another", () => {
  const { drag, shown, taken } = setUp("box");
  drag([[1, 1], [5, 4]]);
  const { id } = shown();
  drag([[5.3, 2.5], [6.5, 2.5]]);
  drag([[1.2, 3.9], [1, 5]]);
  assert.deepEqual([shown().box, shown().id === id, taken()], [{ x0: 1, y0: 1, x1: 6.5, y1: 5 }, true, 1]);
  drag([[3, 3], [5, 4.5]], { altKey: true });
  assert.deepEqual([shown().erasing, shown().id === id, taken()], [true, false, 2]);
});

test("an offered box becomes the person's own once a side is moved", () => {
  const { store, editor, drag, shown } = setUp("box");
  drag([[1, 1], [5, 4]]);
  store.set({ proposal: { ...shown(), offered: true, state: "answered" } });
  editor.down(at([5, 2.5]));
  assert.deepEqual([shown().offered, shown().state], [false, "asked"]);
  editor.cancel();
  assert.deepEqual([shown().held, editor.busy], [null, false]);
});

test("a drag over an offered box begins another, unless it begins on a handle", () => {
  const { store, drag, shown } = setUp("box");
  drag([[1, 1], [5, 4]]);
  const { id } = shown();
  store.set({ proposal: { ...shown(), offered: true, state: "answered" } });
  drag([[5, 3.2], [2, 2]]);
  assert.deepEqual([shown().id === id, shown().box], [false, { x0: 2, y0: 2, x1: 5, y1: 3.2 }]);
});

test("a box that is let go without a cell is told of, one given up is not", () => {
  const { store, editor, drag } = setUp("box");
  let told = 0;
  store.when("box-too-small", () => (told += 1));
  drag([[1, 1], [1.8, 1.8]]);
  assert.equal(told, 1);
  editor.down(at([1, 1]));
  editor.move(at([1.8, 1.8]));
  editor.cancel();
  assert.equal(told, 1);
});

test("points gather on one slice, with Alt outside", () => {
  const { drag, shown, taken } = setUp("point");
  drag([[1.5, 2]]);
  drag([[4, 4]], { altKey: true });
  drag([[40, 4]]);
  assert.deepEqual(shown().points, [{ column: 1.5, row: 2, inside: true }, { column: 4, row: 4, inside: false }]);
  assert.equal(taken(), 1);
});

test("box, handles, outline and points are drawn", () => {
  const calls = /** @type {unknown[]} */ ([]);
  const context = /** @type {any} */ (new Proxy({}, { get: (_, name) => () => calls.push(name), set: () => true }));
  const { store, editor, view, drag, shown } = setUp("box");
  editor.paintHud(context, view);
  assert.deepEqual(calls, []);
  drag([[1, 1], [5, 4]]);
  store.set({ proposal: { ...shown(), offered: true, edges: [1, 1, 1, 2] } });
  editor.paintHud(context, view);
  const count = (/** @type {string} */ name) => calls.filter((call) => call === name).length;
  assert.deepEqual([count("rect"), count("lineTo"), count("setLineDash")], [9, 1, 2]);
  store.set({ tool: "point", proposal: { ...shown(), kind: "point", points: [{ column: 1, row: 1, inside: true }] } });
  editor.paintHud(context, view);
  assert.equal(count("arc"), 1);
});

/** The slice by keys alone. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { event, fake, newPage } from "../support/page.js";
import { Editor } from "../../../../ui/static/tools/editor.js";
import { KeyboardCursor } from "../../../../ui/static/viewer/keyboard_cursor.js";
import { bookOf, fakeView, HEIGHT, paintedCells, paintingStore, quietEdits, WIDTH } from "../support/painting.js";

/** @import { Triple } from "../../../../ui/static/api/types.d.ts" */

/** @param {string} tool */
function setUp(tool) {
  newPage();
  const store = paintingStore();
  const { edits } = quietEdits(store);
  const editor = new Editor(store, edits, { ensureLabel: () => true });
  const hud = document.createElement("canvas");
  /** @type {unknown[]} */
  const panned = [];
  const plain = fakeView();
  const view = Object.assign(plain, {
    hud,
    shape: /** @type {Triple} */ ([WIDTH, HEIGHT, 4]),
    layer: { codes: new Uint16Array(WIDTH * HEIGHT) },
    volume: Object.assign(plain.volume, { valueAt: () => 42, unit: "HU" }),
    displayToClient: (/** @type {number} */ column, /** @type {number} */ row) => ({ x: column * 10, y: row * 10 }),
    panBy: (/** @type {number[]} */ ...by) => panned.push(by),
  });
  hud.getBoundingClientRect = () => /** @type {DOMRect} */ ({ left: -20, right: 100, top: -20, bottom: 80 });
  editor.attach(view);
  store.set({ tool, cursor: [WIDTH - 2, HEIGHT - 2, 1] }); // column 1, row 1
  const status = document.createElement("p");
  const app = /** @type {any} */ ({ store, editor, setCursor: (/** @type {Triple} */ cursor) => store.set({ cursor }) });
  const cursor = new KeyboardCursor({ view, app, paints: () => true, status });
  const press = (/** @type {string} */ key, more = {}) => fake(hud).dispatchEvent(event("keydown", { key, ...more }));
  const release = (/** @type {string} */ key, more = {}) => fake(hud).dispatchEvent(event("keyup", { key, ...more }));
  fake(hud).dispatchEvent(event("focus"));
  const painted = () => paintedCells(bookOf(store).ensure(1).labels);
  return { store, view, editor, cursor, hud, status, press, release, painted, panned };
}

test("arrow keys move from voxel to voxel, with Shift ten, and stay on the slice", () => {
  const { store, press } = setUp("brush");
  assert.equal(press("ArrowRight"), false); // the page's own arrow keys do not see it
  assert.deepEqual(store.state.cursor, [WIDTH - 3, HEIGHT - 2, 1]);
  press("ArrowDown", { shiftKey: true });
  assert.deepEqual(store.state.cursor, [WIDTH - 3, 0, 1]);
});

test("Space paints while it is held", () => {
  const { press, release, painted, editor } = setUp("brush");
  press(" ");
  press(" ", { repeat: true });
  press("ArrowRight");
  press("ArrowRight");
  assert.equal(editor.stroking, true);
  release(" ");
  press("ArrowRight");
  assert.deepEqual([painted(), editor.stroking], [["1,1", "2,1", "3,1"], false]);
});

test("with Shift it stays down until it is pressed again, or the focus goes", () => {
  const { press, release, painted, editor, hud } = setUp("brush");
  press(" ", { shiftKey: true });
  release(" ", { shiftKey: true });
  press("ArrowRight");
  press(" ");
  assert.deepEqual([painted(), editor.stroking], [["1,1", "2,1"], false]);
  press(" ", { shiftKey: true });
  press("ArrowDown");
  fake(hud).dispatchEvent(event("blur"));
  assert.deepEqual([painted(), editor.stroking], [["1,1", "2,1", "2,2"], false]);
});

test("each Space is a corner of a polygon", () => {
  const { press, painted, editor } = setUp("polygon");
  for (const keys of [[], ["ArrowRight", "ArrowRight", "ArrowRight"], ["ArrowDown", "ArrowDown", "ArrowDown"]]) {
    keys.forEach((key) => press(key));
    press(" ");
  }
  editor.finish();
  assert.equal(painted().includes("3,2"), true);
});

test("what a screen reader hears comes once the keys rest", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { press, status } = setUp("brush");
  press("ArrowRight");
  assert.equal(status.textContent, "");
  context.mock.timers.tick(400);
  assert.equal(status.textContent, "Column 3, row 2, slice 2: 42 HU, no label");
});

test("a slice that is zoomed follows the cursor", () => {
  const { hud, press, panned } = setUp("brush");
  hud.getBoundingClientRect = () => /** @type {DOMRect} */ ({ left: -20, right: 45, top: -20, bottom: 80 });
  press("ArrowRight");
  press("ArrowRight");
  assert.deepEqual(panned, [[-10, 0]]);
});

test("the cursor stays on a picture and tells its name", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { store, view, press, status } = setUp("brush");
  view.extent = { columns: 4, rows: 3 };
  store.set({ volume: /** @type {any} */ ({ pictures: [0, 1].map((n) => ({ name: `${n}.png`, columns: 4, rows: 3, pixel_mm: null })) }) });
  press("ArrowRight", { shiftKey: true });
  press("ArrowDown", { shiftKey: true });
  assert.deepEqual(store.state.cursor, [WIDTH - 4, HEIGHT - 3, 1]);
  context.mock.timers.tick(400);
  assert.match(status.textContent, /^Column 4, row 3, 1\.png: /);
});

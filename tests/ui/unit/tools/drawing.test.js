/** What the tools draw over a slice: tools/hud.js, strokes.js and contours.js through the editor. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { Editor } from "../../../../ui/static/tools/editor.js";
import { fakeView, paintingStore, quietEdits } from "../support/painting.js";

/** A canvas context that remembers what was called and set. */
function recorder() {
  /** @type {unknown[][]} */
  const calls = [];
  const context = new Proxy({}, {
    get: (_, name) => (/** @type {unknown[]} */ ...given) => calls.push([name, ...given]),
    set: (_, name, value) => Boolean(calls.push([name, value])),
  });
  return { calls, context: /** @type {any} */ (context), named: (/** @type {string} */ name) => calls.filter(([call]) => call === name) };
}

/** @param {string} tool */
function setUp(tool) {
  const store = paintingStore();
  const view = fakeView();
  const editor = new Editor(store, quietEdits(store).edits, { ensureLabel: () => true });
  editor.attach(view);
  store.set({ tool, brushMm: 4 });
  const press = (/** @type {number} */ x, /** @type {number} */ y) => {
    editor.down(/** @type {any} */ ({ clientX: x, clientY: y, altKey: false, buttons: 1 }));
    editor.up();
  };
  const hover = (/** @type {number} */ x, /** @type {number} */ y) => editor.move(/** @type {any} */ ({ clientX: x, clientY: y }));
  const draw = () => {
    const canvas = recorder();
    editor.paintHud(canvas.context, view);
    return canvas;
  };
  return { store, editor, press, hover, draw };
}

test("the brush's ring lies around the pointer, in the label's colour", () => {
  const { hover, draw, editor } = setUp("brush");
  assert.deepEqual(draw().calls, []);
  hover(20, 30);
  const canvas = draw();
  assert.deepEqual(canvas.named("arc"), Array(2).fill(["arc", 40, 60, 40, 0, 2 * Math.PI]));
  assert.deepEqual(canvas.named("strokeStyle").at(-1), ["strokeStyle", "#ff0000"]);
  editor.leave();
  assert.deepEqual(draw().calls, []);
});

test("the eraser's ring is white", () => {
  const { hover, draw } = setUp("eraser");
  hover(20, 30);
  assert.deepEqual(draw().named("strokeStyle").at(-1), ["strokeStyle", "#ffffff"]);
});

test("no ring where the tool does not paint", () => {
  const { store, hover, draw } = setUp("brush");
  hover(20, 30);
  store.set({ mainPane: "3d" });
  assert.deepEqual(draw().calls, []);
});

test("a polygon shows its corners, the line to the pointer and what closes it", () => {
  const { press, hover, draw } = setUp("polygon");
  press(10, 10);
  press(30, 10);
  hover(30, 40);
  const canvas = draw();
  assert.deepEqual(canvas.named("lineTo"), [["lineTo", 20, 20], ["lineTo", 60, 20], ["lineTo", 60, 80], ["lineTo", 20, 20]]);
  assert.equal(canvas.named("arc").length, 2);
  assert.deepEqual(canvas.named("setLineDash"), [["setLineDash", [8, 8]], ["setLineDash", []]]);
});

test("a lasso shows its line while the button is down only", () => {
  const { editor, hover, draw } = setUp("lasso");
  editor.down(/** @type {any} */ ({ clientX: 10, clientY: 10, altKey: false, buttons: 1 }));
  hover(50, 10);
  assert.equal(draw().named("lineTo").length, 3);
  editor.up();
  assert.deepEqual(draw().calls, []);
});

test("the crosshair tool draws nothing", () => {
  const { hover, draw } = setUp("navigate");
  hover(20, 30);
  assert.deepEqual(draw().calls, []);
});

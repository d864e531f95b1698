import assert from "node:assert/strict";
import { test } from "node:test";

import { event, fake, nextFrame } from "../support/page.js";
import { bookOf, counting, summaryOf } from "../support/volumes.js";
import { initialState, Store } from "../../../../ui/static/state/store.js";
import { PenWatch } from "../../../../ui/static/viewer/fingers.js";
import { makePalette } from "../../../../ui/static/viewer/palette.js";
import { Pane } from "../../../../ui/static/viewer/pane.js";
import { Volume, WindowLut } from "../../../../ui/static/viewer/volume.js";

/** @import { PaneApp } from "../../../../ui/static/viewer/pane.js" */

/** The axial pane of a volume of 3 x 4 x 5 mm on 400 x 400 pixels; `ready` is whether a tool paints there. */
function shownPane(ready = false) {
  const store = new Store({ ...initialState(), window: /** @type {[number, number]} */ ([0, 100]) });
  /** @type {unknown[]} */
  const done = [];
  const note = (/** @type {string} */ name) => (/** @type {unknown[]} */ ...values) => void done.push([name, ...values.filter((value) => !(value instanceof Event))]);
  const editor = { ready, busy: false, view: null, down: note("down"), move: note("move"), up: note("up"), leave: note("leave") };
  /** @type {PaneApp} */
  const app = {
    store,
    editor: /** @type {any} */ (editor),
    keys: new Set(),
    pen: new PenWatch(),
    goTo: note("goTo"),
    setCursor: note("setCursor"),
    changeBrush: note("changeBrush"),
    confidenceAt: () => 0.5,
  };
  const pane = new Pane("axial", app);
  const voxels = new Volume(summaryOf(), counting([3, 4, 5]).buffer);
  pane.view.resize(400, 400, 1);
  pane.view.setVolume(voxels, {
    lut: () => new WindowLut([0, 100], true),
    palette: () => makePalette([], new Set(), 1, true),
    smooth: () => true, range: () => null,
    maskVoxels: () => null,
    otherMask: () => null,
    confidence: () => null,
    book: bookOf([3, 4, 5], "axial", {}),
  });
  pane.setIndex(2, 5);
  nextFrame();
  const { x, y } = pane.view.displayToClient(0.5, 0.5); // voxel 2, 3, 2
  const send = (/** @type {string} */ type, properties = {}) =>
    fake(type === "wheel" ? pane.element : pane.view.hud).dispatchEvent(event(type, { button: 0, buttons: 0, pointerId: 1, clientX: x, clientY: y, deltaX: 0, deltaMode: 0, ...properties }));
  return { pane, app, store, editor, done, send, x, y };
}

test("a pane tells its slice, from 1, and its window", () => {
  const { pane } = shownPane();
  pane.showWindow([-100, 300]);
  assert.deepEqual([pane.indexText.textContent, pane.totalText.textContent, pane.windowText.textContent], ["3", " / 5", "W 400  L 100"]);
  pane.showWindow([0, 1]);
  assert.equal(pane.windowText.textContent, "W 1.00  L 0.50");
});

test("the left button moves the crosshair until it is let go", () => {
  const { pane, done, send } = shownPane();
  send("pointerdown");
  send("pointermove");
  assert.deepEqual(done, [["setCursor", [2, 3, 2]], ["setCursor", [2, 3, 2]]]);
  assert.equal(pane.element.dataset.drag, "cross");
  send("pointerup");
  send("pointermove");
  assert.equal(done.length, 2);
  assert.equal(pane.element.dataset.drag, undefined);
});

test("with a tool that paints here, the left button paints", () => {
  const { done, send } = shownPane(true);
  for (const type of ["pointerdown", "pointermove", "pointerup"]) send(type);
  assert.deepEqual(done, [["down"], ["move"], ["up"]]);
});

for (const [what, properties, keys] of /** @type {[string, object, string[]][]} */ ([
  ["the middle button", { button: 1 }, []],
  ["Space held", {}, [" "]],
])) {
  test(`dragging with ${what} pans, also while painting`, () => {
    const { pane, app, done, send, x, y } = shownPane(true);
    for (const key of keys) app.keys.add(key);
    send("pointerdown", properties);
    send("pointermove", { clientX: x + 10, clientY: y + 20 });
    const at = pane.view.displayToClient(0.5, 0.5);
    assert.deepEqual([Math.round(at.x - x), Math.round(at.y - y)], [10, 20]);
    assert.deepEqual(done, []);
  });
}

test("the right button widens the window to the right, and brightens upwards", () => {
  const { store, send, x, y } = shownPane();
  send("pointerdown", { button: 2 });
  send("pointermove", { clientX: x + 200, clientY: y - 30 });
  const [low, high] = store.state.window;
  assert.ok(Math.abs(high - low - 100 * Math.E) < 1e-9);
  assert.ok(Math.abs((low + high) / 2 - 40) < 1e-9);
});

test("the wheel turns slices, zooms with Ctrl, and sizes the brush with Shift", () => {
  const { pane, done, send } = shownPane(true);
  send("wheel", { deltaY: 120 });
  send("wheel", { deltaY: -120, shiftKey: true });
  send("wheel", { deltaY: -120, ctrlKey: true });
  assert.deepEqual(done, [["goTo", "axial", 1], ["changeBrush", 1]]);
  assert.ok(pane.view.zoom > 1);
});

test("slices do not change under a stroke", () => {
  const { editor, done, send } = shownPane(true);
  editor.busy = true;
  send("wheel", { deltaY: 120 });
  assert.deepEqual(done, []);
});

test("under the pointer stand the place in mm, the intensity and how certain the mask is", () => {
  const { pane, send } = shownPane();
  send("pointermove");
  assert.match(pane.readout.textContent, /^2\.0 {2}3\.0 {2}2\.0 mm {3}35 HU {3}.*50 %/);
  send("pointermove", { clientX: -50 });
  assert.equal(pane.readout.textContent, "");
});

test("the scale bar has a round length", () => {
  const { pane } = shownPane();
  Object.assign(pane.element, { clientWidth: 400 });
  pane.view.invalidate("view");
  nextFrame();
  assert.equal(pane.scaleText.textContent, "1 mm"); // 4 mm are 94 % of 400 pixels
  assert.equal(pane.scaleLine.style.width, "94px");
});

test("a crosshair is drawn, except where a tool paints", () => {
  const crosshair = (/** @type {boolean} */ ready) => {
    const { pane } = shownPane(ready);
    /** @type {unknown[]} */
    const calls = /** @type {any} */ (pane.view.hudContext).calls;
    return calls.filter((call) => /** @type {unknown[]} */ (call)[0] === "lineTo").length;
  };
  assert.deepEqual([crosshair(false), crosshair(true)], [4, 0]);
});

test("on a picture the place is a column and a row, from 1, and there is none beside it", () => {
  const { pane, send } = shownPane();
  /** @type {any} */ (pane.view.volume).pictures = pane.view.pictures = [0, 1, 2].map((n) => ({ name: `${n}.png`, rows: 2, columns: 3, pixel_mm: null }));
  const over = (/** @type {number} */ column, /** @type {number} */ row) => {
    const { x, y } = pane.view.displayToClient(column, row);
    send("pointermove", { clientX: x, clientY: y });
    return pane.readout.textContent;
  };
  assert.match(over(0.5, 1.5), /^1 {2}2 px {3}32 HU/);
  assert.equal(over(0.5, 2.1), "");
});

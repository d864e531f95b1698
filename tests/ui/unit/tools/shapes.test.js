import assert from "node:assert/strict";
import { test } from "node:test";

import { Gesture } from "../../../../ui/static/tools/gesture.js";
import { toolById } from "../../../../ui/static/tools/registry.js";
import { reshape, SHAPES, shapeWords, withinPicture } from "../../../../ui/static/tools/shapes.js";
import { bookOf, fakeView, paintingStore, quietEdits } from "../support/painting.js";

const SIZE = { width: 7, height: 5, pixelWidthMm: 1, pixelHeightMm: 1 };

/** @param {string[]} rows digits are labels, dots none */
const cells = (...rows) => Uint8Array.from(rows.join(""), (value) => (value === "." ? 0 : Number(value)));

/** @param {Uint8Array} labels */
const rows = (labels) => Array.from({ length: 5 }, (_, row) => [...labels.slice(row * 7, row * 7 + 7)].map((value) => value || ".").join(""));

/** @param {string} id @param {Uint8Array} labels @param {Partial<typeof SIZE>} [size] */
function changed(id, labels, size = {}) {
  const result = labels.slice();
  const shape = SHAPES.find((each) => each.id === id);
  assert.ok(shape);
  reshape(result, 1, { ...SIZE, ...size }, shape.change);
  return rows(result);
}

test("growing takes free neighbours and leaves other labels alone", () => {
  const labels = cells(".......", "...2...", "..1....", ".......", ".......");
  assert.deepEqual(changed("grow", labels), [".......", "..12...", ".111...", "..1....", "......."]);
});

test("a millimetre is what it is: several thin voxels, one thick one", () => {
  const labels = cells(".......", ".......", "...1...", ".......", ".......");
  assert.deepEqual(changed("grow", labels, { pixelWidthMm: 0.4 }), [".......", "...1...", ".11111.", "...1...", "......."]);
  assert.deepEqual(changed("grow", labels, { pixelWidthMm: 3, pixelHeightMm: 3 }), [".......", "...1...", "..111..", "...1...", "......."]);
});

test("shrinking takes the rim away, not where the slice ends", () => {
  const labels = cells("1111...", "1111...", "1111...", "1111...", "1111...");
  assert.deepEqual(changed("shrink", labels), ["111....", "111....", "111....", "111....", "111...."]);
});

test("holes are filled, other labels in them stay, bays stay open", () => {
  const labels = cells("11111..", "1.2.1..", "11111..", "1...1..", "1...1..");
  assert.deepEqual(changed("holes", labels), ["11111..", "11211..", "11111..", "1...1..", "1...1.."]);
});

test("smoothing takes spikes and fills notches", () => {
  const labels = cells("...1...", ".11111.", ".11.11.", ".11111.", ".......");
  assert.deepEqual(changed("smooth", labels), ["..111..", "..111..", ".11111.", "..111..", "......."]);
});

test("a picture ends where what pads it begins", () => {
  const labels = cells("1111...", "1111...", "1111...", ".......", ".......");
  const on = (/** @type {number} */ n) => {
    const result = labels.slice();
    reshape(result, 1, SIZE, withinPicture(SHAPES[n].change, { rows: 3, columns: 4 }));
    return rows(result);
  };
  for (const n of SHAPES.keys()) assert.deepEqual(on(n), rows(labels));
  assert.deepEqual([shapeWords(SHAPES[0], "picture").text, shapeWords(SHAPES[0], "slice").text, shapeWords(SHAPES[2], "picture").text], ["Grow by 1 px", "Grow by 1 mm", "Fill holes"]);
});

function painted() {
  const store = paintingStore();
  const { edits, saved } = quietEdits(store);
  const slice = bookOf(store).ensure(1);
  slice.state = "painted";
  const press = (/** @type {string} */ id, /** @type {number} */ column, /** @type {number} */ row) => {
    const tool = toolById(id);
    const gesture = new Gesture({ tool, view: fakeView(), store, edits, erasing: false });
    return tool.down?.(gesture, { column: column + 0.5, row: row + 0.5 });
  };
  return { store, edits, saved, slice, press };
}

test("reshaping is one change that undo takes back", () => {
  const { store, edits, saved, slice } = painted();
  store.set({ voxels: /** @type {any} */ ({ ...store.state.voxels, size: () => ({ ...SIZE, width: 8, height: 6 }) }) });
  slice.labels[8 * 2 + 3] = 1;
  edits.reshape(1, 1, SHAPES[0].change);
  assert.equal(slice.labels.filter(Boolean).length, 5);
  assert.deepEqual(saved, [1]);
  edits.undo();
  assert.equal(slice.labels.filter(Boolean).length, 1);
});

test("of the label that is clicked one piece is kept", () => {
  const { slice, press } = painted();
  slice.labels.set([1, 1, 0, 1, 2, 0, 2, 0]);
  assert.equal(press("keep", 0, 0), true);
  assert.deepEqual([...slice.labels.slice(0, 8)], [1, 1, 0, 0, 2, 0, 2, 0]);
  press("keep", 2, 0);
  press("keep", 99, 0);
  assert.deepEqual([...slice.labels.slice(0, 8)], [1, 1, 0, 0, 2, 0, 2, 0]);
});

test("picking chooses the label and gives the tool before back", () => {
  const { store, slice, press, saved } = painted();
  slice.labels[4] = 2;
  store.set({ tool: "pick", toolBefore: "lasso" });
  press("pick", 0, 0);
  assert.deepEqual([store.state.activeLabel, store.state.tool], [1, "pick"]);
  press("pick", 4, 0);
  assert.deepEqual([store.state.activeLabel, store.state.tool, saved], [2, "lasso", []]);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import "../support/page.js";
import { bookOf } from "../support/volumes.js";
import { planeSize } from "../../../../ui/static/viewer/planes.js";
import { UncertaintyLayer, uncertaintyPalette } from "../../../../ui/static/viewer/uncertainty_layer.js";

/**
 * @import { PlaneName, Triple } from "../../../../ui/static/api/types.d.ts"
 * @import { FakeContext } from "../support/canvas.js"
 */

/** @type {Triple} */
const SHAPE = [4, 5, 6];

/**
 * Cells that are coloured on a slice that is uncertain everywhere but in its first cell.
 * @param {PlaneName} plane
 * @param {number} index
 * @param {number[]} painted axial slices
 */
function colouredCells(plane, index, painted) {
  const book = bookOf(SHAPE, "axial", Object.fromEntries(painted.map((slice) => [slice, []])));
  const { width, height } = planeSize(SHAPE, [1, 1, 1], plane);
  const layer = new UncertaintyLayer(plane);
  layer.resize(width, height);
  const confidence = new Uint8Array(width * height).fill(100);
  confidence[0] = 204;
  layer.compose(confidence, { shape: SHAPE, book }, index, { x0: 0, y0: 0, x1: width, y1: height });
  const context = /** @type {FakeContext} */ (/** @type {unknown} */ (layer.drawing.context));
  const shown = context.alphas().flatMap((alpha, at) => (alpha ? [at] : []));
  return { shown, width, height };
}

/** @type {[PlaneName, number, number[], (row: number) => boolean][]} */
const CASES = [
  ["axial", 2, [1], () => false],
  ["axial", 1, [1], () => true],
  ["coronal", 2, [1], (row) => row === 4], // axial slice 1 of 6, from above
  ["sagittal", 2, [0, 5], (row) => row === 5 || row === 0],
];

for (const [plane, index, painted, isPainted] of CASES) {
  test(`${plane} slice ${index} is coloured where it is uncertain, but not where axial ${painted} are painted`, () => {
    const { shown, width, height } = colouredCells(plane, index, painted);
    const cells = Array.from({ length: width * height }, (_, at) => at).slice(1);
    assert.deepEqual(shown, cells.filter((at) => !isPainted(Math.floor(at / width))));
  });
}

test("a coronal painting clears a column of sagittal slices", () => {
  const layer = new UncertaintyLayer("sagittal");
  layer.resize(5, 6);
  const source = { shape: SHAPE, book: bookOf(SHAPE, "coronal", { 1: [] }) };
  layer.compose(new Uint8Array(30), source, 0, { x0: 0, y0: 0, x1: 5, y1: 6 });
  const alphas = /** @type {FakeContext} */ (/** @type {unknown} */ (layer.drawing.context)).alphas();
  assert.deepEqual(alphas.flatMap((alpha, at) => (alpha ? [] : [at])), [3, 8, 13, 18, 23, 28]);
});

test("without a confidence there is nothing to draw", () => {
  const layer = new UncertaintyLayer("axial");
  layer.resize(4, 5);
  layer.compose(null, { shape: SHAPE, book: bookOf(SHAPE, "axial", {}) }, 0, { x0: 0, y0: 0, x1: 4, y1: 5 });
  assert.equal(layer.shown, false);
});

test("uncertainty grows from amber to red at even odds", () => {
  const [slight, more, even, wrong] = [203, 166, 128, 20].map((confidence) => {
    const word = uncertaintyPalette()[confidence];
    return { green: (word >>> 8) & 255, alpha: word >>> 24 };
  });
  assert.ok(slight.green > more.green && more.green > even.green);
  assert.ok(slight.alpha < more.alpha && more.alpha < even.alpha);
  assert.deepEqual(even, wrong);
});

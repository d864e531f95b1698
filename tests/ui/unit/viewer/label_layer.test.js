import assert from "node:assert/strict";
import { test } from "node:test";

import "../support/page.js";
import { bookOf } from "../support/volumes.js";
import { makeCanvas } from "../../../../ui/static/viewer/canvas.js";
import { LabelLayer } from "../../../../ui/static/viewer/label_layer.js";
import { INTERPOLATED, makePalette, PAINTED } from "../../../../ui/static/viewer/palette.js";
import { planeSize } from "../../../../ui/static/viewer/planes.js";

/**
 * @import { PlaneName, Triple } from "../../../../ui/static/api/types.d.ts"
 * @import { FakeContext } from "../support/canvas.js"
 */

const WIDTH = 150; // three tiles across
const HEIGHT = 70; // two down
/** @type {Triple} */
const SHAPE = [WIDTH, HEIGHT, 4];
const LABELS = [{ value: 1, color: "#ff0000" }, { value: 2, color: "#00ff00" }];
const PALETTE = makePalette(LABELS, new Set(), 0.5, true);
const NO_BOOK = bookOf(SHAPE, "axial", {});

/** Two touching labels across tiles and up to the rim, and a single cell. */
function twoLabels() {
  const codes = new Uint8Array(WIDTH * HEIGHT);
  for (let y = 50; y < 70; y++) codes.fill(1, y * WIDTH + 60, y * WIDTH + 100);
  for (let y = 55; y < 66; y++) codes.fill(2, y * WIDTH + 80, y * WIDTH + 150);
  codes[10 * WIDTH + 10] = 1;
  return codes;
}

/** "code x0 y0 x1 y1" of each cell edge between a label and anything else. @param {Uint8Array} codes */
function edgesOf(codes) {
  /** @type {Set<string>} */
  const edges = new Set();
  const at = (/** @type {number} */ x, /** @type {number} */ y) => (x < 0 || y < 0 || x >= WIDTH || y >= HEIGHT ? 0 : codes[y * WIDTH + x]);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const own = at(x, y);
      if (!own) continue;
      if (at(x - 1, y) !== own) edges.add(`${own} ${x} ${y} ${x} ${y + 1}`);
      if (at(x + 1, y) !== own) edges.add(`${own} ${x + 1} ${y} ${x + 1} ${y + 1}`);
      if (at(x, y - 1) !== own) edges.add(`${own} ${x} ${y} ${x + 1} ${y}`);
      if (at(x, y + 1) !== own) edges.add(`${own} ${x} ${y + 1} ${x + 1} ${y + 1}`);
    }
  }
  return edges;
}

/** The same from the layer's longer segments. @param {LabelLayer} layer */
function unitEdges(layer) {
  /** @type {Set<string>} */
  const edges = new Set();
  for (const [code, numbers] of [...layer.tiles.values()].flatMap((lines) => [...lines])) {
    for (let n = 0; n < numbers.length; n += 4) {
      const [x0, y0, x1, y1] = numbers.slice(n, n + 4);
      for (let step = 0; step < Math.max(x1 - x0, y1 - y0); step++) {
        const [x, y] = x1 > x0 ? [x0 + step, y0] : [x0, y0 + step];
        edges.add(`${code} ${x} ${y} ${x + Number(x1 > x0)} ${y + Number(y1 > y0)}`);
      }
    }
  }
  return edges;
}

/** @param {LabelLayer} layer */
const pixelsOf = (layer) => /** @type {FakeContext} */ (/** @type {unknown} */ (layer.drawing.context));
/** @param {LabelLayer} layer */
const coloured = (layer) => pixelsOf(layer).alphas().filter(Boolean).length;

/** @param {(Uint8Array | null)[]} slices shown one after another; returns [pixels with colour, tiles with outlines] of each */
function show(...slices) {
  const layer = new LabelLayer("axial");
  layer.resize(WIDTH, HEIGHT);
  const seen = slices.map((maskSlice) => {
    layer.compose({ shape: SHAPE, maskSlice, book: NO_BOOK }, 0, layer.everything, PALETTE);
    return [coloured(layer), layer.tiles.size > 0];
  });
  return { layer, seen };
}

test("outlines are the edges of labels", () => {
  const codes = twoLabels();
  const { layer, seen } = show(codes);
  assert.deepEqual(unitEdges(layer), edgesOf(codes));
  assert.equal(seen[0][0], codes.filter(Boolean).length);
});

test("a blank slice after a labelled one shows nothing", () => {
  const blank = new Uint8Array(WIDTH * HEIGHT);
  const count = twoLabels().filter(Boolean).length;
  const { seen } = show(blank, twoLabels(), blank, null, twoLabels());
  assert.deepEqual(seen, [[0, false], [count, true], [0, false], [0, false], [count, true]]);
});

test("a change inside a rectangle gives the outlines of the whole", () => {
  const { layer } = show(twoLabels());
  const codes = twoLabels();
  for (let y = 60; y < 64; y++) codes.fill(0, y * WIDTH + 62, y * WIDTH + 66); // touches the edge between two tiles
  layer.compose({ shape: SHAPE, maskSlice: codes, book: NO_BOOK }, 0, { x0: 62, y0: 60, x1: 66, y1: 64 }, PALETTE);
  assert.deepEqual(unitEdges(layer), edgesOf(codes));
  assert.equal(coloured(layer), codes.filter(Boolean).length);
});

test("what is painted hides what is predicted", () => {
  const layer = new LabelLayer("axial");
  layer.resize(WIDTH, HEIGHT);
  const book = bookOf(SHAPE, "axial", { 0: [[5, 2]] });
  layer.compose({ shape: SHAPE, maskSlice: twoLabels(), book }, 0, layer.everything, PALETTE);
  assert.deepEqual([...layer.codes.entries()].filter(([, code]) => code), [[5, 2 | PAINTED]]);
});

test("what is painted on axial slice 2 shows in the other planes at the voxels it means", () => {
  /** @type {Triple} */
  const shape = [4, 5, 6];
  const book = bookOf(shape, "axial", { 2: [[4, 9]] }); // row 1, column 0: x 3, y 3
  const shown = (/** @type {PlaneName} */ plane, /** @type {number} */ index) => {
    const layer = new LabelLayer(plane);
    const { width, height } = planeSize(shape, [1, 1, 1], plane);
    layer.resize(width, height);
    layer.compose({ shape, maskSlice: null, book }, index, layer.everything, PALETTE);
    return [...layer.codes.entries()].filter(([, code]) => code).map(([at, code]) => [at % width, Math.floor(at / width), code]);
  };
  assert.deepEqual([shown("coronal", 3), shown("sagittal", 3), shown("coronal", 2)], [[[0, 3, 9 | PAINTED]], [[1, 3, 9 | PAINTED]], []]);
});

test("a coronal painting crosses sagittal slices as a column", () => {
  /** @type {Triple} */
  const shape = [4, 5, 6];
  const book = bookOf(shape, "coronal", { 1: [[0, 7]] }); // row 0, column 0: x 3, z 5
  const layer = new LabelLayer("sagittal");
  layer.resize(5, 6);
  layer.compose({ shape, maskSlice: null, book }, 3, layer.everything, PALETTE);
  assert.deepEqual([...layer.codes.entries()].filter(([, code]) => code), [[3, 7 | PAINTED]]); // row 0, column 5 - 1 - 1
});

test("other colours replace those on screen without reading the slice again", () => {
  const { layer } = show(twoLabels());
  layer.recolour(makePalette(LABELS, new Set([1]), 0.5, true));
  assert.equal(coloured(layer), twoLabels().filter((code) => code === 2).length);
});

test("outlines are stroked at the place of the slice on the canvas, in colours that are shown", () => {
  const { layer } = show(twoLabels());
  const { context } = makeCanvas(1, 1);
  layer.strokeOutlines(context, { x: 100, y: 10, scaleX: 2, scaleY: 3 }, makePalette(LABELS, new Set([2]), 0.5, true), 1);
  const { calls } = /** @type {FakeContext} */ (/** @type {unknown} */ (context));
  const corners = calls.filter(([name]) => name === "moveTo").map(([, x, y]) => [x, y]);
  assert.ok(corners.some(([x, y]) => x === 100 + 2 * 10 && y === 10 + 3 * 10), "the single cell's corner");
  assert.equal(calls.filter(([name]) => name === "stroke").length, 1);
  assert.equal(context.strokeStyle, "rgba(255,0,0,0.85)");
});

test("an interpolated slice is hatched in its own plane and where it crosses others", () => {
  const book = bookOf(SHAPE, "axial", { 2: [...Array(40).keys()].map((at) => [at, 1]) });
  book.ensure(2).state = "interpolated";
  const layer = new LabelLayer("axial");
  layer.resize(WIDTH, HEIGHT);
  layer.compose({ shape: SHAPE, maskSlice: null, book }, 2, layer.everything, PALETTE);
  assert.equal(layer.codes[3], 1 | INTERPOLATED);
  const words = new Set(pixelsOf(layer).pixels.slice(0, 40));
  assert.deepEqual(words, new Set([PALETTE.fill[1 | INTERPOLATED], PALETTE.fill[1 | INTERPOLATED | PAINTED]]));
  const crossing = new LabelLayer("coronal");
  crossing.resize(WIDTH, 4);
  crossing.compose({ shape: SHAPE, maskSlice: null, book }, HEIGHT - 1, crossing.everything, PALETTE);
  assert.equal(crossing.codes[WIDTH], 1 | INTERPOLATED); // row 1 is z = 2
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { capsule, fillContour, flood } from "../../../../ui/static/tools/raster.js";

const SIZE = { width: 20, height: 16, pixelWidthMm: 1, pixelHeightMm: 1 };
const CELLS = SIZE.width * SIZE.height;

/** @param {[number, number][]} pairs column, row */
const points = (...pairs) => pairs.map(([column, row]) => ({ column, row }));

/** @param {(visit: (at: number) => void) => object | null} draw */
function visited(draw) {
  /** @type {number[]} */
  const cells = [];
  const rect = draw((at) => cells.push(at));
  return { cells, rect, sorted: [...cells].sort((a, b) => a - b) };
}

/** Cells whose centre fulfils a condition. @param {(column: number, row: number) => boolean} inside */
const where = (inside) => Array.from({ length: CELLS }, (_, at) => at).filter((at) => inside((at % 20) + 0.5, Math.floor(at / 20) + 0.5));

test("a dab of the brush is a disc in mm", () => {
  const [at] = points([10, 8]);
  const { sorted } = visited((visit) => capsule(at, at, 4, { ...SIZE, pixelHeightMm: 2 }, visit));
  assert.deepEqual(sorted, where((column, row) => (column - 10) ** 2 + ((row - 8) * 2) ** 2 <= 16));
});

test("the brush leaves no gap between points and visits a cell once", () => {
  const [a, b] = points([2, 3], [17, 12]);
  const { cells } = visited((visit) => capsule(a, b, 1, SIZE, visit));
  const rows = new Set(cells.map((at) => Math.floor(at / 20)));
  for (let row = 3; row < 12; row++) assert.ok(rows.has(row), `row ${row}`);
  assert.equal(new Set(cells).size, cells.length);
});

test("a brush smaller than a cell paints the one it points at", () => {
  const [at] = points([4.9, 7.1]);
  assert.deepEqual(visited((visit) => capsule(at, at, 0.1, SIZE, visit)).cells, [7 * 20 + 4]);
});

test("a brush outside the slice paints nothing", () => {
  const [at] = points([-30, 5]);
  const { cells, rect } = visited((visit) => capsule(at, at, 3, SIZE, visit));
  assert.deepEqual([cells, rect], [[], null]);
});

test("a contour fills cells whose centre is inside", () => {
  const square = points([3, 2], [9, 2], [9, 7], [3, 7]);
  const { sorted, rect } = visited((visit) => fillContour(square, SIZE, visit));
  assert.deepEqual(sorted, where((column, row) => column > 3 && column < 9 && row > 2 && row < 7));
  assert.deepEqual(rect, { x0: 3, y0: 2, x1: 9, y1: 7 });
});

test("a contour that crosses itself leaves no hole", () => {
  const round = points([3, 2], [12, 2], [12, 12], [3, 12]);
  const { sorted } = visited((visit) => fillContour([...round, ...round], SIZE, visit));
  assert.deepEqual(sorted, where((column, row) => column > 3 && column < 12 && row > 2 && row < 12));
});

test("a contour beyond the edge is cut", () => {
  const wide = points([-5, -5], [50, -5], [50, 50], [-5, 50]);
  assert.equal(visited((visit) => fillContour(wide, SIZE, visit)).cells.length, CELLS);
});

test("two points enclose nothing", () => {
  assert.equal(visited((visit) => fillContour(points([1, 1], [5, 5]), SIZE, visit)).rect, null);
});

test("a flood stops at the border", () => {
  const { sorted } = visited((visit) => flood(7, { width: 6, height: 4 }, (at) => at % 6 !== 3, visit));
  assert.deepEqual(sorted, [0, 1, 2, 3].flatMap((row) => [0, 1, 2].map((column) => row * 6 + column)));
});

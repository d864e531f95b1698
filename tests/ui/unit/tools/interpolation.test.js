import assert from "node:assert/strict";
import { test } from "node:test";

import { between, signedDistance } from "../../../../ui/static/tools/interpolation.js";

const WIDTH = 40;
const HEIGHT = 30;
const SIZE = { width: WIDTH, height: HEIGHT, pixelWidthMm: 0.5, pixelHeightMm: 2 };

/** Cells of an ellipse. @param {number} column @param {number} row @param {number} a @param {number} b */
const ellipse = (column, row, a, b) =>
  Uint8Array.from({ length: WIDTH * HEIGHT }, (_, at) => Number((((at % WIDTH) - column) / a) ** 2 + ((Math.floor(at / WIDTH) - row) / b) ** 2 <= 1));

const area = (/** @type {Uint8Array} */ inside) => inside.reduce((sum, value) => sum + value, 0);

/** Centre column and row. @param {Uint8Array} inside */
function centre(inside) {
  const cells = [...inside.keys()].filter((at) => inside[at]);
  return [cells.reduce((sum, at) => sum + (at % WIDTH), 0) / cells.length, cells.reduce((sum, at) => sum + Math.floor(at / WIDTH), 0) / cells.length];
}

test("distances are in mm and exact, whatever the voxel's shape", () => {
  const inside = ellipse(20, 15, 7, 4);
  const distances = signedDistance(inside, SIZE);
  for (const at of [0, 15 * WIDTH + 20, 15 * WIDTH + 14, 9 * WIDTH + 3, WIDTH * HEIGHT - 1]) {
    const squares = [...inside.keys()]
      .filter((other) => inside[other] !== inside[at])
      .map((other) => (((other % WIDTH) - (at % WIDTH)) * 0.5) ** 2 + ((Math.floor(other / WIDTH) - Math.floor(at / WIDTH)) * 2) ** 2);
    const expected = Math.sqrt(Math.min(...squares)) * (inside[at] ? 1 : -1);
    assert.ok(Math.abs(distances[at] - expected) < 1e-4, `${distances[at]} must be ${expected}`);
  }
});

test("between a small and a large shape sizes grow evenly", () => {
  const [small, large] = [ellipse(20, 15, 4, 3), ellipse(20, 15, 12, 9)];
  const areas = between(small, large, 3, SIZE).map(area);
  assert.ok(area(small) < areas[0] && areas[0] < areas[1] && areas[1] < areas[2] && areas[2] < area(large), String(areas));
  assert.deepEqual(between(small, small, 2, SIZE), [small, small]);
});

test("a shape that does not overlap itself moves along", () => {
  const shapes = between(ellipse(6, 6, 4, 3), ellipse(30, 22, 4, 3), 3, SIZE);
  assert.deepEqual(shapes.map(centre), [[12, 10], [18, 14], [24, 18]]);
  assert.equal(area(shapes[1]), area(ellipse(18, 14, 4, 3)));
});

test("shapes at the rim stay on the slice, and nothing is between nothing", () => {
  const everything = new Uint8Array(WIDTH * HEIGHT).fill(1);
  assert.deepEqual(between(everything, everything, 1, SIZE), [everything]);
  assert.equal(area(between(new Uint8Array(WIDTH * HEIGHT), everything, 1, SIZE)[0]), 0);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { summary } from "../support/controllers.js";
import { BRUSH_MM, brushLimits } from "../../../../ui/static/state/limits.js";

test("on a scan the brush has its limits in mm, whatever the voxels", () => {
  const volume = summary({ shape: [500, 500, 100], spacing_mm: [0.8, 0.8, 5] });
  assert.deepEqual(brushLimits({ volume }), { ...BRUSH_MM, start: 15 });
  assert.deepEqual(brushLimits({ volume: null }), { ...BRUSH_MM, start: BRUSH_MM.min });
});

test("on pictures the brush grows with the longest side, not with how many there are", () => {
  const of = (/** @type {number} */ width, /** @type {number} */ count) => {
    const pictures = Array.from({ length: count }, (_, n) => ({ name: `${n}.png`, rows: 10, columns: width, pixel_mm: null }));
    return brushLimits({ volume: summary({ shape: [width, 10, count], spacing_mm: [1, 1, 1], pictures }) });
  };
  assert.deepEqual(of(4000, 3), { min: 0.5, max: 1000, start: 120 });
  assert.deepEqual(of(100, 900), { min: 0.5, max: 120, start: 3 });
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { histogram, histogramHeights, histogramLimits } from "../../../../ui/static/state/histogram.js";
import { Volume } from "../../../../ui/static/viewer/volume.js";
import { summary } from "../support/controllers.js";
import { counting } from "../support/volumes.js";

/** @import { Triple } from "../../../../ui/static/api/types.d.ts" */

/** @type {Triple} */
const SHAPE = [20, 10, 2];
const PRESETS = [
  { name: "Soft", low: 100, high: 300 },
  { name: "Bone", low: 50, high: 2000 },
];
const facts = summary({ shape: SHAPE, value_range: [0, 399], presets: PRESETS });
const voxels = new Volume(facts, counting(SHAPE).buffer); // 0 to 399, each once

test("counts fall into equal bins, the highest value into the last", () => {
  assert.deepEqual([...histogram(voxels, [0, 399], 4)], [100, 100, 100, 100]);
  assert.deepEqual([...histogram(voxels, [100, 199], 2)], [50, 50]);
});

test("what lies outside is in no bin", () => {
  assert.deepEqual([...histogram(voxels, [390, 500], 11)], [10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
});

test("voxels that are still travelling are not counted", () => {
  assert.deepEqual([...histogram({ data: voxels.data, arrived: 7 }, [0, 399], 1)], [7]);
  assert.deepEqual([...histogram({ data: voxels.data, arrived: 0 }, [0, 399], 2)], [0, 0]);
});

test("of many voxels a sample is counted", () => {
  const many = { data: new Int16Array(1_000_000).fill(5), arrived: 1_000_000 };
  const [count] = histogram(many, [0, 10], 1);
  assert.ok(count > 300_000 && count <= 400_000, String(count));
});

test("it spans the windows that are offered and the one in use, within the volume", () => {
  assert.deepEqual(histogramLimits({ voxels, volume: facts, window: [100, 300] }), [50, 399]);
  assert.deepEqual(histogramLimits({ voxels, volume: facts, window: [-20, 60] }), [-20, 399]);
  assert.deepEqual(histogramLimits({ voxels: null, volume: null, window: [1, 2] }), [1, 2]);
});

test("heights are logarithms of counts", () => {
  assert.deepEqual(histogramHeights(new Uint32Array([0, 0])), [0, 0]);
  const [none, few, most] = histogramHeights(new Uint32Array([0, 9, 999]));
  assert.deepEqual([none, most], [0, 1]);
  assert.ok(Math.abs(few - 1 / 3) < 1e-9);
});

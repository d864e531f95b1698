import assert from "node:assert/strict";
import { test } from "node:test";

import { maskExtents } from "../../../../ui/static/viewer/extents.js";

test("extents are runs of slices, by label", () => {
  const voxels = new Uint8Array(2 * 3 * 6);
  for (const z of [1, 2, 5]) voxels[z * 6 + 4] = 7;
  voxels[0] = 255;
  assert.deepEqual([...maskExtents(voxels, [2, 3, 6], "axial")], [[7, [[1, 2], [5, 5]]], [255, [[0, 0]]]]);
});

test("the same voxels have other extents along other planes", () => {
  const voxels = new Uint8Array(2 * 3 * 6);
  for (const z of [1, 2, 5]) voxels[z * 6 + 4] = 7; // x 0, y 2
  assert.deepEqual([...maskExtents(voxels, [2, 3, 6], "coronal")], [[7, [[2, 2]]]]);
  assert.deepEqual([...maskExtents(voxels, [2, 3, 6], "sagittal")], [[7, [[0, 0]]]]);
});

test("an empty mask has none", () => {
  assert.equal(maskExtents(new Uint8Array(36), [2, 3, 6], "axial").size, 0);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { displayToVoxel, PLANE_NAMES, PLANES, planeSize, sliceExtent, unionRect, voxelToDisplay } from "../../../../ui/static/viewer/planes.js";

/** @import { Triple } from "../../../../ui/static/api/types.d.ts" */

/** @type {Triple} */
const SHAPE = [7, 8, 9];

for (const plane of PLANE_NAMES) {
  test(`a voxel and its cell on the ${plane} slice name each other`, () => {
    /** @type {Triple} */
    const voxel = [1, 2, 3];
    const { column, row } = voxelToDisplay(SHAPE, plane, voxel);
    assert.deepEqual(displayToVoxel(SHAPE, plane, voxel[PLANES[plane].axis], column, row), voxel);
  });
}

test("the patient's right is on the left, anterior or superior is above", () => {
  assert.deepEqual(voxelToDisplay(SHAPE, "axial", [6, 7, 0]), { column: 0, row: 0 });
  assert.deepEqual(voxelToDisplay(SHAPE, "coronal", [6, 0, 8]), { column: 0, row: 0 });
  assert.deepEqual(voxelToDisplay(SHAPE, "sagittal", [0, 7, 8]), { column: 0, row: 0 });
});

test("a plane has its own size and spacing", () => {
  assert.deepEqual(planeSize(SHAPE, [1, 2, 3], "coronal"), { slices: 8, width: 7, height: 9, pixelWidthMm: 1, pixelHeightMm: 3, sliceStepMm: 2 });
});

test("what there is of a slice is its picture, where it is one, or all of its plane", () => {
  const volume = { shape: SHAPE, pictures: [{ rows: 2, columns: 3 }] };
  assert.deepEqual(sliceExtent(volume, "axial", 0), { rows: 2, columns: 3 });
  assert.deepEqual([sliceExtent(volume, "axial", 1), sliceExtent({ shape: SHAPE }, "axial", 0)], [{ columns: 7, rows: 8 }, { columns: 7, rows: 8 }]);
  assert.deepEqual([sliceExtent(volume, "coronal", 0), sliceExtent(volume, "sagittal", 0)], [{ columns: 7, rows: 9 }, { columns: 8, rows: 9 }]);
});

test("the union of rectangles holds both, and nothing is no rectangle", () => {
  const a = { x0: 1, y0: 2, x1: 3, y1: 4 };
  assert.deepEqual(unionRect(a, { x0: 0, y0: 3, x1: 2, y1: 9 }), { x0: 0, y0: 2, x1: 3, y1: 9 });
  assert.deepEqual([unionRect(a, null), unionRect(null, a), unionRect(null, null)], [a, a, null]);
});

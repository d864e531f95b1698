import assert from "node:assert/strict";
import { test } from "node:test";

import { summaryOf } from "../support/volumes.js";
import { SlicePlacement } from "../../../../ui/static/viewer/placement.js";
import { Volume } from "../../../../ui/static/viewer/volume.js";

/** An axial slice of 40 x 20 mm on a canvas of 400 x 400 device pixels, at (10, 20) of the page. */
function placed(pixelRatio = 2) {
  const placement = new SlicePlacement("axial", () => ({ left: 10, top: 20 }));
  placement.measure(new Volume(summaryOf({ shape: [40, 10, 3], spacing_mm: [1, 2, 5] })));
  placement.resize(400 / pixelRatio, 400 / pixelRatio, pixelRatio);
  return placement;
}

/**
 * @param {{x: number, y: number}} actual
 * @param {number} x
 * @param {number} y
 */
function near(actual, x, y) {
  assert.ok(Math.abs(actual.x - x) < 1e-6 && Math.abs(actual.y - y) < 1e-6, `${actual.x}, ${actual.y} is not ${x}, ${y}`);
}

test("a slice is fitted into the canvas, centred, at its size in mm", () => {
  const { map } = placed();
  assert.ok(Math.abs(map.pixelsPerMm - 9.4) < 1e-9);
  assert.ok(Math.abs(map.scaleY - 2 * map.scaleX) < 1e-9);
  near({ x: map.x + 20 * map.scaleX, y: map.y + 5 * map.scaleY }, 200, 200);
});

for (const pixelRatio of [1, 2, 1.5]) {
  test(`client and display places name each other at ${pixelRatio} device pixels a pixel`, () => {
    const placement = placed(pixelRatio);
    const { x, y } = placement.displayToClient(7.25, 3.5);
    const { column, row } = placement.clientToDisplay(x, y);
    near({ x: column, y: row }, 7.25, 3.5);
  });
}

test("zooming keeps what lies under the pointer in place", () => {
  const placement = placed();
  const before = placement.clientToDisplay(60, 70);
  placement.zoomAt(3, 60, 70);
  const after = placement.clientToDisplay(60, 70);
  near({ x: after.column, y: after.row }, before.column, before.row);
  assert.equal(placement.zoom, 3);
});

test("zoom has its bounds, and fit undoes it", () => {
  const placement = placed();
  placement.zoomAt(1000, 60, 70);
  assert.equal(placement.zoom, 40);
  placement.zoomAt(1e-6, 60, 70);
  assert.equal(placement.zoom, 0.5);
  placement.fit();
  assert.deepEqual([placement.zoom, placement.panMm], [1, { x: 0, y: 0 }]);
});

test("panning moves the slice by as much as the pointer", () => {
  const placement = placed();
  const before = placement.displayToClient(5, 5);
  placement.panBy(12, -7);
  near(placement.displayToClient(5, 5), before.x + 12, before.y - 7);
});

test("the voxel under the pointer is the nearest there is", () => {
  const placement = placed();
  placement.setIndex(2);
  const corner = placement.displayToClient(0.5, 0.5);
  assert.deepEqual(placement.voxelAt(corner.x, corner.y), { voxel: [39, 9, 2], inside: true });
  assert.deepEqual(placement.voxelAt(-5000, 5000), { voxel: [39, 0, 2], inside: false });
});

test("a voxel's centre on the canvas is where the pointer finds the voxel", () => {
  const placement = placed();
  const { x, y } = placement.voxelToCanvas([3, 4, 0]);
  assert.deepEqual(placement.voxelAt(10 + x / 2, 20 + y / 2).voxel, [3, 4, 0]);
});

test("showing the same slice again is no change", () => {
  const placement = placed();
  assert.deepEqual([placement.setIndex(1), placement.setIndex(1)], [true, false]);
});

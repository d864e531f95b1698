import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { counting, summaryOf } from "../support/volumes.js";
import { PLANE_NAMES } from "../../../../ui/static/viewer/planes.js";
import { extractSlice, Volume, WindowLut } from "../../../../ui/static/viewer/volume.js";

/** @import { Triple } from "../../../../ui/static/api/types.d.ts" */

/** Slices as the server displays them, from tests/ui/slice_fixture.py. */
const server = JSON.parse(readFileSync(new URL("slices.json", import.meta.url), "utf8"));
/** @type {Triple} */
const shape = server.shape;
const voxels = counting(shape);

for (const plane of PLANE_NAMES) {
  test(`${plane} slices lie as the server says`, () => {
    server[plane].forEach((/** @type {number[]} */ expected, /** @type {number} */ index) => {
      assert.deepEqual([...extractSlice(voxels, shape, plane, index)], expected);
    });
  });

  test(`a ${plane} slice that came ahead is shown`, () => {
    const volume = new Volume(summaryOf());
    assert.ok(volume.slice(plane, 1).every((value) => value === -7), "before, the lowest intensity is shown");
    volume.put(plane, 1, Int16Array.from(server[plane][1]).buffer);
    assert.deepEqual([...volume.slice(plane, 1)], server[plane][1]);
    assert.deepEqual([volume.has(plane, 1), volume.has(plane, 2)], [true, false]);
  });
}

test("axial slices are here as soon as their voxels are", () => {
  const volume = new Volume(summaryOf());
  assert.deepEqual(volume.missing([1, 2, 1]), ["axial", "coronal", "sagittal"]);
  volume.arrived = 2 * 12;
  assert.deepEqual(volume.missing([1, 2, 1]), ["coronal", "sagittal"]);
  assert.deepEqual(volume.missing([1, 2, 2]), ["axial", "coronal", "sagittal"]);
  volume.arrived = 60;
  assert.deepEqual(volume.missing([1, 2, 4]), []);
});

test("a volume made of all its voxels is here", () => {
  const volume = new Volume(summaryOf(), counting(shape).buffer);
  assert.deepEqual(volume.missing([0, 0, 0]), []);
  assert.equal(volume.valueAt([1, 2, 3]), 1 + 3 * (2 + 4 * 3));
});

test("outside the volume there is no intensity", () => {
  const volume = new Volume(summaryOf());
  for (const voxel of /** @type {Triple[]} */ ([[-1, 0, 0], [3, 0, 0], [0, 4, 0], [0, 0, 5]])) assert.equal(volume.valueAt(voxel), null);
});

test("a slice is read into the array it is given", () => {
  const volume = new Volume(summaryOf(), counting(shape).buffer);
  const out = new Int16Array(12);
  assert.equal(volume.slice("axial", 4, out), out);
  assert.deepEqual([...out], server.axial[4]);
});

test("intensities may be fractions", () => {
  const volume = new Volume(summaryOf({ dtype: "float32" }));
  volume.put("axial", 0, Float32Array.from({ length: 12 }, () => 0.5).buffer);
  assert.equal(volume.valueAt([0, 0, 0]), 0.5);
});

test("a voxel's place in mm follows the affine", () => {
  /** @type {import("../../../../ui/static/api/types.d.ts").VolumeSummary["affine"]} */
  const affine = [[2, 0, 0, 10], [0, 3, 0, 20], [0, 0, 4, 30], [0, 0, 0, 1]];
  assert.deepEqual(new Volume(summaryOf({ affine })).toMm([1, 2, 3]), [12, 26, 42]);
});

test("only CT has a unit, and none that lies 1024 above it", () => {
  assert.deepEqual(/** @type {const} */ (["CT", "MR"]).map((modality) => new Volume(summaryOf({ modality })).unit), ["HU", ""]);
  const units = [-160, 864].map((low) => new Volume(summaryOf({ modality: "CT", presets: [{ name: "Soft tissue", low, high: low + 400 }] })).unit);
  assert.deepEqual(units, ["HU", ""]);
});

for (const isInteger of [true, false]) {
  test(`a window maps ${isInteger ? "integers" : "fractions"} to opaque greys, black below and white above`, () => {
    const values = isInteger ? Int16Array.of(-32768, 0, 60, 100, 32767) : Float32Array.of(-1e9, 0, 60, 100, 1e9);
    const words = new Uint32Array(5);
    new WindowLut([0, 100], isInteger).apply(values, words);
    assert.deepEqual([...words], [0xff000000, 0xff000000, 0xff999999, 0xffffffff, 0xffffffff]);
  });
}

test("a window without a width still has a black and a white side", () => {
  const words = new Uint32Array(2);
  new WindowLut([5, 5], true).apply(Int16Array.of(5, 6), words);
  assert.deepEqual([...words], [0xff000000, 0xffffffff]);
});

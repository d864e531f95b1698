import assert from "node:assert/strict";
import { test } from "node:test";

import "../support/page.js";
import { label, storeWith, summary } from "../support/controllers.js";
import { makeCanvas } from "../../../../ui/static/viewer/canvas.js";
import { SlicePictures } from "../../../../ui/static/viewer/slice_pictures.js";
import { Volume } from "../../../../ui/static/viewer/volume.js";

test("a picture has the shape that the slice has in mm", () => {
  const volume = summary();
  const store = storeWith({ volume, voxels: new Volume(volume), labels: [label(1)] });
  const { canvas } = makeCanvas(1, 1);
  new SlicePictures(store).draw(canvas, { plane: "coronal", index: 1 }, new Uint8Array(15).fill(1, 0, 3));
  assert.deepEqual([canvas.width, canvas.height], [26, 88]);
  store.set({ voxels: null });
  new SlicePictures(store).draw(canvas, { plane: "axial", index: 1 }, new Uint8Array(12));
  assert.equal(canvas.width, 26);
});

test("one of several pictures is drawn without what pads it", () => {
  const volume = summary({ spacing_mm: [1, 1, 1], pictures: [0, 1, 2, 3, 4].map((n) => ({ name: `${n}.png`, rows: 2, columns: 1, pixel_mm: null })) });
  const store = storeWith({ volume, voxels: new Volume(volume), labels: [label(1)] });
  const { canvas, context } = makeCanvas(1, 1);
  /** @type {unknown[][]} */
  const drawn = [];
  context.drawImage = (/** @type {unknown[]} */ ...given) => void drawn.push(given.slice(1));
  new SlicePictures(store).draw(canvas, { plane: "axial", index: 1 }, new Uint8Array(12));
  assert.deepEqual([canvas.width, canvas.height, drawn], [44, 88, [[0, 0, 1, 2, 0, 0, 44, 88]]]);
});

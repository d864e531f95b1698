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

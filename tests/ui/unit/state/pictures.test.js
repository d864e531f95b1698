/** A volume of unrelated pictures: names, sizes in words, and no paint beside a picture. */
import { strict as assert } from "node:assert";
import { test } from "node:test";
import { isPictures, onPicture, picturesText, pixelText, putBackBeside, sliceInText, sliceName } from "../../../../ui/static/state/pictures.js";
import { SlicePlacement } from "../../../../ui/static/viewer/placement.js";
import { Volume } from "../../../../ui/static/viewer/volume.js";

const PICTURES = [
  { name: "a.png", rows: 2, columns: 3, pixel_mm: null },
  { name: "b.png", rows: 4, columns: 2, pixel_mm: null },
];
const state = /** @type {any} */ ({ volume: { pictures: PICTURES } });
const scan = /** @type {any} */ ({ volume: { pictures: [] } });

test("pictures are called by their names, slices by their numbers", () => {
  assert.equal(isPictures(state), true);
  assert.equal(isPictures(scan), false);
  assert.equal(isPictures({ volume: null }), false);
  assert.equal(sliceName(state, 1), "b.png");
  assert.equal(sliceName(scan, 1), "Slice 2");
  assert.deepEqual([sliceInText(state, 1), sliceInText(scan, 1)], ["b.png", "slice 2"]);
});

test("sizes in words", () => {
  assert.equal(pixelText(226751), "226\u2009751 px");
  assert.equal(picturesText(1), "1 picture");
  assert.equal(picturesText(6), "6 pictures");
});

test("what lies beside a picture is put back", () => {
  const labels = Uint8Array.of(1, 1, 1, 1, 1, 1, 1, 1, 1);
  putBackBeside(labels, new Uint8Array(9), { rows: 2, columns: 2 }, 3);
  assert.deepEqual([...labels], [1, 1, 0, 1, 1, 0, 0, 0, 0]);
  putBackBeside(labels, new Uint8Array(9), undefined, 3);
  assert.deepEqual([...labels], [1, 1, 0, 1, 1, 0, 0, 0, 0]);
});

/** @returns {any} */
const summary = () => ({ id: "v", shape: [3, 4, 2], spacing_mm: [1, 1, 1], affine: [], value_range: [0, 1], modality: "OT", dtype: "int16", presets: [], pictures: PICTURES });

test("each picture is fitted to its view by itself", () => {
  const placement = new SlicePlacement("axial", () => ({ left: 0, top: 0 }));
  placement.measure(new Volume(summary()));
  placement.resize(300, 200, 1);
  placement.setIndex(0); // 3 x 2 of 3 x 4 cells
  assert.ok(Math.abs(placement.map.scaleX - 94) < 1e-9);
  assert.ok(Math.abs(placement.map.y - 6) < 1e-9);
  placement.setIndex(1);
  assert.ok(Math.abs(placement.map.scaleY - 47) < 1e-9);
});

test("what pads a picture is outside of it", () => {
  const placement = new SlicePlacement("axial", () => ({ left: 0, top: 0 }));
  placement.measure(new Volume(summary()));
  placement.resize(300, 200, 1);
  placement.setIndex(0); // 3 x 2 of 3 x 4 cells
  const at = (/** @type {number} */ column, /** @type {number} */ row) => {
    const { x, y } = placement.displayToClient(column, row);
    return placement.voxelAt(x, y);
  };
  assert.deepEqual(at(0.5, 1.5), { voxel: [2, 2, 0], inside: true });
  assert.deepEqual(at(0.5, 2.05), { voxel: [2, 2, 0], inside: false });
  assert.deepEqual([onPicture(summary(), [0, 0, 0]), onPicture(summary(), [0, 0, 1]), onPicture(summary(), [2, 3, 1])], [[0, 2, 0], [1, 0, 1], [2, 3, 1]]);
  assert.deepEqual(onPicture({ shape: [3, 4, 2] }, [0, 0, 0]), [0, 0, 0]);
});

test("red, green and blue become words of pixels", () => {
  const volume = new Volume(summary());
  volume.putColours(0, Uint8Array.of(255, 128, 1, 0, 0, 0));
  assert.deepEqual([...(volume.colours.get(0) ?? [])], [0xff0180ff, 0xff000000]);
});

test("where memory is short, the colours that were on screen the longest ago go, never those that are", () => {
  const volume = new Volume(summary());
  volume.maxColourWords = 4;
  const put = (/** @type {number[]} */ ...indices) => indices.forEach((index) => volume.putColours(index, new Uint8Array(3)));
  put(0, 1, 2, 3);
  volume.showColours(1);
  volume.showColours(0);
  put(4, 5);
  assert.deepEqual([...volume.colours.keys()], [1, 0, 4, 5]);
  put(6, 7, 8, 9);
  assert.deepEqual([...volume.colours.keys()], [0, 7, 8, 9]);
  assert.equal(volume.showColours(2), undefined);
  put(2, 3, 4, 5, 6);
  assert.deepEqual([...volume.colours.keys()], [2, 4, 5, 6]);
});

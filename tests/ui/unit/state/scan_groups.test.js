import assert from "node:assert/strict";
import { test } from "node:test";

import { groupScans, pathOf } from "../../../../ui/static/state/scan_groups.js";
import { tiff } from "../support/tiff.js";

/** @param {string} path @param {string | Uint8Array} [content] */
const at = (path, content = "x") => Object.assign(new File([/** @type {BlobPart} */ (content)], path.split("/").at(-1) ?? ""), { relativePath: path });

/** A DICOM file that states a series' UID. @param {string} path @param {string} uid */
const dicom = (path, uid) => at(path, `${"\0".repeat(128)}DICM rest \x20\x00\x0e\x00UI\x08\x00${uid}\0 pixels`);

/** @param {File[]} files */
const grouped = async (files) => (await groupScans(files)).map(({ name, files: held }) => [name, ...held.map(pathOf)]);

test("each volume of a folder is a scan, with what describes it", async () => {
  const files = [at("set/b10.nii.gz"), at("set/b9.nii"), at("set/b9.json"), at("set/c.mha"), at("set/dataset.json"), at("set/.DS_Store"), at("set/c.png"), at("set/__MACOSX/x")];
  assert.deepEqual(await grouped(files), [["b9", "set/b9.nii", "set/b9.json"], ["b10", "set/b10.nii.gz"], ["c", "set/c.mha"]]);
});

test("a header takes the files that it names, also one that could be a volume", async () => {
  const files = [at("a.nhdr", "NRRD0004\ndata file: a-voxels.nrrd\n"), at("a-voxels.nrrd"), at("b.mhd", "ElementDataFile = LOCAL_b.raw"), at("LOCAL_b.raw"), at("c.hdr"), at("c.img")];
  assert.deepEqual(await grouped(files), [["a", "a.nhdr", "a-voxels.nrrd"], ["b", "b.mhd", "LOCAL_b.raw"], ["c", "c.hdr", "c.img"]]);
});

test("a header of brain formats takes what has its name, compressed too", async () => {
  const files = [at("a.hdr"), at("a.img.gz"), at("b.PAR", "# CLINICAL TRYOUT"), at("b.REC"), at("c.mgz"), at("c.mgh.gz"), at("d.mnc")];
  assert.deepEqual(await grouped(files), [["a", "a.hdr", "a.img.gz"], ["b", "b.PAR", "b.REC"], ["c", "c.mgh.gz"], ["c", "c.mgz"], ["d", "d.mnc"]]);
});

test("each folder of DICOM files is a scan; a series that lies in two folders stays together", async () => {
  const files = [
    at("disc/DICOMDIR"), dicom("disc/A/1", "1.2.3"), dicom("disc/A/2", "1.2.3"), dicom("disc/B/3", "1.2.3"), dicom("disc/C/1", "1.2.4"), at("disc/D/1"), at("disc/D/readme.txt"),
  ];
  assert.deepEqual(await grouped(files), [["A", "disc/A/1", "disc/A/2", "disc/B/3"], ["C", "disc/C/1"], ["D", "disc/D/1"]]);
});

test("pictures of a folder are one scan; beside volumes they are none, and neither is what is no DICOM", async () => {
  const files = [at("x/1.png"), at("x/2.png"), at("y/1.tif"), at("z/v.nii"), at("z/v.jpg"), at("z/checksums"), dicom("z/IM1", "1.2")];
  assert.deepEqual(await grouped(files), [["x", "x/1.png", "x/2.png"], ["y", "y/1.tif"], ["z", "z/IM1"], ["v", "z/v.nii"]]);
});

test("a TIFF that cannot be read is no stack, and others are found", async () => {
  const gone = Object.assign(at("x/1.tif"), { slice: () => ({ arrayBuffer: () => Promise.reject(new DOMException("It has changed.", "NotReadableError")) }) });
  assert.deepEqual(await grouped([gone, at("x/a.tif", tiff([0, 0]))]), [["x", "x/1.tif"], ["a", "x/a.tif"]]);
});

test("each TIFF of several pages is a scan; those of one page are slices of one", async () => {
  const files = [at("x/a.tif", tiff([0, 0])), at("x/b.TIFF", tiff([0, 0, 0])), at("x/1.tif", tiff([0])), at("x/2.tif", tiff([0, 1])), at("x/notes.txt")];
  assert.deepEqual(await grouped(files), [["x", "x/1.tif", "x/2.tif"], ["a", "x/a.tif"], ["b", "x/b.TIFF"]]);
});

test("what makes one scan, or none, is uploaded as it is, without hidden files", async () => {
  assert.deepEqual(await grouped([at("s/scan.nii"), at("s/notes.txt"), at(".hidden")]), [["scan", "s/scan.nii", "s/notes.txt"]]);
  assert.deepEqual(await grouped([at("d/1"), at("d/2")]), [["d", "d/1", "d/2"]]);
  assert.deepEqual(await grouped([at("a.txt")]), [["a.txt", "a.txt"]]);
  assert.deepEqual(await grouped([at("a.txt"), at("b.txt")]), [["2 files", "a.txt", "b.txt"]]);
  assert.deepEqual(await grouped([at(".DS_Store")]), []);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { mergeText, SliceUpload } from "../../../../ui/static/controllers/slice_upload.js";
import { apiError, FakeServer, labelsWith, paintedCells, sliceWith } from "../support/painting.js";

/** @param {Record<number, number>} cells */
function setUp(cells, version = 0) {
  const server = new FakeServer();
  const slice = sliceWith(cells, version);
  const upload = new SliceUpload(server, { volumeId: "volume", plane: "axial", index: 3 }, slice);
  const stored = () => paintedCells(server.latest("axial", 3).labels);
  return { server, slice, upload, stored };
}

const offline = () => {
  throw apiError(0, "offline");
};

test("a slice goes out compressed and takes the server's version", async () => {
  const { server, slice, upload, stored } = setUp({ 4: 1 });
  assert.deepEqual(await upload.send(), { merged: false, conflictingCells: 0, gaveWay: false, changed: false });
  assert.deepEqual([stored(), slice.version, server.keepalive], [["4,0"], 1, 0]);
});

test("a page that goes away sends plain bytes in the same turn", () => {
  const { server, upload } = setUp({ 4: 1 });
  upload.send({ leaving: true });
  assert.deepEqual([server.puts, server.keepalive], [1, 1]);
});

test("a stroke that is going on does not go out with what was painted before: it may be given up", async () => {
  const { server, slice, upload, stored } = setUp({ 4: 1 });
  slice.begun = { labels: slice.labels.slice(), state: slice.state };
  slice.labels[5] = 1;
  await upload.send();
  assert.deepEqual(stored(), ["4,0"]);
  server.store("axial", 3, labelsWith({ 4: 1, 6: 2 }));
  await upload.send();
  assert.deepEqual([stored(), [...slice.labels.slice(4, 7)]], [["4,0", "6,0"], [1, 1, 2]]);
  Object.assign(slice, { begun: null });
  await upload.send();
  assert.deepEqual(stored(), ["4,0", "5,0", "6,0"]);
});

test("strokes of another window are merged in, those made meanwhile stay", async () => {
  const { server, slice, upload, stored } = setUp({ 4: 1 });
  server.store("axial", 3, labelsWith({ 5: 2, 6: 2 }));
  server.after = () => {
    slice.labels[6] = 1; // painted while the request travels
  };
  assert.deepEqual(await upload.send(), { merged: true, conflictingCells: 0, gaveWay: false, changed: true });
  assert.deepEqual([...slice.labels.slice(4, 7)], [1, 2, 1]);
  assert.deepEqual(stored(), ["4,0", "5,0", "6,0"]);
  assert.equal(slice.version, server.slices.get("axial/3")?.length);
  server.after = null;
  assert.equal((await upload.send()).merged, false); // it is based on the merge now
  assert.equal(server.latest("axial", 3).labels[6], 1);
});

test("cells that both painted are counted, and show this window's", async () => {
  const { server, slice, upload } = setUp({ 4: 1, 5: 1 });
  server.store("axial", 3, labelsWith({ 5: 2 }));
  assert.deepEqual(await upload.send(), { merged: true, conflictingCells: 1, gaveWay: false, changed: false });
  assert.equal(slice.labels[5], 1);
});

test("a merge that cannot be fetched is made again, not lost", async () => {
  const { server, slice, upload } = setUp({ 4: 1 });
  server.store("axial", 3, labelsWith({ 5: 2 }));
  server.after = () => {
    server.before = offline;
  };
  await assert.rejects(upload.send(), { code: "offline" });
  assert.equal(slice.version, 0);
  server.before = server.after = null;
  assert.equal((await upload.send()).merged, true);
  assert.deepEqual(paintedCells(slice.labels), ["4,0", "5,0"]);
});

test("what was undone after a save without an answer stays undone", async () => {
  const { server, slice, upload, stored } = setUp({ 4: 1, 5: 1 });
  server.after = offline;
  await assert.rejects(upload.send(), { code: "offline" });
  server.after = null;
  slice.labels[5] = 0;
  assert.equal((await upload.send()).merged, false);
  assert.deepEqual([stored(), slice.version], [["4,0"], 2]);
});

test("a save that was lost on its way out is simply sent again", async () => {
  const { server, slice, upload, stored } = setUp({ 4: 1 });
  server.before = offline;
  await assert.rejects(upload.send(), { code: "offline" });
  await assert.rejects(upload.send(), { code: "offline" });
  server.before = null;
  slice.labels[5] = 1;
  assert.equal((await upload.send()).merged, false);
  assert.deepEqual(stored(), ["4,0", "5,0"]);
});

test("a refusal is no lost answer", async () => {
  const { server, slice, upload } = setUp({ 4: 1 });
  server.before = () => {
    server.before = null;
    throw apiError(400, "unknown_label");
  };
  await assert.rejects(upload.send(), { status: 400 });
  slice.labels[5] = 1;
  await upload.send();
  assert.equal(server.puts, 2);
});

test("a merge is told of the picture that it was on, whatever is on screen", () => {
  const { upload, slice } = setUp({ 4: 1 });
  const told = (/** @type {object[]} */ pictures, /** @type {object} */ outcome) =>
    mergeText(upload, { merged: true, conflictingCells: 0, gaveWay: false, changed: true, ...outcome }, /** @type {any} */ ({ volumes: [{ id: "volume", pictures }] }));
  const pictures = [0, 1, 2, 3].map((n) => ({ name: `${n}.png` }));
  assert.equal(told([], {}), "This slice was also changed in another window: both changes are kept.");
  assert.equal(told(pictures, { conflictingCells: 2 }), "This picture was also changed in another window: both changes are kept; in 2 places the newer stroke won.");
  slice.state = "painted";
  assert.equal(told(pictures, { gaveWay: true }), "3.png was painted in another window meanwhile. It stays as it is there.");
  assert.equal(told([], { gaveWay: true }), "Slice 4 was painted in another window meanwhile. It stays as it is there.");
});

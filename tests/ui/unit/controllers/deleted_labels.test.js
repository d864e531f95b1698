import assert from "node:assert/strict";
import { test } from "node:test";

import { mendLabels } from "../../../../ui/static/controllers/deleted_labels.js";
import { SliceUpload } from "../../../../ui/static/controllers/slice_upload.js";
import { label } from "../support/controllers.js";
import { apiError, fakeNotify, FakeServer, labelsWith, paintedCells, paintingStore, sliceWith } from "../support/painting.js";
import { LIVER } from "../support/terms.js";

/**
 * A slice that was painted while the page knew these labels. The project has labels 1 and 2.
 *
 * @param {import("../../../../ui/static/state/annotations.js").Slice} slice
 * @param {import("../../../../ui/static/api/types.d.ts").Label[]} known
 */
function setUp(slice, known = []) {
  const store = paintingStore();
  store.set({ project: { id: "project", name: "" } });
  const [server, notify] = [new FakeServer(), fakeNotify()];
  const upload = new SliceUpload(server, { volumeId: "volume", plane: "axial", index: 1 }, slice);
  upload.edited(slice, known);
  return { store, server, slice, said: notify.said, mend: () => mendLabels(upload, { store, server, notify }) };
}

test("cells of a label that nobody knew become background, and the labels are brought up to date", async () => {
  const { store, slice, said, mend } = setUp(sliceWith({ 1: 1, 2: 9 }, 1));
  await mend();
  assert.deepEqual(paintedCells(slice.labels), ["1,0"]);
  assert.deepEqual([store.state.labels.map(({ value }) => value), said], [[1, 2], []]);
});

test("a slice that holds nothing else is as if never touched, one that was reviewed and empty stays so", async () => {
  const slice = sliceWith({ 2: 9 }, 1);
  await setUp(slice).mend();
  assert.equal(slice.state, "cleared");
  const reviewed = { ...sliceWith({}, 1), state: /** @type {const} */ ("empty") };
  await setUp(reviewed).mend();
  assert.equal(reviewed.state, "empty");
});

test("what a stroke began on loses them too: it is that which is saved while the stroke goes on", async () => {
  const slice = sliceWith({ 1: 1, 2: 9, 3: 1 }, 1);
  slice.begun = { labels: labelsWith({ 1: 1, 2: 9 }), state: "painted" };
  await setUp(slice).mend();
  assert.deepEqual([paintedCells(slice.labels), paintedCells(slice.begun.labels)], [["1,0", "3,0"], ["1,0"]]);
});

test("a slice without any is left as it is", async () => {
  const { slice, mend } = setUp(sliceWith({ 1: 1 }, 1));
  await mend();
  assert.deepEqual(paintedCells(slice.labels), ["1,0"]);
});

test("nothing is dropped while the server stays away", async () => {
  const { server, slice, mend } = setUp(sliceWith({ 2: 9 }, 1));
  server.before = () => {
    throw apiError(0, "offline");
  };
  await assert.rejects(mend(), { code: "offline" });
  assert.deepEqual(paintedCells(slice.labels), ["2,0"]);
});

test("a label that was painted with and deleted elsewhere is back as it was, and that is said", async () => {
  const spleen = label(7, { name: "Spleen", code: 70, color: "#00ff00", term: LIVER });
  const { store, server, slice, said, mend } = setUp(sliceWith({ 1: 7, 2: 9 }, 1), [label(1), spleen, label(8)]);
  await mend();
  assert.deepEqual(paintedCells(slice.labels), ["1,0"]);
  assert.deepEqual(server.labels.slice(2), [{ value: 7, code: 70, name: "Spleen", color: "#00ff00", term: LIVER }]);
  assert.deepEqual(store.state.labels.map(({ value }) => value), [1, 2, 7]);
  assert.deepEqual(said, ["Spleen was deleted in another window; it is back because you painted with it."]);
  await mend();
  assert.equal(said.length, 1);
});

test("where its code belongs to another label by now it has another one", async () => {
  const { server, mend } = setUp(sliceWith({ 1: 7 }, 1), [label(7, { code: 2 })]);
  await mend();
  assert.equal(server.labels[2].code, 3);
});

test("two slices bring it back together", async () => {
  const first = setUp(sliceWith({ 1: 7 }, 1), [label(7)]);
  const second = setUp(sliceWith({ 2: 7 }, 1), [label(7)]);
  second.server.labels = first.server.labels;
  await Promise.all([first.mend(), second.mend()]);
  assert.deepEqual([first.said.length + second.said.length, first.server.labels.length], [1, 3]);
  assert.deepEqual([paintedCells(first.slice.labels), paintedCells(second.slice.labels)], [["1,0"], ["2,0"]]);
});

test("a label that may not be brought back takes no paint with it", async () => {
  const { server, slice, mend } = setUp(sliceWith({ 1: 7 }, 1), [label(7)]);
  server.restoreLabel = () => Promise.reject(apiError(403, "forbidden"));
  await assert.rejects(mend(), { status: 403 });
  assert.deepEqual(paintedCells(slice.labels), ["1,0"]);
});

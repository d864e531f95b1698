import assert from "node:assert/strict";
import { test } from "node:test";

import { dropDeletedLabels } from "../../../../ui/static/controllers/deleted_labels.js";
import { apiError, FakeServer, labelsWith, paintedCells, paintingStore, sliceWith } from "../support/painting.js";

function setUp() {
  const store = paintingStore();
  store.set({ project: { id: "project", name: "" } });
  return { store, server: new FakeServer() }; // its project has labels 1 and 2
}

test("cells of a label that is gone become background, and the labels are brought up to date", async () => {
  const parts = setUp();
  const slice = sliceWith({ 1: 1, 2: 9 }, 1);
  assert.equal(await dropDeletedLabels(slice, "volume", parts), true);
  assert.deepEqual(paintedCells(slice.labels), ["1,0"]);
  assert.deepEqual(parts.store.state.labels.map(({ value }) => value), [1, 2]);
});

test("a slice that holds nothing else is as if never touched, one that was reviewed and empty stays so", async () => {
  const slice = sliceWith({ 2: 9 }, 1);
  await dropDeletedLabels(slice, "volume", setUp());
  assert.equal(slice.state, "cleared");
  const reviewed = { ...sliceWith({}, 1), state: /** @type {const} */ ("empty") };
  await dropDeletedLabels(reviewed, "volume", setUp());
  assert.equal(reviewed.state, "empty");
});

test("what a stroke began on loses them too: it is that which is saved while the stroke goes on", async () => {
  const slice = sliceWith({ 1: 1, 2: 9, 3: 1 }, 1);
  slice.begun = { labels: labelsWith({ 1: 1, 2: 9 }), state: "painted" };
  assert.equal(await dropDeletedLabels(slice, "volume", setUp()), true);
  assert.deepEqual([paintedCells(slice.labels), paintedCells(slice.begun.labels)], [["1,0", "3,0"], ["1,0"]]);
});

test("a slice without any is left as it is", async () => {
  assert.equal(await dropDeletedLabels(sliceWith({ 1: 1 }, 1), "volume", setUp()), false);
});

test("nothing is dropped while the server stays away", async () => {
  const parts = setUp();
  parts.server.before = () => {
    throw apiError(0, "offline");
  };
  const slice = sliceWith({ 2: 9 }, 1);
  assert.equal(await dropDeletedLabels(slice, "volume", parts), false);
  assert.deepEqual(paintedCells(slice.labels), ["2,0"]);
});

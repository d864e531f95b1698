import assert from "node:assert/strict";
import { test } from "node:test";

import { HEIGHT, paintedCells, predict, setUpEdits as setUp, stroke, VOLUME, WIDTH } from "../support/painting.js";

test("while two runs are compared, a slice starts from the one that is shown", () => {
  const { store, book, edits } = setUp();
  predict(store);
  const first = new Uint8Array(WIDTH * HEIGHT * 4).fill(1);
  store.set({ comparison: /** @type {any} */ ({ runs: [], chosen: ["first", "second"], masks: [first, store.state.mask?.voxels] }) });
  assert.deepEqual([...(edits.shown(1) ?? [])], new Array(WIDTH * HEIGHT).fill(1));
  stroke(edits, [9], 2);
  assert.deepEqual([...book.ensure(1).labels.slice(0, 2)], [1, 1]);
  store.set({ comparison: null });
  assert.deepEqual([...(edits.prediction(2) ?? [])], []);
});

/** Compare two readings, of which the first has label 1 everywhere. @param {import("../../../../ui/static/state/store.js").Store} store */
function compareReadings(store) {
  const voxels = new Uint8Array(WIDTH * HEIGHT * 4).fill(1);
  const runs = [{ id: "reading:a" }, { id: "reading:b" }];
  store.set({ comparison: /** @type {any} */ ({ runs, chosen: ["reading:a", "reading:b"], masks: [voxels, voxels], beside: false, found: null }) });
}

test("work never goes on from a reader's labels, which are only looked at", () => {
  const { store, book, edits } = setUp();
  compareReadings(store);
  assert.equal(edits.prediction(1), null);
  predict(store);
  stroke(edits, [9], 3);
  const { labels, notes } = book.ensure(1);
  assert.deepEqual([labels[0], labels[9], paintedCells(labels).length, notes.mask], [2, 3, 2, "m"]);
});

test("while readings are compared a step on slices waits, and one of the server is taken back", () => {
  const { store, book, edits } = setUp();
  stroke(edits, [9]);
  compareReadings(store);
  assert.deepEqual([edits.undo(), book.state(1)], [null, "painted"]);
  const merge = { text: "merge", slices: [], volumeId: VOLUME, command: { undo: async () => {}, redo: async () => {} } };
  edits.steps.remember(merge);
  assert.equal(edits.undo()?.text, "merge");
  store.set({ comparison: null });
  assert.equal(edits.undo()?.slices.length, 1);
});

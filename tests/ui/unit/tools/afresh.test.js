/** A predicted slice that is begun afresh: what is painted on it, what is undone, and when its prediction is back. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { SliceController } from "../../../../ui/static/controllers/slices.js";
import { UndoController } from "../../../../ui/static/controllers/undo.js";
import { offeredActions, sliceOnScreen, sliceState } from "../../../../ui/static/state/slices.js";
import { bookOf, HEIGHT, paintedCells, paintingStore, quietEdits, WIDTH } from "../support/painting.js";
import { fakeNotify } from "../support/controllers.js";

/** @import { Triple } from "../../../../ui/static/api/types.d.ts" */

/** Slice 1 is on screen; it and slice 2 are predicted to be label 2 wherever the first display row is. */
function page() {
  const store = paintingStore();
  const voxels = new Uint8Array(WIDTH * HEIGHT * 4);
  for (const slice of [1, 2]) voxels.fill(2, (slice * HEIGHT + HEIGHT - 1) * WIDTH, (slice + 1) * HEIGHT * WIDTH);
  store.set({ cursor: [0, 0, 1], mask: /** @type {any} */ ({ voxels, extents: new Map([[2, [[1, 2]]]]) }) });
  const { edits, saved } = quietEdits(store);
  const { notify, said } = fakeNotify();
  const goTo = (/** @type {number} */ index) => store.set({ cursor: /** @type {Triple} */ ([0, 0, index]) });
  const slices = new SliceController(store, { edits, steps: edits.steps, notify, goTo });
  const history = new UndoController(store, { edits, steps: edits.steps, notify: /** @type {any} */ (notify), sliceOnScreen: () => sliceOnScreen(store.state), goTo });
  const stroke = () => {
    edits.begin(1)[20] = 1;
    edits.commit();
  };
  const seen = () => paintedCells(edits.shown(1) ?? new Uint8Array(0)).length;
  return { store, edits, saved, said, slices, history, goTo, stroke, seen, state: () => sliceState(store.state) };
}

test("it shows nothing, and what is painted begins from nothing", () => {
  const { store, saved, said, slices, stroke, seen, state } = page();
  assert.deepEqual([state(), seen(), [...offeredActions(store.state)]], ["predicted", WIDTH, ["accept", "empty", "afresh"]]);
  slices.act("afresh");
  assert.deepEqual([state(), seen(), saved, said.length, [...offeredActions(store.state)]], ["blank", 0, [], 1, ["empty"]]);
  stroke();
  assert.deepEqual([state(), seen(), saved], ["painted", 1, [1]]);
});

test("the key that clears what is painted begins a prediction afresh", () => {
  const { slices, stroke, seen, state } = page();
  stroke();
  assert.equal(seen(), WIDTH + 1);
  slices.act("clear");
  assert.deepEqual([state(), seen()], ["predicted", WIDTH]);
  slices.act("clear");
  assert.deepEqual([state(), seen()], ["blank", 0]);
});

test("it is a step of the history, as is what was painted on it", async () => {
  const { store, history, slices, stroke, seen, state } = page();
  slices.act("afresh");
  stroke();
  await history.undo();
  assert.deepEqual([state(), seen()], ["blank", 0]);
  await history.undo();
  assert.deepEqual([state(), seen(), store.state.history.canUndo], ["predicted", WIDTH, false]);
  await history.redo();
  await history.redo();
  assert.deepEqual([state(), seen()], ["painted", 1]);
});

test("left unpainted it is predicted as before, and undo and redo lead back to it", async () => {
  const { store, history, slices, goTo, seen, saved } = page();
  slices.act("afresh");
  store.set({ cursor: [3, 4, 1] });
  assert.equal(seen(), 0);
  goTo(2);
  assert.deepEqual([seen(), saved, bookOf(store).afresh], [WIDTH, [], null]);
  await history.undo();
  assert.deepEqual([sliceOnScreen(store.state), seen()], [1, WIDTH]);
  goTo(2);
  await history.redo();
  assert.deepEqual([sliceOnScreen(store.state), seen()], [1, 0]);
});

test("a locked label that is predicted stays", () => {
  const { store, slices, seen } = page();
  /** @type {number[]} */
  const told = [];
  store.when("locked", ({ value }) => told.push(value));
  store.set({ lockedLabels: new Set([2]) });
  slices.act("afresh");
  assert.deepEqual([seen(), told], [WIDTH, [2]]);
});

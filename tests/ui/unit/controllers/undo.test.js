import assert from "node:assert/strict";
import { test } from "node:test";

import { UndoController } from "../../../../ui/static/controllers/undo.js";
import { fakeNotify, storeWith, summary } from "../support/controllers.js";

/** @import { Step } from "../../../../ui/static/state/history.js" */

/** @param {Step[]} past */
function page(past) {
  /** @type {string[]} */
  const done = [];
  const edits = {
    undo: () => past.pop() ?? null,
    redo: () => null,
  };
  const history = { revert: (/** @type {string} */ direction) => void done.push(`revert ${direction}`) };
  const { notify, said, failed } = fakeNotify();
  const store = storeWith();
  const steps = new UndoController(store, { edits, steps: history, notify, sliceOnScreen: () => 2, goTo: (slice) => done.push(`go ${slice}`) });
  store.when("undone", ({ text }) => done.push(`undone ${text}`));
  return { store, steps, done, said, failed };
}

const AXIAL = /** @type {const} */ ({ plane: "axial", planeBefore: "axial" });

/** @param {number[]} slices @returns {Step} */
const onSlices = (...slices) => ({ text: "brush", slices: slices.map((index) => /** @type {any} */ ({ index })) });

test("what was undone is said, and brought on screen", async () => {
  const { steps, done, said } = page([onSlices(5, 6), onSlices(1, 2)]);
  await steps.undo();
  assert.deepEqual(done, ["undone brush"]);
  await steps.undo();
  await steps.undo();
  await steps.redo();
  assert.deepEqual([done, said], [["undone brush", "undone brush", "go 5"], ["Undone: brush", "Undone: brush"]]);
});

test("slices that the server turned are brought on screen, if they can be", async () => {
  const command = { undo: async () => {}, redo: async () => {} };
  const turned = (/** @type {string} */ volumeId) => ({ text: "import", slices: [], command, shows: { volumeId, ...AXIAL, indices: [7, 8] } });
  const { store, steps, done } = page([turned("v"), turned("w")]);
  store.set({ volume: summary({ id: "v" }), plane: "axial" });
  await steps.undo();
  await steps.undo();
  assert.deepEqual(done, ["undone import", "undone import", "go 7"]);
});

test("while the server takes something back the step before waits", async () => {
  let finish = () => {};
  const command = { undo: () => new Promise((/** @type {(done: void) => void} */ resolve) => (finish = resolve)), redo: async () => {} };
  const { steps, said } = page([onSlices(2), { text: "delete label liver", slices: [], command }]);
  const first = steps.undo();
  await steps.undo();
  assert.deepEqual(said, []);
  finish();
  await first;
  assert.deepEqual(said, ["Undone: delete label liver"]);
});

test("what could not be taken back stays in the history", async () => {
  const command = { undo: () => Promise.reject(new Error("no")), redo: async () => {} };
  const { steps, done, said, failed } = page([{ text: "rename", slices: [], command }]);
  await steps.undo();
  assert.deepEqual([done, said, failed], [["revert undo"], [], ["no"]]);
});

test("what cannot be taken back while readings are compared is said", async () => {
  const { store, steps, said } = page([]);
  const comparison = /** @type {any} */ ({ runs: [{ id: "reading:a" }, { id: "reading:b" }], chosen: ["reading:a", "reading:b"], masks: null, beside: false, found: null });
  store.set({ comparison });
  await steps.undo();
  store.set({ history: { canUndo: true, canRedo: false } });
  await steps.redo();
  await steps.undo();
  assert.deepEqual(said, ["Slices are not changed while others are compared in their place; end the comparison first."]);
});

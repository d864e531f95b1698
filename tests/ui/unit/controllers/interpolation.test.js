import assert from "node:assert/strict";
import { test } from "node:test";

import { InterpolationController } from "../../../../ui/static/controllers/interpolation.js";
import { bookOf, HEIGHT, labelsWith, paintingStore, quietEdits, WIDTH } from "../support/painting.js";
import { fakeNotify, label, pause } from "../support/controllers.js";

const SIZE = { slices: 4, width: WIDTH, height: HEIGHT, pixelWidthMm: 1, pixelHeightMm: 1 };
const CELLS = { 18: 1, 19: 1, 26: 1, 27: 1 };

/** @param {string} created_at */
const maskOf = (created_at) => /** @type {any} */ ({ run_id: "r", created_at, voxels: new Uint8Array(WIDTH * HEIGHT * 4) });

/** Label 1 on the first and the last of four slices. */
function page() {
  const store = paintingStore();
  const { voxels } = store.state;
  store.set({ voxels: /** @type {any} */ ({ ...voxels, size: () => SIZE }), labels: [label(1, { name: "Liver" }), label(2)] });
  const { edits, saved } = quietEdits(store);
  const notices = fakeNotify();
  const annotations = { catchUp: async () => {} };
  const interpolation = new InterpolationController(store, { edits, annotations, notify: notices.notify });
  const paint = (/** @type {number} */ index, /** @type {Record<number, number>} */ cells) => edits.change("", [{ index, labels: labelsWith(cells), state: "painted" }]);
  paint(0, CELLS);
  paint(3, CELLS);
  const states = () => [0, 1, 2, 3].map((index) => bookOf(store).state(index));
  return { store, edits, saved, annotations, interpolation, paint, states, ...notices };
}

test("slices between are filled in one step, and marked as interpolated", () => {
  const { store, edits, interpolation, states, said } = page();
  interpolation.interpolate();
  assert.deepEqual(states(), ["painted", "interpolated", "interpolated", "painted"]);
  assert.deepEqual(bookOf(store).ensure(1).labels, labelsWith(CELLS));
  assert.match(said[0], /^Liver interpolated on 2 slices/);
  assert.equal(edits.undo()?.text, "interpolate Liver");
  assert.deepEqual(states(), ["painted", "cleared", "cleared", "painted"]);
});

test("asked again, it follows what is painted by now", () => {
  const { store, interpolation, paint, states } = page();
  interpolation.interpolate();
  paint(2, { 20: 1 });
  paint(3, { 7: 2 }); // slice 2 is the last one with the label now
  interpolation.interpolate();
  assert.deepEqual(states(), ["painted", "interpolated", "painted", "painted"]);
  paint(2, { 20: 2 });
  paint(0, { 20: 2, 21: 1 });
  paint(3, { 7: 1 });
  interpolation.interpolate();
  assert.equal(bookOf(store).state(1), "interpolated"); // nothing is between, so nothing is made anew
});

test("a label that goes from an interpolated slice leaves the others there", () => {
  const { store, interpolation, paint } = page();
  interpolation.interpolate();
  paint(0, { ...CELLS, 2: 2 });
  paint(3, { ...CELLS, 2: 2 });
  store.set({ activeLabel: 2 });
  interpolation.interpolate();
  assert.deepEqual(bookOf(store).values(1), [1, 2]);
  store.set({ protect: true });
  paint(0, { 18: 2, 2: 2 });
  paint(3, { 18: 2, 2: 2 });
  interpolation.interpolate();
  assert.equal(bookOf(store).ensure(1).labels[18], 1);
});

test("all are accepted, or cleared, in one step each", () => {
  const { edits, interpolation, states } = page();
  interpolation.interpolate();
  interpolation.acceptAll();
  assert.deepEqual(states(), ["painted", "painted", "painted", "painted"]);
  edits.undo();
  interpolation.clearAll();
  assert.deepEqual(states(), ["painted", "cleared", "cleared", "painted"]);
  edits.undo();
  assert.deepEqual(states(), ["painted", "interpolated", "interpolated", "painted"]);
});

test("without two painted slices it says what is missing, and a locked label stays", () => {
  const { store, interpolation, said, states } = page();
  /** @type {number[]} */
  const locked = [];
  store.when("locked", ({ value }) => locked.push(value));
  store.set({ lockedLabels: new Set([1]) });
  interpolation.interpolate();
  store.set({ activeLabel: 2 });
  interpolation.interpolate();
  assert.deepEqual([locked, states()[1]], [[1], "cleared"]);
  assert.match(said[0], /Paint Label 2 on two slices/);
});

test("the result of a later run takes the place of what was interpolated before it", async () => {
  const { store, interpolation, states } = page();
  interpolation.interpolate();
  bookOf(store).ensure(1).savedAt = "2026-11-26T10:00:00Z";
  store.set({ mask: maskOf("2026-11-26T09:00:00Z") });
  await pause();
  assert.deepEqual(states(), ["painted", "interpolated", "interpolated", "painted"]);
  store.set({ mask: maskOf("2026-11-26T11:00:00Z") });
  await pause();
  assert.deepEqual(states(), ["painted", "cleared", "interpolated", "painted"]); // slice 2 is not saved yet: it is newer
});

test("what another window accepted meanwhile is taken in before the result takes the place of the others", async () => {
  const { store, annotations, interpolation, states } = page();
  interpolation.interpolate();
  for (const index of [1, 2]) bookOf(store).ensure(index).savedAt = "2026-11-26T10:00:00Z";
  annotations.catchUp = async () => void (bookOf(store).ensure(1).state = "painted");
  store.set({ mask: maskOf("2026-11-26T11:00:00Z") });
  await pause();
  assert.deepEqual(states(), ["painted", "painted", "cleared", "painted"]);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { AnnotationBook } from "../../../../ui/static/state/annotations.js";
import { nextSlice, nextSliceGo, nextSliceText, sliceToGoTo, slicesToMark } from "../../../../ui/static/state/next_slice.js";
import { Volume } from "../../../../ui/static/viewer/volume.js";
import { label, storeWith, summary } from "../support/controllers.js";

/** @import { AppState } from "../../../../ui/static/state/types.d.ts" */

const NAMED = [
  { plane: "axial", slice_index: 40, labels: [1, 2], reason: "between", change: 0.2 },
  { plane: "axial", slice_index: 70, labels: [2], reason: "end", change: 0.05 },
  { plane: "axial", slice_index: 25, labels: [9], reason: "outline", change: 0.005 },
];

/**
 * A volume of 100 slices with some of them painted and some marked as holding nothing, and a run that named slices.
 * @param {{painted?: number[], empty?: number[], named?: unknown, patch?: Partial<AppState>}} what
 */
function stateOf({ painted = [20, 60], empty = [], named = NAMED, patch = {} }) {
  const volume = summary({ shape: [2, 2, 100], spacing_mm: [1, 1, 1] });
  const annotations = new AnnotationBook(volume.shape, "axial");
  for (const slice of painted) annotations.ensure(slice).state = "painted";
  for (const slice of empty) annotations.ensure(slice).state = "empty";
  const labels = [label(1, { name: "Liver" }), label(2, { name: "Stomach" })];
  const mask = /** @type {any} */ ({ labels: [{ value: 9, name: "Gone" }], extents: new Map(), next_slices: named });
  return storeWith({ volume, annotations, voxels: new Volume(volume), labels, mask, ...patch }).state;
}

/** @type {[string, AppState, string, number[]][]} */
const CASES = [
  ["two labels", stateOf({}), "Slice 41: Liver and Stomach are hard to tell apart", [40, 70]],
  ["the best one painted", stateOf({ painted: [20, 40, 60] }), "Slice 71: no painted slice shows where Stomach ends", [70]],
  ["the best one reviewed", stateOf({ empty: [40] }), "Slice 71: no painted slice shows where Stomach ends", [70]],
  ["little left to change", stateOf({ painted: [20, 40, 60, 70] }), "Good enough: another slice would change less than 1 %", []],
  ["all of them painted", stateOf({ painted: [20, 60, 40, 70, 25] }), "", [33, 50]],
  ["an older mask", stateOf({ named: null }), "", [40]],
  ["another plane", stateOf({ named: NAMED.map((each) => ({ ...each, plane: "coronal" })) }), "", [40]],
  ["a label deleted since", stateOf({ named: [{ ...NAMED[2], change: 0.1 }] }), "Slice 26: the outline of Gone is uncertain", [25]],
  ["a label nobody knows", stateOf({ named: [{ ...NAMED[1], labels: [5] }] }), "Slice 71: no painted slice shows where a label ends", [70]],
];
for (const [what, state, text, marked] of CASES) {
  test(`what to paint next, with ${what}: ${text || "not said"}`, () => {
    assert.equal(nextSliceText(state), text);
    assert.deepEqual(slicesToMark(state), marked);
  });
}

test("it is not good enough while a label was not learnt", () => {
  const state = stateOf({ painted: [20, 40, 60, 70] });
  const labels = [{ value: 1, name: "Liver", warning: "Paint it on another slice." }];
  assert.equal(nextSliceText({ ...state, mask: /** @type {any} */ ({ ...state.mask, labels }) }), "");
});

test("an interpolated slice is not a reviewed one", () => {
  const state = stateOf({});
  const annotations = /** @type {AnnotationBook} */ (state.annotations);
  annotations.ensure(40).state = "interpolated";
  assert.equal(nextSlice(state)?.slice_index, 40);
});

test("the key leads to the best slice, and without one to the nearest ring", () => {
  assert.equal(sliceToGoTo(stateOf({}), 69), 40);
  assert.equal(sliceToGoTo(stateOf({}), 40), 40);
  const spread = stateOf({ painted: [10, 40, 80], named: null });
  assert.deepEqual(slicesToMark(spread), [25, 60]);
  assert.equal(sliceToGoTo(spread, 60), 25);
  assert.equal(sliceToGoTo(spread, 59), 60);
  assert.equal(sliceToGoTo(stateOf({ painted: [20, 40, 60, 70] }), 0), undefined);
});

test("the button to the next slice is not shown on that slice", () => {
  assert.equal(nextSliceGo(stateOf({ patch: { cursor: [0, 0, 39] } })), "Go to slice 41 (J)");
  assert.equal(nextSliceGo(stateOf({ patch: { cursor: [0, 0, 40] } })), "");
  assert.equal(nextSliceGo(stateOf({ painted: [20, 40, 60, 70] })), "");
});

test("nothing is suggested without painted slices to compare with", () => {
  const state = stateOf({ patch: { annotations: null } });
  assert.equal(nextSlice(state), undefined);
  assert.deepEqual(slicesToMark(state), []);
});

test("of unrelated pictures the most uncertain come first, whatever lies beside or between them", () => {
  const pictures = Array.from({ length: 100 }, (_, n) => ({ name: `${n}.png`, rows: 2, columns: 2, pixel_mm: null }));
  const volume = summary({ shape: [2, 2, 100], spacing_mm: [1, 1, 1], pictures });
  assert.deepEqual(slicesToMark(stateOf({ named: null, patch: { volume } })), []);
  const axial = Array.from({ length: 100 }, (_, n) => ({ 20: 9, 30: 5, 31: 8, 32: 7, 90: 1 })[n] ?? 0);
  const state = stateOf({ named: null, patch: { volume } });
  const sure = { ...state, mask: /** @type {any} */ ({ ...state.mask, slice_uncertainty: { axial } }) };
  assert.deepEqual(slicesToMark(sure), [31, 32, 30]);
  assert.deepEqual([sliceToGoTo(sure, 29), sliceToGoTo(sure, 31)], [31, 32]);
});

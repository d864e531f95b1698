import assert from "node:assert/strict";
import { test } from "node:test";

import { runReason } from "../../../../ui/static/panels/runs.js";
import { volumeFacts } from "../../../../ui/static/state/volume_list.js";
import { AnnotationBook } from "../../../../ui/static/state/annotations.js";
import { askedSlices, shiftProposal, shiftSentence } from "../../../../ui/static/state/domain_shift.js";
import { bestSlice, nextSliceText, sliceToGoTo, slicesToMark } from "../../../../ui/static/state/next_slice.js";
import { Volume } from "../../../../ui/static/viewer/volume.js";
import { label, run, storeWith, summary } from "../support/controllers.js";

/** @import { AppState } from "../../../../ui/static/state/types.d.ts" */

const SENTENCE = "This scan differs: the model is unsure of most of what it found.";
const SHIFT = { sentence: SENTENCE, plane: "axial", slices: [11, 19] };
const NAMED = [{ plane: "axial", slice_index: 40, labels: [1], reason: "outline", change: 0.2 }];

/**
 * A predicted volume of 100 slices, some of them reviewed since.
 * @param {{painted?: number[], empty?: number[], interpolated?: number[], shift?: unknown, patch?: Partial<AppState>}} what
 */
function stateOf({ painted = [], empty = [], interpolated = [], shift = SHIFT, patch = {} } = {}) {
  const volume = summary({ shape: [2, 2, 100], spacing_mm: [1, 1, 1] });
  const annotations = new AnnotationBook(volume.shape, "axial");
  for (const [state, slices] of /** @type {const} */ ([["painted", painted], ["empty", empty], ["interpolated", interpolated]])) {
    for (const slice of slices) annotations.ensure(slice).state = state;
  }
  const mask = /** @type {any} */ ({ labels: [], extents: new Map(), next_slices: NAMED, domain_shift: shift });
  return storeWith({ volume, annotations, voxels: new Volume(volume), labels: [label(1)], mask, cursor: [0, 0, 11], ...patch }).state;
}

const ticked = (/** @type {AppState} */ state) => askedSlices(state).map(({ index, painted }) => [index, painted]);

test("the sentence and both slices, as the page counts them", () => {
  const state = stateOf();
  assert.equal(shiftSentence(state), SENTENCE);
  assert.equal(shiftProposal(askedSlices(state)), "Paint slices 12 and 20 here; they are added to what is learnt.");
  assert.deepEqual(askedSlices(state).map(({ onScreen }) => onScreen), [true, false]);
});

test("slices are ticked off once they are reviewed, and then it is time to propagate", () => {
  assert.deepEqual(ticked(stateOf({ painted: [19], interpolated: [11] })), [[11, false], [19, true]]);
  const done = stateOf({ painted: [11], empty: [19] });
  assert.deepEqual(ticked(done), [[11, true], [19, true]]);
  assert.equal(shiftProposal(askedSlices(done)), "Both are painted: propagate, and they are added to what is learnt.");
});

test("of a scan of one slice it is said of one", () => {
  const one = { ...SHIFT, slices: [0] };
  assert.equal(shiftProposal(askedSlices(stateOf({ shift: one }))), "Paint slice 1 here; it is added to what is learnt.");
  assert.equal(shiftProposal(askedSlices(stateOf({ shift: one, painted: [0] }))), "It is painted: propagate, and it is added to what is learnt.");
});

/** @type {[string, AppState, string][]} */
const WITHOUT_SLICES = [
  ["a scan that does not differ", stateOf({ shift: null }), ""],
  ["no result", stateOf({ patch: { mask: null } }), ""],
  ["two runs that are compared", stateOf({ patch: { comparison: /** @type {any} */ ({}) } }), ""],
  ["another plane", stateOf({ shift: { ...SHIFT, plane: "coronal" } }), SENTENCE],
  ["painted slices on their way", stateOf({ patch: { annotations: null } }), SENTENCE],
  ["somebody who only looks", stateOf({ patch: { project: { id: "p", name: "P", access: "reviewer" } } }), SENTENCE],
  ["nothing to propose", stateOf({ shift: { ...SHIFT, slices: [] } }), SENTENCE],
];
for (const [what, state, sentence] of WITHOUT_SLICES) {
  test(`no slice is asked for with ${what}`, () => {
    assert.deepEqual(askedSlices(state), []);
    assert.equal(shiftProposal([]), "");
    assert.equal(shiftSentence(state), sentence);
  });
}

test("the line about the next slice, its ring and its key give way", () => {
  const state = stateOf();
  assert.equal(nextSliceText(state), "");
  assert.deepEqual(slicesToMark(state), [11, 19]);
  assert.equal(bestSlice(state), 11);
  assert.equal(sliceToGoTo(state, 11), 19);
  assert.equal(sliceToGoTo(state, 40), 11);
  const done = stateOf({ painted: [11, 19] });
  assert.deepEqual([slicesToMark(done), bestSlice(done), sliceToGoTo(done, 0)], [[], null, undefined]);
  const usual = stateOf({ shift: null });
  assert.deepEqual([slicesToMark(usual), bestSlice(usual)], [[40], 40]);
});

test("what to do is said once", () => {
  const predicted = { run: run({ kind: "predict", state: "done", elapsed_s: 3 }) };
  assert.equal(runReason(stateOf({ patch: predicted })), "Predicted in 3 s");
  assert.equal(runReason(stateOf({ shift: null, patch: predicted })), "Predicted in 3 s; correct a slice to propagate from it");
});

test("a list of volumes says which differ", () => {
  assert.match(volumeFacts(summary({ mask_id: "m", mask_differs: true })), /^Predicted, differs/);
  assert.match(volumeFacts(summary({ mask_id: "m" })), /^Predicted \u00b7/);
  assert.match(volumeFacts(summary({ mask_id: "m", mask_draft: true })), /^Draft/);
});

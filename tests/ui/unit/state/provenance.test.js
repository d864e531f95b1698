import assert from "node:assert/strict";
import { test } from "node:test";

import { AnnotationBook } from "../../../../ui/static/state/annotations.js";
import { NO_NOTES, notesAfter, originHeader, shownMask } from "../../../../ui/static/state/origin_notes.js";
import { kindsOf, matchingSlices, originText, peopleOf } from "../../../../ui/static/state/provenance.js";

/** @import { AppState } from "../../../../ui/static/state/types.d.ts" */

const MASK = "c".repeat(32);
const AT = `${new Date().getFullYear()}-11-03T10:20:00.000`;
const LABELS = [{ value: 1, name: "Liver" }, { value: 2, name: "Spleen" }];

/** @param {Record<number, Record<string, object>>} origins by slice and label value */
function stateWith(origins) {
  const annotations = new AnnotationBook([4, 3, 6], "axial");
  const slices = new Map();
  for (const [index, labels] of Object.entries(origins)) {
    Object.assign(annotations.ensure(Number(index)), { state: "painted", version: 2, savedAt: AT });
    slices.set(`axial/${index}`, { version: 2, labels });
  }
  const provenance = { volumeId: "v", people: { a: "Anna", b: "Ben", c: null }, masks: [{ mask_id: MASK, created_at: AT }], slices };
  const mask = { extents: new Map([[1, [[0, 4]]]]) };
  return /** @type {AppState} */ (/** @type {unknown} */ ({ annotations, provenance, plane: "axial", mask, labels: LABELS, originFilter: { kind: null, person: null } }));
}

const PAINTED = { kind: "painted", by: "a", at: AT };
const ACCEPTED = { kind: "accepted", source: "predicted", mask: MASK, by: "b", at: AT };

test("a slice says how it came to be and by whom, each label where they differ", () => {
  const state = stateWith({
    0: { 1: PAINTED, 2: PAINTED },
    1: { 1: PAINTED, 2: ACCEPTED },
    2: { 1: { ...PAINTED, kind: "imported", by: "c", file: "m.nii", said: { kind: "painted", by: "Eve" } } },
  });
  assert.equal(originText(state, 0), "painted by Anna, 3 Nov");
  assert.equal(originText(state, 1), "Liver: painted by Anna, 3 Nov; Spleen: accepted from the run of 3 Nov 10:20 by Ben, 3 Nov");
  assert.equal(originText(state, 2), "imported from m.nii (there painted by Eve), 3 Nov");
  assert.deepEqual([originText(state, 4), originText(state, 5)], ["predicted", ""]);
});

test("what was done to what reads as one sentence", () => {
  const merged = { ...PAINTED, kind: "merged", merge: { method: "majority", readings: ["r1", "r2", "r3"] } };
  const said = (/** @type {object} */ origin) => originText(stateWith({ 1: { 1: origin } }), 1);
  assert.equal(said(merged), "merged from 3 readings (majority) by Anna, 3 Nov");
  assert.equal(said({ ...merged, merge: { method: "staple", readings: ["r1", "r2"] } }), "merged from 2 readings (STAPLE) by Anna, 3 Nov");
  assert.equal(said({ ...merged, merge: { method: "newer", readings: ["r1", "r2"] } }), "merged by Anna, 3 Nov");
  assert.equal(said({ ...merged, merge: { method: "reading", readings: ["r1", "r2"] }, by: "c" }), "taken from one of 2 readings, 3 Nov");
  assert.equal(said({ ...merged, kind: "corrected", source: "merged" }), "merged from 3 readings (majority), then corrected by Anna, 3 Nov");
  assert.equal(said({ ...PAINTED, kind: "corrected", source: "imported", file: "m.nii" }), "imported from m.nii, then corrected by Anna, 3 Nov");
  assert.equal(said({ ...PAINTED, kind: "imported", resampled: true, file: "m.nii" }), "imported from m.nii, which was on another grid by Anna, 3 Nov");
  assert.equal(said({ ...PAINTED, kind: "accepted", source: "interpolated" }), "interpolated, then accepted by Anna, 3 Nov");
  assert.equal(said({ ...ACCEPTED, kind: "corrected", mask: "gone" }), "corrected from a prediction by Ben, 3 Nov");
  assert.equal(originText(stateWith({ 1: { 1: PAINTED, 2: PAINTED, 3: ACCEPTED } }), 1), "Liver and Spleen: painted by Anna, 3 Nov; 3: accepted from the run of 3 Nov 10:20 by Ben, 3 Nov");
});

test("what is not saved yet is only said to be painted", () => {
  const state = stateWith({ 1: { 1: ACCEPTED } });
  state.annotations?.changed(1);
  assert.deepEqual([kindsOf(state, 1), originText(state, 1)], [["painted"], "painted"]);
});

test("a filter means slices of a kind, of a person, or of both", () => {
  const state = stateWith({ 0: { 1: PAINTED }, 2: { 1: PAINTED, 2: ACCEPTED } });
  assert.equal(matchingSlices(state), null);
  const marked = (/** @type {AppState["originFilter"]} */ originFilter) => matchingSlices({ ...state, originFilter });
  assert.deepEqual(marked({ kind: "accepted", person: null }), [2]);
  assert.deepEqual(marked({ kind: "predicted", person: null }), [1, 3, 4]);
  assert.deepEqual(marked({ kind: null, person: "a" }), [0, 2]);
  assert.deepEqual(marked({ kind: "painted", person: "b" }), []);
  assert.deepEqual(peopleOf(state).map(({ name }) => name), ["Anna", "Ben"]);
});

test("notes of a slice go out as one header, and an outline that is changed by hand is none", () => {
  assert.equal(originHeader(NO_NOTES), "");
  assert.equal(originHeader({ mask: MASK, outlined: [1, 2], returned: true }), `mask=${MASK};outlined=1,2;returned`);
  assert.equal(originHeader({ ...NO_NOTES, version: 3 }), "version=3");
  const slice = /** @type {any} */ ({ notes: { mask: MASK, outlined: [1, 2], returned: true } });
  const edit = /** @type {any} */ ({ before: Uint8Array.of(0, 2), after: Uint8Array.of(0, 0) });
  assert.deepEqual(notesAfter(slice, edit, false), { mask: MASK, outlined: [1], returned: false });
});

test("while two runs are compared the first one's mask is seen", () => {
  const runs = [{ id: "r1", mask_id: "m1" }, { id: "r2", mask_id: "m2" }];
  const comparison = { runs, chosen: ["r2", "r1"], masks: [new Uint8Array(), new Uint8Array()] };
  assert.equal(shownMask(/** @type {any} */ ({ comparison, mask: { id: "m1" } })), "m2");
  assert.equal(shownMask(/** @type {any} */ ({ comparison: null, mask: { id: "m1" } })), "m1");
  assert.equal(shownMask(/** @type {any} */ ({ comparison: null, mask: null })), null);
});

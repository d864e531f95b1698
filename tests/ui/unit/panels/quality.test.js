import assert from "node:assert/strict";
import { test } from "node:test";

import { fake } from "../support/page.js";
import { band, isJudged, nextSliceFor, qualityChip, warningNote } from "../../../../ui/static/panels/quality.js";
import { AnnotationBook } from "../../../../ui/static/state/annotations.js";

test("bands are those of the contract", () => {
  const bands = [0.912, 0.85, 0.8, 0.7, 0.2, 0, null, undefined].map(band);
  assert.deepEqual(bands, ["good", "good", "fair", "fair", "poor", "poor", "unknown", "unknown"]);
});

/** @type {[{expected_dice: number | null, voxels: number}, [string, string] | null][]} */
const CHIPS = [
  [{ expected_dice: 0.912, voxels: 5 }, ["good", "\u2248 0.91 good"]],
  [{ expected_dice: 0.8, voxels: 5 }, ["fair", "\u2248 0.80 fair"]],
  [{ expected_dice: 0, voxels: 0 }, ["poor", "\u2248 0.00 poor"]],
  [{ expected_dice: null, voxels: 5 }, ["unknown", "no estimate"]],
  [{ expected_dice: null, voxels: 0 }, null], // neither painted nor found
];
for (const [facts, expected] of CHIPS) {
  test(`the chip of ${JSON.stringify(facts)} says ${expected?.[1] ?? "nothing"}`, () => {
    const chip = qualityChip({ warning: null, ...facts });
    assert.deepEqual(chip && [chip.dataset.band, fake(chip).textContent], expected);
  });
}

test("a run judged itself if it has an estimate or a warning of any label", () => {
  const judged = (/** @type {object[]} */ ...labels) => isJudged(/** @type {any} */ ({ labels }));
  assert.equal(judged({ expected_dice: null, warning: null }), false);
  assert.equal(judged({ expected_dice: 0, warning: null }), true);
  assert.equal(judged({ expected_dice: null, warning: "Not learnt." }), true);
  assert.equal(isJudged(null), false);
});

/** @type {[string, Record<number, number[]>, [number, [number, number][]][], number | null, {slice_index: number, labels: number[]}[]?][]} */
const CASES = [
  ["between what is painted", { 20: [1], 60: [1] }, [], 40],
  ["away from slices of other labels, which were reviewed too", { 20: [1], 40: [2], 60: [1] }, [], 30],
  ["to the end of the prediction", { 20: [1], 40: [1] }, [[1, [[5, 40]]]], 5],
  ["a little beyond a single slice, whose label's length is not known", { 20: [1] }, [], 10],
  ["no further than a prediction goes, also from a single slice", { 20: [1] }, [[1, [[17, 25]]]], 25],
  ["where the run does, within its label", { 20: [1] }, [[1, [[10, 40]]]], 15, [{ slice_index: 5, labels: [2] }, { slice_index: 15, labels: [2] }]],
  ["where the run does for its label, also past its end", { 20: [1] }, [[1, [[10, 40]]]], 41, [{ slice_index: 41, labels: [1] }]],
  ["nowhere when each slice was reviewed", { 20: [1], 21: [1] }, [], null],
];
for (const [where, painted, extents, expected, named = []] of CASES) {
  test(`a warning leads ${where}`, () => {
    const annotations = new AnnotationBook([4, 4, 100], "axial");
    for (const [slice, values] of Object.entries(painted)) Object.assign(annotations.ensure(Number(slice)), { state: "painted" }).labels.set(values);
    const found = nextSliceFor(1, { annotations, mask: { extents: new Map(extents) }, count: 100, stepMm: 1, named });
    assert.equal(found, expected);
  });
}

test("a warning names the slice it leads to, or the picture", () => {
  const label = { warning: "Paint more." };
  const text = (/** @type {string[]} */ ...name) => fake(/** @type {HTMLElement} */ (warningNote(label, 4, () => {}, ...name))).textContent;
  assert.deepEqual([text(), text("a.png")], ["Paint more.Go to slice 5", "Paint more.Go to a.png"]);
});

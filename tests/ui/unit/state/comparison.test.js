import assert from "node:assert/strict";
import { test } from "node:test";

import { areaTexts, comparableRuns, compareMasks, comparisonBlocker, differingSlices, differingVoxels, nextDiffering, runTitle } from "../../../../ui/static/state/comparison.js";
import { run, summary, system } from "../support/controllers.js";
import { Volume } from "../../../../ui/static/viewer/volume.js";

const FIRST = Uint8Array.of(1, 1, 0, 0, 2, 2, 0, 0);
const SECOND = Uint8Array.of(1, 0, 0, 0, 2, 2, 1, 3);

test("Dice and sizes by label, and differing voxels by slice of each plane", () => {
  const { labels, slices } = compareMasks(FIRST, SECOND, [2, 2, 2], new Set());
  assert.deepEqual(Object.fromEntries(labels), {
    1: { dice: 2 / 4, voxels: [2, 2] },
    2: { dice: 1, voxels: [2, 2] },
    3: { dice: 0, voxels: [0, 1] },
  });
  assert.deepEqual(slices, { sagittal: [1, 2], coronal: [1, 2], axial: [1, 2] });
});

test("hidden labels are left out", () => {
  const { labels, slices } = compareMasks(FIRST, SECOND, [2, 2, 2], new Set([1]));
  assert.deepEqual([[...labels.keys()], slices.axial], [[2, 3], [0, 1]]);
});

test("the slice that differs most comes first, and the last leads back to it", () => {
  const counts = [0, 3, 9, 0, 3];
  assert.deepEqual(differingSlices(counts), [{ index: 2, voxels: 9 }, { index: 1, voxels: 3 }, { index: 4, voxels: 3 }]);
  assert.deepEqual([0, 2, 1, 4].map((here) => nextDiffering(counts, here)), [2, 1, 4, 2]);
  assert.equal(nextDiffering([0, 0], 1), undefined);
});

test("differing voxels are those of the annotation plane", () => {
  const found = compareMasks(FIRST, SECOND, [2, 2, 2], new Set());
  const comparison = /** @type {any} */ ({ found });
  assert.deepEqual(differingVoxels({ comparison, plane: "coronal" }), [1, 2]);
  assert.equal(differingVoxels({ comparison: { ...comparison, found: null }, plane: "axial" }), null);
  assert.equal(differingVoxels({ comparison: null, plane: "axial" }), null);
});

test("areas go by the pixels of each picture, and are told in pixels where the size of one is not known", () => {
  const slices = [{ index: 1, voxels: 1200 }, { index: 0, voxels: 40 }];
  /** @param {([number, number] | null)[]} sizes */
  const pictures = (sizes) => new Volume(summary({ spacing_mm: [1, 1, 1], pictures: sizes.map((size, n) => ({ name: `${n}.png`, rows: 4, columns: 3, pixel_mm: size })) }));
  assert.deepEqual(areaTexts(slices, pictures([[0.5, 0.5], [0.2, 0.1]]), "axial"), ["24.0 mm\u00b2", "10.0 mm\u00b2"]);
  assert.deepEqual(areaTexts(slices, pictures([[5, 5], [0.2, 0.1]]), "axial"), ["0.24 cm\u00b2", "10.00 cm\u00b2"]);
  assert.deepEqual(areaTexts(slices, pictures([[0.5, 0.5], null]), "axial"), ["1\u2009200 px", "40 px"]);
  assert.deepEqual(areaTexts(slices, new Volume(summary({ spacing_mm: [1, 1, 2] })), "coronal"), ["24.00 cm\u00b2", "0.80 cm\u00b2"]);
});

test("two results are needed, and it says how to get them", () => {
  const mask = /** @type {any} */ ({ id: "m" });
  assert.match(comparisonBlocker({ volume: summary(), mask: null, run: null }) ?? "", /^Propagate first/);
  assert.match(comparisonBlocker({ volume: summary({ mask_count: 1 }), mask, run: null }) ?? "", /one run so far/);
  assert.equal(comparisonBlocker({ volume: summary({ mask_count: 2 }), mask, run: run({ state: "done" }) }), null);
  assert.match(comparisonBlocker({ volume: summary({ mask_count: 2 }), mask, run: run() }) ?? "", /when it is done/);
});

test("runs that are done can be compared; a draft cannot", () => {
  const runs = [run({ id: "a", state: "done", mask_id: "m" }), run({ id: "b", state: "cancelled", mask_id: "draft" }), run({ id: "c", state: "done", mask_id: null })];
  assert.deepEqual(comparableRuns(runs).map(({ id }) => id), ["a"]);
});

test("a run goes by its number, what it was made from and with, and its day", () => {
  const choice = { method: "sam_decoder", encoder: "lite-medsam", encoder_title: "LiteMedSAM", seed: 3 };
  const title = runTitle(run({ created_at: "2020-05-06T10:00:00Z", slices: 5, plane: "coronal", choice }), 2, system());
  assert.match(title, /^Run 2 \u00b7 SAM's decoder, seed 3 \u00b7 5 coronal slices \u00b7 .*6.* \d/);
  assert.match(runTitle(run({ created_at: "2020-05-06T10:00:00Z", slices: 5, plane: /** @type {any} */ ("oblique"), choice }), 2, system()), /5 oblique slices/);
  const today = runTitle(run({ created_at: new Date().toISOString(), slices: 1, choice }), 1, null);
  assert.match(runTitle(run({ created_at: new Date().toISOString(), slices: 2, choice }), 1, null, true), /^Run 1 \u00b7 2 pictures \u00b7 \d?\d[:.]\d\d/);
  assert.match(today, /^Run 1 \u00b7 1 axial slice \u00b7 \d?\d[:.]\d\d/);
  assert.match(runTitle(run({ created_at: new Date().toISOString(), kind: "predict", slices: 0, choice }), 3, null), /^Run 3 \u00b7 predicted \u00b7 /);
});

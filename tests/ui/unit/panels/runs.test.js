import assert from "node:assert/strict";
import { test } from "node:test";

import { Stage } from "../../../../ui/static/api/contract.js";
import { runProgress, runReason, showsDraft } from "../../../../ui/static/panels/runs.js";
import { warnedLabels } from "../../../../ui/static/state/runs.js";
import { AnnotationBook } from "../../../../ui/static/state/annotations.js";
import { Volume } from "../../../../ui/static/viewer/volume.js";
import { label, run, storeWith, summary, system } from "../support/controllers.js";

/** @import { AppState } from "../../../../ui/static/state/types.d.ts" */

/** A state with `count` painted slices. @param {number} count @param {Partial<AppState>} patch */
function painted(count, patch = {}) {
  const annotations = new AnnotationBook([3, 4, 5], "axial");
  for (let slice = 0; slice < count; slice++) annotations.ensure(slice).state = "painted";
  return storeWith({ volume: summary(), voxels: new Volume(summary()), labels: [label(1)], annotations, ...patch }).state;
}

const mask = /** @type {any} */ ({ labels: [], extents: new Map() });
const made = { method: "sam_decoder", encoder: "lite-medsam", encoder_title: "LiteMedSAM", seed: 3 };

/** A state with painted slices, the first of which has this origin. @param {number} count @param {object} origin @param {Partial<AppState>} patch */
function withOrigin(count, origin, patch) {
  const state = painted(count, patch);
  const slice = Object.assign(state.annotations?.ensure(0) ?? {}, { version: 1, savedAt: 1 });
  const slices = new Map([["axial/0", { version: slice.version, labels: { 1: origin } }]]);
  return { ...state, provenance: /** @type {any} */ ({ slices }) };
}
const corrected = { kind: "corrected", source: "predicted", mask: "m" };

/** @type {[string, AppState, string][]} */
const REASONS = [
  ["no volume", painted(1, { voxels: null }), "Open a volume first"],
  ["a volume that opens", painted(1, { voxels: null, loading: { text: "", fraction: 0 } }), "Opening the volume"],
  ["no label", painted(1, { labels: [] }), "Name a label, then paint it on a slice"],
  ["slices on their way", painted(1, { annotations: null }), "Loading painted slices"],
  ["nothing painted", painted(0), "Paint a label on at least one slice"],
  ["nothing painted beside a volume that was learnt on", painted(0, { volumes: [summary({ id: "w", name: "Head", model_id: "m" })] }), "Predict with what was learnt on Head, or paint a slice and propagate"],
  ["one slice", painted(1), "1 slice painted; 3 to 5 give better masks"],
  ["three slices", painted(3), "From 3 painted slices"],
  ["a mask before", painted(3, { mask }), "From 3 painted slices"],
  ["a prediction that was changed", withOrigin(3, corrected, { mask }), "From 3 painted slices, corrections included"],
  ["own paint that was changed", withOrigin(3, { kind: "corrected", source: "outlined" }, { mask }), "From 3 painted slices"],
  ["a run just done", painted(3, { mask, run: run({ state: "done", elapsed_s: 65 }) }), "Done in 1 min 5 s, from 3 painted slices"],
  ["a run with other settings", painted(3, { mask, system: system(), run: run({ state: "done", elapsed_s: 5, choice: made }) }), "Done in 5 s, from 3 painted slices, with SAM's decoder, seed 3"],
  ["strokes since the run", withOrigin(3, corrected, { mask, run: run({ state: "done" }), editedSinceRun: true }), "From 3 painted slices, corrections included"],
  ["a prediction", painted(0, { mask, run: run({ kind: "predict", state: "done", elapsed_s: 3 }) }), "Predicted in 3 s; correct a slice to propagate from it"],
  ["a prediction with the model of another scan", painted(0, { mask, volumes: [summary({ id: "w", name: "Head", model_id: "m" })], run: run({ kind: "predict", state: "done", elapsed_s: 3, model_id: "m" }) }), "Predicted in 3 s from Head; correct a slice to propagate from it"],
  ["a prediction painted on before the page was loaded", withOrigin(2, corrected, { mask, run: run({ kind: "predict", state: "done", elapsed_s: 3 }) }), "From 2 painted slices, corrections included"],
  ["a failed run", painted(3, { run: run({ state: "failed", error: "Out of memory." }) }), "Out of memory."],
  ["a failed run that says nothing", painted(3, { run: run({ state: "failed" }) }), "The run failed; try again."],
];
for (const [what, state, expected] of REASONS) {
  test(`below the button, with ${what}: ${expected}`, () => assert.equal(runReason(state), expected));
}

test("the stage of a run is shown as the server names it", () => {
  const stage = (/** @type {Parameters<typeof run>[0]} */ patch) => runProgress({ run: run(patch), launching: false, followedRun: null }).stage;
  for (const each of [...Object.values(Stage), "Cancelling"]) assert.equal(stage({ stage: each }), each);
  assert.equal(stage({ state: "queued" }), "Waiting for its turn");
  assert.equal(stage({}), "Starting");
  assert.equal(runProgress({ run: run({ stage: "Fine-tuning" }), launching: true, followedRun: null }).stage, "Saving strokes");
});

test("a run that another one follows says what comes", () => {
  const given = run({ stage: "Cancelling", fraction: 0.4, eta_s: 5 });
  assert.deepEqual(runProgress({ run: given, launching: false, followedRun: given.id }), { stage: "Starting again", fraction: 0, left: "", loss: [] });
});

test("a draft is that of the run under way", () => {
  const draft = /** @type {any} */ ({ draft: true, run_id: "r" });
  assert.equal(showsDraft({ run: run({ id: "r" }), mask: draft }), true);
  assert.equal(showsDraft({ run: run({ id: "another" }), mask: draft }), false);
  assert.equal(showsDraft({ run: run({ id: "r" }), mask: { ...draft, draft: false } }), false);
  assert.equal(showsDraft({ run: run({ id: "r" }), mask: null }), false);
});

test("the time left is shown once it is known", () => {
  assert.equal(runProgress({ run: run({ eta_s: 8 }), launching: false, followedRun: null }).left, "8 s left");
  assert.equal(runProgress({ run: run(), launching: false, followedRun: null }).left, "");
});

test("labels with a warning go by the name they have now; one that was deleted needs no painting", () => {
  const found = [{ value: 1, name: "Old", warning: "Not learnt." }, { value: 2, name: "Gone", warning: "Not learnt." }, { value: 3, name: "Fine", warning: null }];
  const state = { mask: /** @type {any} */ ({ labels: found }), labels: [label(1, { name: "New" })] };
  assert.deepEqual(warnedLabels(state), ["New"]);
  const deletionUndone = { ...state, labels: [...state.labels, label(2, { name: "Back" })] };
  assert.deepEqual(warnedLabels(deletionUndone), ["New", "Back"]);
});

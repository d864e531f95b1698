import assert from "node:assert/strict";
import { test } from "node:test";

import { batchText, byCertainty, changedVolumes, hasMaskOf, nextLeastCertain, volumeStateText } from "../../../../ui/static/state/batch.js";
import { run, summary } from "../support/controllers.js";

/** @import { Batch } from "../../../../ui/static/api/types.d.ts" */

/** @param {Partial<Batch>} patch */
const batch = (patch) => /** @type {Batch} */ ({ id: "b", state: "running", total: 4, done: 1, failed: 0, eta_s: null, volumes: [], ...patch });

test("the line says how far a batch is, and what is left", () => {
  assert.deepEqual(batchText(batch({})), { text: "Predicting: 1 of 4", left: "" });
  assert.equal(batchText(batch({ eta_s: 30 })).left, "30 s left");
  assert.equal(batchText(batch({ state: "cancelled", failed: 1 })).text, "Stopped at 1 of 4, 1 failed");
  assert.equal(batchText(batch({ state: "done", done: 4 })).text, "Predicted 4 of 4");
  assert.equal(batchText(batch({ state: /** @type {any} */ ("paused"), failed: 1 })).text, "Predicting: 1 of 4, 1 failed"); // of a newer server
});

test("each volume has its state in a word", () => {
  const of = (/** @type {any} */ state) => volumeStateText({ volume_id: "v", name: "", error: null, fraction: 0.5, state });
  assert.deepEqual(["queued", "running", "done", "failed", "cancelled", "paused"].map(of), ["waits", "50 %", "done", "failed", "stopped", "paused"]);
});

test("only volumes whose state changed are asked for again", () => {
  const of = (/** @type {any[]} */ ...states) => batch({ volumes: states.map((state, n) => ({ volume_id: `v${n}`, name: "", error: null, fraction: 0, state })) });
  assert.deepEqual(changedVolumes(of("running", "queued"), of("done", "queued")), ["v0"]);
  assert.deepEqual(changedVolumes(null, of("queued")), ["v0"]);
});

test("a volume has a mask of a model that made one", () => {
  const volume = summary({ mask_id: "m", mask_model_ids: ["x"], run: run({ state: "cancelled", model_id: "x" }) });
  assert.deepEqual([hasMaskOf(volume, "x"), hasMaskOf(volume, "y")], [true, false], "a later run that was cancelled takes no mask away");
});

test("volumes are gone through from the least certain on", () => {
  const of = (/** @type {string} */ id, /** @type {number | null} */ mean, patch = {}) => summary({ id, mask_id: `m${id}`, mean_confidence: mean, ...patch });
  const volumes = [of("a", 0.9), of("b", 0.4), of("c", null), of("d", 0.7), of("e", 0.1, { mask_draft: true })];
  assert.deepEqual(byCertainty({ volumes }).map(({ id }) => id), ["b", "d", "a"]);
  const next = (/** @type {string} */ id) => nextLeastCertain({ volumes, volume: summary({ id }) })?.id;
  assert.deepEqual(["c", "b", "d", "a"].map(next), ["b", "d", "a", undefined]);
});

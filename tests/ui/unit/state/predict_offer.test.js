import assert from "node:assert/strict";
import { test } from "node:test";

import { AnnotationBook } from "../../../../ui/static/state/annotations.js";
import { predictOffer } from "../../../../ui/static/state/predict_offer.js";
import { Volume } from "../../../../ui/static/viewer/volume.js";
import { run, storeWith, summary } from "../support/controllers.js";

/** @import { AppState } from "../../../../ui/static/state/types.d.ts" */

/** A state with `count` painted slices. @param {number} count @param {Partial<AppState>} patch */
function painted(count, patch) {
  const annotations = new AnnotationBook([3, 4, 5], "axial");
  for (let slice = 0; slice < count; slice++) annotations.ensure(slice).state = "painted";
  return storeWith({ volume: summary(), voxels: new Volume(summary()), annotations, ...patch }).state;
}

const source = (/** @type {string} */ name) => ({ volume_id: name, name, slices: [1] });
const model = (/** @type {object} */ patch) => /** @type {any} */ ({ id: "m", imported: null, sources: [], ...patch });
const learnt = [summary({ id: "w", name: "Head", model_id: "m" })];
const file = model({ id: "f", imported: { title: "Organs" } });

test("what was learnt on another volume comes first, and says on how many", () => {
  const of = (/** @type {string[]} */ ...names) => predictOffer(painted(0, { volumes: learnt, models: [file, model({ sources: names.map(source) })] }));
  assert.deepEqual(of("Head"), { modelId: "m", text: "Predict with what was learnt on Head" });
  assert.deepEqual(of("Head", "Neck"), { modelId: "m", text: "Predict with what was learnt on Head and 1 other volume" });
  assert.deepEqual(of("Head", "Neck", "Arm"), { modelId: "m", text: "Predict with what was learnt on Head and 2 other volumes" });
  assert.deepEqual(predictOffer(painted(0, { volumes: learnt })), { modelId: "m", text: "Predict with what was learnt on Head" });
});

test("a model that came as a file is offered where nothing was learnt here", () => {
  assert.deepEqual(predictOffer(painted(0, { models: [file] })), { modelId: "f", text: "Predict with Organs" });
  assert.deepEqual(predictOffer(painted(0, { models: [model({ id: "f", imported: { title: "" } })] })), { modelId: "f", text: "Predict with the model of the file" });
});

test("nothing is offered once something is painted, while a run is under way, or without a model", () => {
  const nobody = [painted(1, { models: [file] }), painted(0, { models: [file], run: run({ state: "running" }) }), painted(0, {}), painted(0, { models: [file], voxels: null }), painted(0, { models: [file], loggedOut: true })];
  assert.deepEqual(nobody.map(predictOffer), nobody.map(() => null));
});

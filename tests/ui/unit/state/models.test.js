import assert from "node:assert/strict";
import { test } from "node:test";

import { contentsText, fitText, importedName, modelName, newestImported, sizeText, sourcesText } from "../../../../ui/static/state/models.js";

/** @import { Model, ModelFacts } from "../../../../ui/static/api/types.d.ts" */

const IMPORTED = { by: "a", by_name: "Ann", at: "", sha256: "0123456789abcdef", title: "Three organs", author: "", licence: "" };

/** @param {Partial<Model>} patch */
const model = (patch) => /** @type {Model} */ ({ id: "m", sources: [], imported: null, ...patch });

/** @param {Partial<ModelFacts>} patch */
const facts = (patch) =>
  /** @type {ModelFacts} */ ({ method: "triplanar", method_title: "Three planes", encoder_title: "LiteMedSAM", plane: "axial", window: null, input_size: 256, seed: 0, created: "2026-11-27", slices: 5, sources: [{ sha256: "a", slices: 5 }], ...patch });

test("a model is called by what it learnt from", () => {
  const of = (/** @type {string[]} */ ...names) => modelName(/** @type {any} */ ({ sources: names.map((name) => ({ volume_id: null, name, slices: [] })) }));
  assert.equal(of("a", "b"), "Learnt from a, b");
  assert.equal(of("a", "b", "c", "d", "e"), "Learnt from a, b, c and 2 more");
  assert.equal(of(), "Learnt from a deleted volume");
});

test("a model that came as a file is called by its title, or by its hash", () => {
  assert.equal(modelName(model({ imported: IMPORTED })), "From a file: Three organs");
  assert.equal(modelName(model({ imported: { ...IMPORTED, title: "" } })), "From a file: 0123456789ab");
  assert.equal(importedName(model({ imported: IMPORTED })), "The model \u201cThree organs\u201d");
  assert.equal(importedName(model({ imported: { ...IMPORTED, title: "" } })), "The model of the file");
});

test("the newest model that came as a file is offered", () => {
  const models = [model({ id: "own" }), model({ id: "newer", imported: IMPORTED }), model({ id: "older", imported: IMPORTED })];
  assert.equal(newestImported({ models })?.id, "newer");
  assert.equal(newestImported({ models: [models[0]] }), undefined);
});

test("what a file holds is told in words", () => {
  assert.equal(contentsText({ weights: 17664, averages: 3, slice_vectors: 1, vector_length: 256 }), "17,664 weights of a network, 3 average vectors of painted places, 1 average vector of painted slices");
  assert.equal(contentsText({ weights: 1, averages: 0, slice_vectors: 0, vector_length: 0 }), "1 weight of a network");
  assert.equal(fitText(facts({})), "Three planes, LiteMedSAM, axial slices, each scan\u2019s own intensities, resized to 256 pixels, seed 0");
  assert.equal(fitText(facts({ window: [-160, 240], input_size: null, seed: null })), "Three planes, LiteMedSAM, axial slices, intensities -160 to 240");
  assert.match(fitText(facts({ plane: /** @type {any} */ ("oblique") })), /, oblique slices,/); // of a newer version
  assert.equal(sourcesText(facts({})), "5 painted slices of 1 scan, 2026-11-27");
  assert.equal(sourcesText(facts({ slices: null, created: "", sources: [] })), "0 scans");
  assert.deepEqual([10, 12_345, 16_400_000].map(sizeText), ["1 KB", "12 KB", "16.4 MB"]);
});

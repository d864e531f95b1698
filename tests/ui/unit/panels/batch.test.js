import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { fake, newPage } from "../support/page.js";
import { storeWith, summary } from "../support/controllers.js";
import { batchLine, openPredictAll } from "../../../../ui/static/panels/batch.js";

/** @import { FakeElement } from "../support/dom.js" */
/** @import { Batch, Model, Run } from "../../../../ui/static/api/types.d.ts" */

let app = newPage();
beforeEach(() => void (app = newPage()));

/** @param {string} testid */
const part = (testid) => /** @type {FakeElement & {hidden: boolean, disabled: boolean}} */ (app.querySelector(`[data-testid="${testid}"]`));
/** @type {unknown[][]} */
let asked = [];
const MODEL = /** @type {Model} */ ({ id: "m", created_at: "2026-11-26T14:05:00Z", sources: [{ volume_id: "a", name: "Scan A", slices: [1] }] });

/** @param {Model[]} models */
function intents(models = [MODEL]) {
  asked = [];
  const note = (/** @type {string} */ name) => async (/** @type {unknown[]} */ ...given) => void asked.push([name, ...given]);
  return { batch: { models: async () => models, start: note("start"), cancel: note("cancel"), resume: note("resume"), openNext: note("openNext"), open: note("open") } };
}

/** @param {Partial<Batch>} patch */
const batch = (patch = {}) =>
  /** @type {Batch} */ ({
    id: "b", project_id: "p", state: "running", total: 2, done: 1, failed: 0, eta_s: 60,
    volumes: [
      { volume_id: "a", name: "Scan A", state: "done", fraction: 1, error: null },
      { volume_id: "b", name: "Scan B", state: "failed", fraction: 0, error: "The disk is full." },
    ],
    ...patch,
  });

test("the line says how far it is, and offers what can be done", () => {
  const store = storeWith({ project: { id: "p", name: "" } });
  app.append(fake(batchLine(store, intents())));
  assert.equal(part("batch").hidden, true);
  store.set({ batch: batch() });
  assert.deepEqual([part("batch").hidden, part("batch-text").textContent], [false, "Predicting: 1 of 2"]);
  assert.deepEqual([part("batch-cancel").hidden, part("batch-resume").hidden, part("least-certain").hidden], [false, true, true]);
  part("batch-cancel").click();
  store.set({ batch: batch({ state: "cancelled" }) });
  assert.deepEqual([part("batch-cancel").hidden, part("batch-resume").textContent], [true, "Go on"]);
  store.set({ batch: batch({ state: "done", failed: 1 }) });
  assert.deepEqual([part("batch-resume").hidden, part("batch-resume").textContent], [false, "Try the failed again"]);
  store.set({ batch: batch({ state: "done" }) });
  assert.equal(part("batch-resume").textContent, "Go on", "one was stopped by itself, none failed");
  part("batch-resume").click();
  assert.deepEqual(asked, [["cancel"], ["resume"]]);
  part("batch-details").click();
  assert.match(part("batch-menu").textContent, /Scan A.*done.*Scan B.*failed.*The disk is full\./);
});

test("who only looks can stop nothing, and go through the volumes", () => {
  const volumes = [0.2, 0.9].map((mean, n) => summary({ id: `v${n}`, mask_id: "m", mean_confidence: mean }));
  const store = storeWith({ project: { id: "p", name: "", access: "reviewer" }, batch: batch(), volumes });
  app.append(fake(batchLine(store, intents())));
  assert.deepEqual([part("batch-cancel").hidden, part("batch-resume").hidden, part("least-certain").hidden], [true, true, false]);
});

test("the dialog offers the volumes without a mask of the model", async () => {
  const volumes = [summary({ id: "a", mask_id: "x", mask_model_ids: ["m"], run: /** @type {Run} */ ({ state: "cancelled", model_id: "m" }) }), summary({ id: "b" }), summary({ id: "c" })];
  const store = storeWith({ project: { id: "p", name: "Livers" }, volumes });
  await openPredictAll(store, intents());
  assert.equal(part("batch-start").textContent, "Predict 2 volumes");
  assert.match(part("predict-all-dialog").textContent, /Newest: Learnt from Scan A, 26 Nov.*has a mask of it/);
  part("batch-start").click();
  assert.deepEqual(asked, [["start", { model_id: "m", volumes: ["b", "c"] }]]);
});

test("the dialog lists only volumes of the kind that the model learnt from", async () => {
  const pictures = [{ name: "a.png", rows: 1, columns: 1, pixel_mm: null }];
  const volumes = [summary({ id: "a", name: "Scan A" }), summary({ id: "b", name: "Scan B" }), summary({ id: "x", name: "Films", pictures })];
  const gone = /** @type {Model} */ ({ id: "g", created_at: "2026-11-26T14:05:00Z", sources: [{ volume_id: "gone", name: "Gone", slices: [1] }] });
  await openPredictAll(storeWith({ project: { id: "p", name: "" }, volumes }), intents([gone]));
  part("batch-start").click();
  assert.deepEqual(asked, [["start", { model_id: "g", volumes: ["a", "b", "x"] }]]);
  await openPredictAll(storeWith({ project: { id: "p", name: "" }, volumes }), intents([MODEL]));
  part("batch-start").click();
  assert.deepEqual(asked, [["start", { model_id: "m", volumes: ["a", "b"] }]]);
});

test("a volume that was accepted, and a reading, are not offered", async () => {
  const accepted = /** @type {any} */ ({ state: "accepted", open_comments: 0 });
  const reading = /** @type {any} */ ({ of_id: "a", state: "open", reader: "ben" });
  const volumes = [summary({ id: "a" }), summary({ id: "b", review: accepted }), summary({ id: "c", reading })];
  await openPredictAll(storeWith({ project: { id: "p", name: "Livers" }, volumes }), intents());
  part("batch-start").click();
  assert.deepEqual(asked, [["start", { model_id: "m", volumes: ["a"] }]]);
});

test("without a model it says what to do first", async () => {
  await openPredictAll(storeWith({ project: { id: "p", name: "Livers" } }), intents([]));
  assert.match(part("predict-all-dialog").textContent, /Nothing was learnt in this project yet/);
});

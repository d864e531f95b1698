import assert from "node:assert/strict";
import { test } from "node:test";

import { ProvenanceController } from "../../../../ui/static/controllers/provenance.js";
import { AnnotationBook } from "../../../../ui/static/state/annotations.js";
import { initialState, Store } from "../../../../ui/static/state/store.js";

const SLICE = { plane: "axial", slice_index: 2, version: 1, labels: {} };

function setUp() {
  const store = new Store(initialState());
  const asked = /** @type {string[]} */ ([]);
  let answers = () => Promise.resolve(/** @type {any} */ ({ people: {}, masks: [], slices: [SLICE] }));
  const server = { provenance: (/** @type {string} */ id) => (asked.push(id), answers()) };
  const provenance = new ProvenanceController(store, { server, restMs: 0 });
  const open = (/** @type {string} */ id) => {
    store.set({ volume: /** @type {any} */ ({ id }), annotations: new AnnotationBook([4, 3, 6], "axial") });
    store.emit("annotations-loaded");
  };
  const rest = () => new Promise((resolve) => setTimeout(resolve, 5));
  return { store, asked, provenance, open, rest, fail: () => (answers = () => Promise.reject(new Error("away"))) };
}

test("it is asked for once when slices came and again when one is saved", async () => {
  const { store, asked, open, rest } = setUp();
  open("v");
  store.emit("slice-saved", { volumeId: "v", plane: "axial", index: 2 });
  await rest();
  assert.deepEqual(asked, ["v"]);
  assert.equal(store.state.provenance?.slices.get("axial/2"), SLICE);
  store.emit("slice-saved", { volumeId: "other", plane: "axial", index: 2 });
  await rest();
  assert.deepEqual(asked, ["v"]);
});

test("another volume has neither what was known of the last nor its filter", async () => {
  const { store, provenance, open, rest, fail } = setUp();
  open("v");
  await rest();
  provenance.choose({ kind: "accepted" });
  provenance.choose({ person: "a" });
  assert.deepEqual(store.state.originFilter, { kind: "accepted", person: "a" });
  fail();
  open("w");
  await rest();
  assert.deepEqual([store.state.provenance, store.state.originFilter], [null, { kind: null, person: null }]);
  provenance.clear();
});

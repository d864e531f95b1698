import assert from "node:assert/strict";
import { test } from "node:test";

import { fakeNotify, fakeServer, label, storeWith, summary } from "../support/controllers.js";
import { SliceVersionController } from "../../../../ui/static/controllers/slice_versions.js";
import { AnnotationBook } from "../../../../ui/static/state/annotations.js";

/** @import { SliceVersion } from "../../../../ui/static/api/types.d.ts" */

const VERSION = /** @type {SliceVersion} */ ({ version: 2, state: "painted" });

/** @param {Parameters<typeof fakeServer>[0]} answers @param {number} changed slices that an edit changes */
function page(answers = {}, changed = 1) {
  const annotations = new AnnotationBook([3, 4, 5], "axial");
  const store = storeWith({ volume: summary(), plane: "axial", annotations, cursor: [0, 0, 3], labels: [label(1)] });
  const { server, asked } = fakeServer({ annotationVersions: () => [VERSION], annotationVersion: () => ({ labels: new Uint8Array(12).fill(1, 0, 2).fill(9, 2, 4) }), ...answers });
  const notices = fakeNotify();
  /** @type {any[]} */
  const edits = [];
  const parts = { saver: { flush: async () => {} }, edits: { change: (/** @type {string} */ text, /** @type {any} */ changes) => (edits.push([text, changes]), changed) } };
  return { versions: new SliceVersionController(store, { server, notify: notices.notify, .../** @type {any} */ (parts) }), store, asked, edits, ...notices };
}

const ADDRESS = /** @type {const} */ ({ volumeId: "v", plane: "axial", index: 3 });

test("the versions of the slice on screen are listed", async () => {
  const { versions, store } = page();
  assert.deepEqual(await versions.list(), { address: ADDRESS, versions: [VERSION] });
  store.set({ annotations: null });
  assert.equal(await versions.list(), null);
});

test("a version is fetched once; the one before the first is blank", async () => {
  const { versions, asked } = page();
  await versions.labels(ADDRESS, 2);
  await versions.labels(ADDRESS, 2);
  assert.deepEqual([...(await versions.labels(ADDRESS, 0))], new Array(12).fill(0));
  assert.deepEqual(asked, [["annotationVersion", "v", "axial", 3, 2]]);
});

test("restoring is one step, without labels that were deleted", async () => {
  const { versions, edits } = page();
  assert.equal(await versions.restore(ADDRESS, VERSION), true);
  const [[text, [{ index, labels, state, from }]]] = edits;
  assert.deepEqual([text, index, state, [...labels]], ["restore version 2", 3, "painted", [1, 1, ...new Array(10).fill(0)]]);
  assert.deepEqual(from, { version: 2 });
});

test("what is the same already is said, and who only looks restores nothing", async () => {
  const { versions, store, said, edits } = page({}, 0);
  assert.equal(await versions.restore(ADDRESS, VERSION), false);
  assert.deepEqual(said, ["The slice is like this already."]);
  store.set({ project: { id: "p", name: "P", access: "reviewer" } });
  assert.equal(await versions.restore(ADDRESS, VERSION), false);
  assert.equal(edits.length, 1);
});

test("nothing is restored out of sight, while readings are compared", async () => {
  const { versions, store, said, edits } = page();
  store.set({ comparison: /** @type {any} */ ({ runs: [{ id: "reading:a" }, { id: "reading:b" }], chosen: ["reading:a", "reading:b"], masks: null, beside: false, found: null }) });
  assert.equal(await versions.restore(ADDRESS, VERSION), false);
  assert.deepEqual([edits, said.length], [[], 1]);
});

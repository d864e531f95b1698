import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { decodeRuns, encodeRuns, forget, keep, recall } from "../../../../ui/static/controllers/backup.js";
import { installStorage, labelsWith } from "../support/painting.js";

let storage = installStorage();
beforeEach(() => {
  storage = installStorage();
});

/** @type {[string, Uint8Array][]} */
const SLICES = [
  ["a long run", new Uint8Array(70000)],
  ["short runs", Uint8Array.from({ length: 150 }, (_, n) => (n % 3) + 1)],
  ["the largest value", Uint8Array.of(0, 0, 5, 5, 5, 255)],
];

for (const [name, labels] of SLICES) {
  test(`a backup returns the same bytes: ${name}`, () => {
    assert.deepEqual(decodeRuns(encodeRuns(labels), labels.length), labels);
  });
}

test("a backup of another size is refused", () => {
  assert.throws(() => decodeRuns(encodeRuns(new Uint8Array(4)), 5), /4 cells does not fit a slice of 5/);
});

test("slices of a volume are recalled until they are forgotten", () => {
  const slice = { labels: labelsWith({ 4: 2 }), state: /** @type {const} */ ("painted"), base: 3 };
  assert.equal(keep("a", "axial", 7, slice), true);
  keep("b", "axial", 1, slice);
  assert.deepEqual(recall("a"), [{ plane: "axial", index: 7, ...slice }]);
  forget("a", "axial", 7);
  assert.deepEqual(recall("a"), []);
});

test("what another window kept of a slice since is not forgotten", () => {
  keep("a", "axial", 7, { labels: labelsWith({ 4: 2 }), state: "painted", base: 3 });
  const name = Object.keys(storage)[0];
  storage.setItem(name, storage.getItem(name).replace('"base":3', '"base":4'));
  forget("a", "axial", 7);
  assert.deepEqual(recall("a").map(({ base }) => base), [4]);
});

test("what other people painted in this browser is neither recalled nor forgotten", () => {
  const slice = { labels: labelsWith({ 4: 2 }), state: /** @type {const} */ ("painted"), base: 3 };
  keep("a", "axial", 7, slice, "Ada Lovelace");
  keep("a", "axial", 7, { ...slice, base: 5 }, "Grace");
  assert.deepEqual(recall("a", "Grace").map(({ base }) => base), [5]);
  forget("a", "axial", 7, "Grace");
  assert.deepEqual([recall("a", "Grace"), recall("a", "").length, recall("a", "Ada Lovelace").length], [[], 0, 1]);
});

test("strokes that an earlier version kept are whoever's is logged in", () => {
  keep("a", "axial", 7, { labels: labelsWith({ 4: 2 }), state: "painted", base: 3 });
  assert.equal(recall("a", "Grace").length, 1);
  forget("a", "axial", 7, "Grace");
  assert.deepEqual(recall("a"), []);
});

test("a broken backup is dropped", () => {
  storage.setItem("fewshot-sam:unsaved:a/axial/1", "{");
  assert.deepEqual([recall("a"), Object.keys(storage)], [[], []]);
});

test("a full or missing storage keeps nothing and does no harm", () => {
  storage.full = true;
  assert.equal(keep("a", "axial", 1, { labels: labelsWith(), state: "cleared", base: 0 }), false);
  Reflect.deleteProperty(globalThis, "localStorage");
  assert.deepEqual(recall("a"), []);
  forget("a", "axial", 1);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { run } from "../support/controllers.js";
import { REFERENCE, chosenWith, scoredMask, withReference } from "../../../../ui/static/state/reference.js";

const RUNS = ["b", "a"].map((id) => run({ id, mask_id: `mask of ${id}` }));

test("the reference comes last, where there is one", () => {
  assert.deepEqual(withReference(RUNS, true).map(({ id }) => id), ["b", "a", REFERENCE]);
  assert.equal(withReference(RUNS, false), RUNS);
});

test("the reference never becomes the first, which is painted on", () => {
  const runs = withReference(RUNS, true);
  const chosen = /** @type {[string, string]} */ (["b", REFERENCE]);
  assert.equal(chosenWith({ runs, chosen }, 0, REFERENCE), null);
  assert.deepEqual(chosenWith({ runs, chosen }, 0, "a"), ["a", REFERENCE]);
  assert.deepEqual(chosenWith({ runs, chosen }, 1, "b"), ["a", "b"]);
  assert.equal(chosenWith({ runs: [runs[0], runs[2]], chosen }, 1, "b"), null);
  assert.deepEqual(chosenWith({ runs, chosen: ["b", "a"] }, 0, "a"), ["a", "b"]);
  assert.deepEqual(chosenWith({ runs, chosen: ["b", "a"] }, 1, REFERENCE), ["b", REFERENCE]);
});

test("the first of the two is scored, while the second is the reference", () => {
  const comparison = { runs: withReference(RUNS, true), masks: null, found: null, beside: false };
  assert.equal(scoredMask({ comparison: { ...comparison, chosen: ["a", REFERENCE] } }), "mask of a");
  assert.equal(scoredMask({ comparison: { ...comparison, chosen: ["a", "b"] } }), null);
  assert.equal(scoredMask({ comparison: null }), null);
});

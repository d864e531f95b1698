import assert from "node:assert/strict";
import { test } from "node:test";

import { NO_NOTES } from "../../../../ui/static/state/origin_notes.js";
import { rebase, takeVersion } from "../../../../ui/static/state/merge.js";

/** @import { SliceState } from "../../../../ui/static/api/types.d.ts" */

/** @param {number[]} labels @param {SliceState} state */
const content = (labels, state = "painted") => ({ labels: Uint8Array.from(labels), state });

/** @param {number[]} labels @param {SliceState} state @returns {import("../../../../ui/static/state/annotations.js").Slice} */
const slice = (labels, state = "painted") => ({ ...content(labels, state), version: 3, begun: null, values: [1], savedAt: null, notes: NO_NOTES });

test("cells painted here stay, all others come from the newer version", () => {
  const local = content([1, 0, 2, 0]);
  assert.equal(rebase(content([1, 0, 0, 0]), local, content([0, 5, 5, 0])), true);
  assert.deepEqual([...local.labels], [0, 5, 2, 0]);
});

test("nothing changes when the newer version holds what is here", () => {
  const local = content([1, 0]);
  assert.equal(rebase(content([0, 0]), local, content([1, 0])), false);
});

/** @type {[string, SliceState, SliceState, number[], SliceState, SliceState][]} */
const STATES = [
  ["a cleared slice takes the other window's paint", "cleared", "cleared", [0, 4], "painted", "painted"],
  ["a slice untouched here becomes empty", "painted", "painted", [0, 0], "empty", "empty"],
  ["a slice marked empty here stays so", "cleared", "empty", [0, 0], "cleared", "empty"],
  ["a painted slice without paint is cleared", "cleared", "painted", [0, 0], "cleared", "cleared"],
];

for (const [name, before, now, cells, theirs, expected] of STATES) {
  test(name, () => {
    const local = content([0, 0], now);
    rebase(content([0, 0], before), local, content(cells, theirs));
    assert.equal(local.state, expected);
  });
}

test("a stroke that is being painted stays, and taking it back shows the newer version", () => {
  const local = slice([1, 2, 0]);
  local.begun = content([1, 0, 0]);
  takeVersion(local, { ...content([1, 3, 3]), version: 5 }, content([1, 0, 0]));
  assert.deepEqual([...local.labels], [1, 2, 3]);
  assert.deepEqual([...local.begun.labels], [1, 3, 3]);
  assert.deepEqual([local.version, local.state, local.values], [5, "painted", null]);
});

test("a version never goes back", () => {
  const local = slice([1]);
  takeVersion(local, { ...content([1]), version: 2 }, content([1]));
  assert.equal(local.version, 3);
});

test("what a person painted and what was interpolated are not mixed: the former stands", () => {
  const nothing = content([0, 0], "cleared");
  const painted = content([1, 0]);
  assert.equal(rebase(nothing, painted, content([0, 2], "interpolated")), false);
  assert.deepEqual(painted, content([1, 0]));
  const filled = content([1, 0], "interpolated");
  assert.equal(rebase(nothing, filled, content([0, 2])), true);
  assert.deepEqual(filled, content([0, 2]));
});

test("of two windows that interpolate both stay, and an untouched slice follows", () => {
  const filled = content([1, 0], "interpolated");
  rebase(content([0, 0], "cleared"), filled, content([0, 2], "interpolated"));
  assert.deepEqual(filled, content([1, 2], "interpolated"));
  rebase(content([1, 2], "interpolated"), filled, content([1, 2]));
  assert.equal(filled.state, "painted");
});

for (const state of /** @type {SliceState[]} */ (["painted", "empty"])) {
  test(`what was interpolated and is withdrawn here gives way to what is ${state} elsewhere`, () => {
    const cells = state === "painted" ? [1, 2] : [0, 0];
    for (const local of [content([0, 0], "cleared"), content([3, 0], "interpolated")]) {
      rebase(content([1, 0], "interpolated"), local, content(cells, state));
      assert.deepEqual(local, content(cells, state));
    }
    const withdrawn = content([0, 0], "cleared");
    rebase(content([1, 0]), withdrawn, content([1, 2])); // what was painted and erased here stays so
    assert.deepEqual(withdrawn, content([0, 2]));
  });
}

test("what is accepted here stands where another window withdrew what was interpolated", () => {
  const accepted = content([1, 2]);
  assert.equal(rebase(content([1, 0], "interpolated"), accepted, content([0, 0], "cleared")), false);
  assert.deepEqual(accepted, content([1, 2]));
});

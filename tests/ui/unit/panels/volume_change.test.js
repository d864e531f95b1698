import assert from "node:assert/strict";
import { test } from "node:test";

import { fake } from "../support/page.js";
import { changeText, madeWhen, volumeChange } from "../../../../ui/static/panels/volume_change.js";

/** @type {[number, number | null, string][]} */
const CHANGES = [
  [12, 10, "+2.00 mL (+20\u2009%)"],
  [9.5, 10, "\u22120.50 mL (\u22125.0\u2009%)"],
  [10.001, 10, "\u00b1 0"],
  [3, 0, "+3.00 mL"], // of nothing there is no percentage
  [3, null, "new"],
];
for (const [now, before, expected] of CHANGES) {
  test(`from ${before} to ${now} mL is ${expected}`, () => {
    assert.equal(changeText({ volume_ml: now, previous_ml: before }), expected);
  });
}

const mask = { created_at: "2026-03-02T10:12:30.000+00:00", draft: false, previous: { mask_id: "a", run_id: "b", created_at: "2026-03-01T09:00:00.000+00:00" }, voxels: new Uint8Array(3) };

test("the hint says which runs", () => {
  const shown = volumeChange({ volume_ml: 12, previous_ml: 10 }, mask);
  assert.ok(shown);
  assert.equal(fake(shown).textContent, "+2.00 mL (+20\u2009%)");
  assert.match(shown.title, /^12\.0 mL in the run of .+, 10\.0 mL in that of .+\.$/);
  assert.match(volumeChange({ volume_ml: 12, previous_ml: null }, { ...mask, draft: true })?.title ?? "", /in the draft of .+, no such label in that of/);
});

test("a volume's first mask has nothing to compare", () => {
  assert.equal(volumeChange({ volume_ml: 12, previous_ml: null }, { ...mask, previous: null }), null);
});

test("what tells when a mask was made holds no voxels", () => {
  assert.deepEqual(Object.keys(madeWhen(mask)).sort(), ["created_at", "draft", "previous"]);
});

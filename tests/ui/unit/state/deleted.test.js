import assert from "node:assert/strict";
import { test } from "node:test";

import { contentsText, daysLeftText, whoAndWhen } from "../../../../ui/static/state/deleted.js";

test("what was in it is counted", () => {
  assert.equal(contentsText({ kind: "project", volumes: 1, slices: 2, masks: 0 }), "1 volume, 2 painted slices");
  assert.equal(contentsText({ kind: "volume", volumes: null, slices: 0, masks: 1 }), "1 mask");
  assert.equal(contentsText({ kind: "label", volumes: null, slices: 1, masks: null }), "painted on 1 slice");
  assert.equal(contentsText({ kind: "label", volumes: null, slices: 0, masks: null }), "");
});

test("who deleted it is told where people log in", () => {
  const at = "2026-11-27T06:00:00Z";
  assert.match(whoAndWhen({ deleted_by: "Ada", deleted_at: at }), /^deleted by Ada, /);
  assert.match(whoAndWhen({ deleted_by: null, deleted_at: at }), /^deleted \S/);
});

test("the days that are left are counted", () => {
  assert.deepEqual([30, 1, 0].map((days) => daysLeftText({ days_left: days })), ["30 days left", "1 day left", "deleted for good today"]);
});

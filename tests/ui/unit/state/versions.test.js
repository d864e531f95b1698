import assert from "node:assert/strict";
import { test } from "node:test";

import { label } from "../support/controllers.js";
import { changesBetween, changeText, versionText, withoutDeleted } from "../../../../ui/static/state/versions.js";

test("cells that each label gained and lost are counted", () => {
  const found = changesBetween(Uint8Array.of(0, 1, 1, 3), Uint8Array.of(2, 2, 1, 0), [label(1), label(2)]);
  assert.deepEqual(found.map((each) => changeText(each, "slice")), ["Label 1 \u22121 voxel", "Label 2 +2 voxels", "deleted label 3 \u22121 voxel"]);
  const both = { ...found[1], removed: 1 };
  assert.deepEqual([changeText(both, "slice"), changeText(both, "picture")], ["Label 2 +2 \u22121 voxel", "Label 2 +2 \u22121 px"]);
  assert.deepEqual(changesBetween(Uint8Array.of(1), Uint8Array.of(1), []), []);
});

test("cells of labels that are not there any more become background", () => {
  const labels = Uint8Array.of(0, 1, 2);
  assert.deepEqual([...withoutDeleted(labels, [label(2)])], [0, 0, 2]);
  assert.deepEqual([...labels], [0, 1, 2]);
});

test("a version is called by number and state, and by who saved it", () => {
  const version = { version: 3, state: /** @type {const} */ ("empty"), author_name: "Ada", saved_at: "2026-11-27T06:00:00Z" };
  assert.equal(versionText(version).title, "3 \u00b7 Holds nothing");
  assert.match(versionText(version).by, /^Ada, /);
  assert.doesNotMatch(versionText({ ...version, author_name: null }).by, /Ada/);
});

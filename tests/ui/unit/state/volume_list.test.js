import assert from "node:assert/strict";
import { test } from "node:test";

import { ALL_BY_DATE, listed, qualityFacts } from "../../../../ui/static/state/volume_list.js";
import { summary } from "../support/controllers.js";

const volumes = [
  summary({ id: "1", name: "Liver 10", state: "predicted", mean_confidence: 0.9 }),
  summary({ id: "2", name: "liver 9", state: "new", mean_confidence: null }),
  summary({ id: "3", name: "Head", state: "predicted", mean_confidence: 0.4 }),
];

/** @param {Partial<import("../../../../ui/static/state/volume_list.js").VolumeFilter>} filter */
const ids = (filter) => listed(volumes, { ...ALL_BY_DATE, ...filter }).map(({ id }) => id).join("");

test("volumes are found by name and state, and sorted", () => {
  assert.deepEqual([ids({}), ids({ text: " LIVER" }), ids({ state: "predicted" }), ids({ text: "x" })], ["123", "12", "13", ""]);
  assert.deepEqual([ids({ order: "name" }), ids({ order: "confidence" }), ids({ order: "confidence", state: "new" })], ["321", "312", "2"]);
});

test("how good a mask is likely to be is said where it is known", () => {
  assert.deepEqual(qualityFacts(summary()), { short: "", long: "" });
  assert.equal(qualityFacts(summary({ worst_label: { name: "tail", expected_dice: 0.614 } })).short, "tail \u2248 0.61");
  const facts = qualityFacts(summary({ worst_label: { name: "tail", expected_dice: 0.5 }, mean_confidence: 0 }));
  assert.deepEqual(facts, { short: "0 % \u00b7 tail \u2248 0.50", long: "Confidence 0 %, lowest expected Dice 0.50 of tail" });
});

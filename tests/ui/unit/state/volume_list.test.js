import assert from "node:assert/strict";
import { test } from "node:test";

import { ALL_BY_DATE, listed, qualityFacts, reviewFacts } from "../../../../ui/static/state/volume_list.js";
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

test("a review is said, and volumes that were sent back can be listed alone", () => {
  const back = summary({ id: "b", state: "painted", review: { state: "sent_back", open_comments: 2, by: "g", by_name: "Grace", at: null } });
  assert.equal(reviewFacts(back), "Sent back \u00b7 2 open comments");
  assert.equal(reviewFacts(summary({ review: { state: null, open_comments: 1, by: null, by_name: null, at: null } })), "1 open comment");
  assert.equal(reviewFacts(summary({ review: { state: /** @type {any} */ ("second_look"), open_comments: 0, by: null, by_name: null, at: null } })), "second_look"); // of a newer server
  assert.equal(reviewFacts(summary()), "");
  assert.deepEqual(listed([...volumes, back], { ...ALL_BY_DATE, state: "sent_back" }), [back]);
  assert.deepEqual(listed([...volumes, back], { ...ALL_BY_DATE, state: "painted" }), [back]);
});

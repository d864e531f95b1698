import assert from "node:assert/strict";
import { test } from "node:test";

import { checkedHere, isInReview, nextInReview, nextToCheck, openComments, personText, pinsOn, progressText, stepText, voxelOf } from "../../../../ui/static/state/review.js";
import { storeWith, summary } from "../support/controllers.js";
import { comment, review, slice } from "../support/review.js";

/** @param {number} z @param {Partial<import("../../../../ui/static/api/types.d.ts").Review>} patch */
const on = (z, patch) => storeWith({ plane: "axial", cursor: [0, 0, z], review: review(patch) }).state;

test("the next slice is the least certain that nobody accepted, and from it the one after", () => {
  const slices = [slice(4), slice(1, { checked_by: "g" }), slice(2)];
  assert.equal(nextToCheck(on(0, { slices }))?.slice_index, 4);
  assert.equal(nextToCheck(on(4, { slices }))?.slice_index, 2);
  assert.equal(nextToCheck(on(2, { slices }))?.slice_index, 4);
  assert.equal(nextToCheck(on(0, { slices: [slices[1]] })), undefined);
  assert.equal(checkedHere(on(1, { slices }))?.checked_by, "g");
  assert.equal(checkedHere(on(4, { slices })), null);
});

test("how far a review is says whether the slices are the least certain", () => {
  assert.equal(progressText(review({ slices: [slice(1, { checked_by: "g" }), slice(2)] })), "1 of 2 least certain slices reviewed");
  assert.equal(progressText(review({ slices: [slice(1, { uncertainty: null })] })), "0 of 1 slices reviewed");
  assert.equal(progressText(review()), "No slice to look at");
  assert.ok(isInReview({ review: review() }));
  assert.ok(!isInReview({ review: null }));
});

test("open comments are pinned on every slice that holds their voxel", () => {
  const found = review({ comments: [comment("a"), comment("b", { resolved_by: "g" })] });
  assert.deepEqual(openComments(found).map(({ id }) => id), ["a"]);
  assert.equal(pinsOn(found, 2, 2).length, 1);
  assert.equal(pinsOn(found, 0, 1).length, 1);
  assert.equal(pinsOn(found, 0, 2).length, 0);
  assert.deepEqual(voxelOf(comment("a")), [1, 1, 2]);
});

test("a step says who did it, and that it was who marked it ready", () => {
  const text = stepText({ step: "accepted", author: "g", author_name: null, at: "2026-01-02T03:04:05Z", reason: "", same_person: true, signed_hash: "a" });
  assert.match(text, /^Accepted by you, .* the same person marked it ready$/);
  assert.equal(personText("Grace"), "Grace");
});

test("the next volume in review comes after the one on screen, round the list", () => {
  const inReview = { state: /** @type {const} */ ("in_review"), open_comments: 0, by: null, by_name: null, at: null };
  const volumes = [summary({ id: "a", review: inReview }), summary({ id: "b", review: inReview }), summary({ id: "c", review: { ...inReview, state: null } })];
  assert.equal(nextInReview({ volumes, volume: volumes[0] })?.id, "b");
  assert.equal(nextInReview({ volumes, volume: volumes[2] })?.id, "a");
  assert.equal(nextInReview({ volumes: [volumes[0]], volume: volumes[0] }), undefined);
});

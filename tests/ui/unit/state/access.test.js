import assert from "node:assert/strict";
import { test } from "node:test";

import { isFrozen, mayManage, mayPaint, mayReview, mayWrite, paintBlocker, sharedText, writeBlocker } from "../../../../ui/static/state/access.js";
import { runBlocker } from "../../../../ui/static/state/runs.js";
import { offeredActions } from "../../../../ui/static/state/slices.js";
import { storeWith } from "../support/controllers.js";

/** @import { ProjectAccess } from "../../../../ui/static/api/types.d.ts" */

/** @param {ProjectAccess} access @param {string | null} [ownerName] */
const project = (access, ownerName = null) => ({ id: "p", name: "Livers", access, ownerName });
const login = (/** @type {"annotator" | "reviewer" | "admin"} */ role) => ({ name: "Grace", role });

test("where nobody logs in everything may be done", () => {
  const state = { project: project("owner"), login: null };
  assert.deepEqual([mayWrite(state), mayManage(state), writeBlocker(state)], [true, true, null]);
  assert.equal(mayWrite({ project: null, login: null }), true);
});

test("what a member may do is said with the owner's name", () => {
  const looks = { project: project("reviewer", "Ada"), login: login("annotator") };
  assert.deepEqual([mayWrite(looks), mayManage(looks)], [false, false]);
  assert.equal(writeBlocker(looks), "You can look at this project and review it; Ada shared it with you");
  const paints = { project: project("annotator", "Ada"), login: login("annotator") };
  assert.deepEqual([mayWrite(paints), mayManage(paints), writeBlocker(paints)], [true, false, null]);
});

test("a reviewer changes nothing, an administrator manages and does not paint", () => {
  const reviewer = { project: project("reviewer", "Ada"), login: login("reviewer") };
  assert.match(writeBlocker(reviewer) ?? "", /You are a reviewer here: you look at what is shared with you and review it, and change nothing else$/);
  assert.deepEqual([mayWrite({ project: null, login: login("reviewer") }), mayManage(reviewer)], [false, false]);
  const admin = { project: project("reviewer", "Ada"), login: login("admin") };
  assert.deepEqual([mayWrite(admin), mayManage(admin)], [false, true]);
  assert.match(writeBlocker(admin) ?? "", /as an administrator; it is Ada’s/);
});

test("lists say whose a project is and what may be done", () => {
  assert.equal(sharedText({ access: "owner", owner_name: null }), "");
  assert.equal(sharedText({ access: "reviewer", owner_name: "Ada" }), "Ada · look and review");
  assert.equal(sharedText({ access: "annotator", owner_name: "Ada" }), "Ada · you can paint");
});

test("neither who only looks nor who was logged out propagates or marks slices", () => {
  const { state } = storeWith({ project: project("reviewer", "Ada"), voxels: /** @type {any} */ ({}) });
  assert.match(runBlocker(state) ?? "", /^You can look at this project/);
  assert.deepEqual([...offeredActions(state)], []);
  assert.equal(runBlocker({ ...state, project: project("owner"), loggedOut: true }), "Log in again, then propagate");
});

test("an accepted volume is painted by nobody, and who looks only reviews it unless an administrator from outside", () => {
  const volume = /** @type {any} */ ({ review: { state: "accepted" } });
  const frozen = { project: project("owner", null), login: login("annotator"), volume };
  assert.deepEqual([isFrozen(frozen), mayWrite(frozen), mayPaint(frozen)], [true, true, false]);
  assert.match(paintBlocker(frozen) ?? "", /accepted in a review and is frozen/);
  assert.equal(paintBlocker({ ...frozen, volume: null }), null);
  assert.equal(mayReview({ project: project("reviewer", "Ada"), login: login("reviewer") }), true);
  assert.equal(mayReview({ project: project("reviewer", "Ada"), login: login("admin") }), false);
  assert.equal(mayReview({ project: project("annotator", "Ada"), login: login("admin") }), true);
});

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { fake, newPage } from "../support/page.js";
import { nextReview, ReviewPanel } from "../../../../ui/static/panels/review.js";
import { project, run, storeWith, summary } from "../support/controllers.js";
import { comment, review, slice } from "../support/review.js";

let app = newPage();
beforeEach(() => (app = newPage()));

/** @param {Partial<import("../../../../ui/static/state/types.d.ts").AppState>} patch */
function page(patch) {
  /** @type {unknown[][]} */
  const asked = [];
  const intents = new Proxy({}, { get: (_, name) => (/** @type {unknown[]} */ ...given) => void asked.push([name, ...given]) });
  const store = storeWith({ project: /** @type {any} */ (project()), volume: summary(), plane: "axial", cursor: [0, 0, 4], ...patch });
  const panel = new ReviewPanel(store, { review: /** @type {any} */ (intents), links: { reviewRecord: (id) => `record/${id}` } });
  app.append(fake(panel.element));
  /** @param {string} testid @returns {any} */
  const part = (testid) => app.querySelector(`[data-testid="${testid}"]`);
  /** Which of the buttons are shown. */
  const shown = () => ["check", "next", "comment", "ready", "accept", "send-back", "withdraw", "reopen"].filter((name) => !part(`review-${name}`).hidden);
  return { store, asked, part, shown };
}


test("a volume with work on it can be marked ready, one without says nothing", () => {
  assert.equal(page({ review: review({ state: null }) }).part("review").hidden, true);
  app = newPage();
  const { shown, asked, part } = page({ review: review({ state: null }), mask: /** @type {any} */ ({ id: "m", extents: new Map() }) });
  assert.deepEqual(shown(), ["ready"]);
  part("review-ready").click();
  part("review-ready").click(); // before the first is answered
  assert.deepEqual(asked, [["step", "ready"]]);
});

test("in review it says how far it is; a volume with open comments is sent back, not accepted", () => {
  const { store, shown, part, asked } = page({ review: review({ slices: [slice(4), slice(2, { checked_by: "g" })], comments: [comment("a")] }) });
  assert.deepEqual(shown(), ["check", "next", "comment", "accept", "send-back", "withdraw"]);
  assert.equal(part("review-progress").textContent, "1 of 2 least certain slices reviewed");
  assert.equal(part("review-accept").disabled, true);
  assert.equal(part("review-send-back").disabled, false);
  part("comment-go").click();
  part("comment-resolve").click();
  assert.deepEqual(asked.map(([name]) => name), ["show", "resolve"]);
  store.set({ review: review({ comments: [comment("a", { resolved_by: "g" })] }), cursor: [0, 0, 2] });
  assert.equal(part("review-accept").disabled, false);
  assert.equal(part("comment").getAttribute("data-resolved"), "true");
});

test("a volume is not accepted while a run on it is under way", () => {
  const { store, part } = page({ review: review(), run: run() });
  assert.deepEqual([part("review-accept").disabled, part("review-accept").title], [true, "Wait for the run to end, or cancel it, then look at its result"]);
  store.set({ run: run({ state: "done" }) });
  assert.deepEqual([part("review-accept").disabled, part("review-accept").title], [false, "It is frozen from then on"]);
});

test("a reviewer looks, comments, accepts and sends back, and does not mark ready", () => {
  const look = /** @type {any} */ (project({ access: "reviewer", owner_name: "Ada" }));
  assert.deepEqual(page({ project: look, review: review() }).shown(), ["check", "next", "comment", "accept", "send-back"]);
});

test("a state that only a newer server knows has a title too", () => {
  const { part } = page({ review: review({ state: /** @type {any} */ ("second_look"), comments: [comment("a")] }) });
  assert.equal(part("review").querySelector("h2").textContent, "Review");
});

test("an accepted volume says who accepted it and is reopened", () => {
  const step = { step: /** @type {const} */ ("accepted"), author: "g", author_name: "Grace", at: "2026-01-02T03:04:05Z", reason: "", same_person: false, signed_hash: "abc" };
  const { shown, part } = page({ review: review({ state: "accepted", steps: [step] }) });
  assert.deepEqual(shown(), ["comment", "reopen"]);
  assert.match(part("review-progress").textContent, /^Accepted by Grace/);
});

test("the text of a comment is shown as text", () => {
  const { part } = page({ review: review({ comments: [comment("a", { text: "<b>bold</b>" })] }) });
  assert.match(part("comment").textContent, /<b>bold<\/b>/);
});

test("the line under the volumes opens the next one in review", () => {
  const { store } = page({});
  let opened = 0;
  const line = nextReview(store, { review: { openNext: () => void opened++ } });
  app.append(fake(line));
  assert.equal(line.hidden, true);
  store.set({ volumes: [summary({ id: "w", state: "in_review", review: { state: "in_review", open_comments: 0, by: null, by_name: null, at: null } })] });
  assert.equal(line.hidden, false);
  /** @type {any} */ (line.querySelector('[data-testid="next-review"]')).click();
  assert.equal(opened, 1);
});

test("a comment on a picture says on which", () => {
  const { part } = page({ volume: summary({ pictures: [0, 1, 2, 3, 4].map((n) => ({ name: `${n}.png`, rows: 4, columns: 3, pixel_mm: null })) }), review: review({ comments: [comment("a")] }) });
  assert.match(part("comment-go").textContent, /Grace . 2\.png$/);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import "../support/page.js";
import { ReviewController } from "../../../../ui/static/controllers/review.js";
import { Volume } from "../../../../ui/static/viewer/volume.js";
import { project, storeWith, summary } from "../support/controllers.js";
import { comment, review, slice } from "../support/review.js";

const settle = () => new Promise((resolve) => setTimeout(resolve));

/** @param {import("../../../../ui/static/api/types.d.ts").Review} now @param {object} [server] */
async function page(now, server = {}) {
  /** @type {unknown[][]} */
  const asked = [];
  const answering = new Proxy(server, {
    get: (own, name) =>
      Reflect.get(own, name) ??
      (async (/** @type {unknown[]} */ ...given) => {
        if (name === "volume") return summary({ name: "newer" });
        if (name !== "review") asked.push([name, ...given]);
        return now;
      }),
  });
  const said = /** @type {unknown[]} */ ([]);
  const opened = new EventTarget();
  const notify = { confirm: async (/** @type {string[]} */ ...question) => (said.push(question[1]), Reflect.get(server, "confirm")), say: (/** @type {unknown} */ text) => void said.push(text), failed: (/** @type {Error} */ error) => void said.push(error.message), withdraw: (/** @type {string} */ place) => void said.push(`${place} is over`) };
  const store = storeWith({ project: /** @type {any} */ (project()), volumes: [summary()], volume: summary(), voxels: new Volume(summary()), plane: "axial", cursor: [1, 1, 0] });
  const parts = { server: answering, notify, saver: { flush: async () => {} }, volume: { open: (/** @type {string} */ id) => void asked.push(["open", id]) }, page: opened };
  const controller = new ReviewController(store, /** @type {any} */ (parts));
  controller.goTo = (voxel) => store.set({ cursor: voxel });
  await settle();
  return { store, controller, asked, said, opened };
}

test("a volume's review comes with it, and one key goes to the least certain slice", async () => {
  const { store, controller, said } = await page(review({ slices: [slice(4), slice(2)] }));
  assert.equal(controller.next(), true);
  assert.deepEqual(store.state.cursor, [1, 1, 4]);
  assert.equal(controller.next(), true);
  assert.deepEqual(store.state.cursor, [1, 1, 2]);
  assert.deepEqual(said, []);
});

test("outside a review the keys are for something else", async () => {
  const { controller, asked } = await page(review({ state: null, slices: [slice(4)] }));
  assert.equal(controller.next(), false);
  assert.equal(controller.checkByKey(), false);
  await controller.check();
  assert.deepEqual(asked, []);
});

test("accepting a slice tells the server and goes on to the next", async () => {
  const { store, controller, asked } = await page(review({ slices: [slice(4), slice(2)] }));
  await controller.check();
  assert.deepEqual(asked, [["checkSlice", "v", "axial", 0]]);
  assert.deepEqual(store.state.cursor, [1, 1, 4]);
  assert.equal(store.state.volumes[0].name, "newer");
});

test("what is not seen as it is cannot be accepted: compared, or from another plane", async () => {
  const { store, controller, asked } = await page(review({ slices: [slice(4)] }));
  store.set({ mainPane: "coronal" });
  assert.equal(controller.checkByKey(), false);
  await controller.check();
  store.set({ mainPane: "axial", comparison: /** @type {any} */ ({ runs: [], chosen: ["b", "a"], masks: null, found: null, beside: false }) });
  assert.equal(controller.checkByKey(), false);
  await controller.check();
  assert.deepEqual(asked, []);
});

test("when all were looked at it says what comes then", async () => {
  const { controller, said } = await page(review({ slices: [slice(4, { checked_by: "g" })] }));
  controller.next();
  assert.match(String(said[0]), /Accept the volume/);
});

test("steps, comments, replies and answers go to the server", async () => {
  const { store, controller, asked, said } = await page(review({ comments: [comment("a")] }));
  await controller.step("send-back", "why");
  controller.togglePinning();
  assert.equal(store.state.pinning, true);
  await controller.comment("coronal", [1, 2, 3], "text");
  assert.equal(store.state.pinning, false);
  assert.deepEqual(said, ["Click the place that the comment is about, or put the keyboard on the slice (/) and press Space there. Esc gives up.", "pinning is over"]);
  await controller.reply("a", "yes");
  await controller.resolve("a", true);
  assert.deepEqual(asked, [["stepReview", "v", "send-back", "why"], ["addComment", "v", { plane: "coronal", voxel: [1, 2, 3], text: "text" }], ["replyToComment", "v", "a", "yes"], ["resolveComment", "v", "a", true]]);
  controller.show(comment("a"));
  assert.deepEqual(store.state.cursor, [1, 1, 2]);
});

test("an own outline on screen is among what is saved before it is judged", async () => {
  const { store, controller } = await page(review());
  /** @type {string[]} */
  const order = [];
  store.when("take-outline", () => order.push("take"));
  controller.saver.flush = async () => void order.push("flush");
  await controller.step("ready");
  await controller.step("withdraw");
  assert.deepEqual(order, ["take", "flush"]);
});

test("a volume of which not all slices were looked at is accepted after a question", async () => {
  const half = review({ slices: [slice(4, { checked_by: "g" }), slice(2)] });
  for (const [confirm, steps] of /** @type {const} */ ([[false, []], [true, [["stepReview", "v", "accept", undefined]]]])) {
    const { controller, asked, said } = await page(half, { confirm });
    assert.equal(await controller.step("accept"), confirm);
    assert.deepEqual([said, asked], [["1 of 2 slices were looked at. Accept the volume all the same?"], steps]);
  }
  const all = await page(review({ slices: half.slices.slice(0, 1) }));
  assert.equal(await all.controller.step("accept"), true);
  assert.deepEqual(all.said, []);
});

test("a refusal is told and changes nothing", async () => {
  const refuse = async () => Promise.reject(new Error("This volume is not in review."));
  const { controller, said } = await page(review(), { stepReview: refuse });
  assert.equal(await controller.step("accept"), false);
  assert.deepEqual(said, ["This volume is not in review."]);
});

test("a refused change looks whether the volume was accepted meanwhile", async () => {
  const { store } = await page(review());
  store.emit("refused");
  await settle();
  assert.equal(store.state.volumes[0].name, "newer");
});

test("the next volume in review is opened", async () => {
  const { store, controller, asked } = await page(review());
  controller.openNext();
  store.set({ volumes: [summary(), summary({ id: "w", review: { state: "in_review", open_comments: 0, by: null, by_name: null, at: null } })] });
  controller.openNext();
  assert.deepEqual(asked, [["open", "w"]]);
});

test("what others did to the review is seen on coming back to the window; a failure then is not told", async () => {
  /** @type {any[]} */
  const answers = [review({ state: null }), review({ state: "accepted" })];
  const server = { review: async () => answers.shift() ?? Promise.reject(Object.assign(new Error("away"), { status: 503 })), volume: async () => summary({ review: /** @type {any} */ ({ state: "accepted" }) }) };
  const { store, said, opened } = await page(review(), server);
  assert.deepEqual([store.state.review?.state, store.state.volume?.review?.state], [null, undefined]);
  opened.dispatchEvent(new Event("focus"));
  await settle();
  assert.deepEqual([store.state.review?.state, store.state.volume?.review?.state], ["accepted", "accepted"]);
  opened.dispatchEvent(new Event("blur"));
  opened.dispatchEvent(new Event("focus"));
  await settle();
  assert.deepEqual([store.state.review?.state, said], ["accepted", []]);
});

test("an answer that left before a change here does not take it back", async () => {
  /** @type {(review: any) => void} */
  let answer = () => {};
  const { store, controller, opened } = await page(review(), { stepReview: async () => review({ state: "accepted" }) });
  Object.assign(controller.server, { review: () => new Promise((resolve) => (answer = resolve)) });
  opened.dispatchEvent(new Event("focus"));
  await controller.step("accept");
  answer(review({ state: "in_review" }));
  await settle();
  assert.equal(store.state.review?.state, "accepted");
});

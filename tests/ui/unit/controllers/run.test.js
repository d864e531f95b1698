import assert from "node:assert/strict";
import { test } from "node:test";

import { RunController } from "../../../../ui/static/controllers/run.js";
import { canStartAgain } from "../../../../ui/static/state/runs.js";
import { AnnotationBook } from "../../../../ui/static/state/annotations.js";
import { Volume } from "../../../../ui/static/viewer/volume.js";
import { apiError, fakeNotify, fakeServer, label, pause, run, storeWith, summary, until } from "../support/controllers.js";

function paintedBook() {
  const book = new AnnotationBook([3, 4, 5], "axial");
  book.ensure(2).state = "painted";
  return book;
}

/** @param {Parameters<typeof fakeServer>[0]} answers @param {(id: string) => Promise<void>} [load] of a mask */
function page(answers, load = async () => {}) {
  const store = storeWith({ volume: summary(), voxels: new Volume(summary()), labels: [label(1)], annotations: paintedBook() });
  const { server, asked } = fakeServer(answers);
  const notices = fakeNotify();
  /** @type {string[]} */
  const order = [];
  const runs = new RunController(store, {
    server,
    notify: notices.notify,
    saver: { flush: async (id) => void order.push(`flush ${id}`) },
    masks: { load: async (id) => (order.push(`mask ${id}`), load(id)) },
    pollMs: 1,
    maskRetryMs: 1,
  });
  return { store, asked, order, runs, ...notices };
}

test("a run is asked for once strokes are saved, watched, and its mask shown", async () => {
  const states = [run({ fraction: 0.5 }), run({ state: "done", mask_id: "m" })];
  const { store, runs, asked, order } = page({ startRun: () => run({ state: "queued" }), run: () => states.shift() });
  const started = runs.start();
  assert.equal(store.state.launching, true);
  await started;
  assert.equal(store.state.launching, false);
  await until(() => order.includes("mask m"));
  assert.deepEqual(order, ["flush v", "mask m"]);
  assert.deepEqual(asked[0], ["startRun", "v", { kind: "propagate", plane: "axial" }]);
  assert.equal(store.state.run?.state, "done");
});

test("a mask of what is painted is asked for once strokes are saved, and shown with its run", async () => {
  const { store, runs, asked, order } = page({ takeMask: () => ({ id: "m", run_id: "r" }), run: () => run({ id: "r", kind: "take", state: "done" }) }, async (id) => {
    store.set({ mask: /** @type {any} */ ({ id, labels: [] }) });
  });
  store.set({ editedSinceRun: true });
  assert.equal(await runs.take(), true);
  assert.deepEqual(order, ["flush v", "mask m"]);
  assert.deepEqual(asked[0], ["takeMask", "v", "axial"]);
  assert.deepEqual([store.state.run?.kind, store.state.editedSinceRun, store.state.launching], ["take", false, false]);
});

test("no mask of what is painted is asked for during a run, and a refusal is told", async () => {
  const { store, runs, asked, failed } = page({ takeMask: () => Promise.reject(apiError(400)) });
  store.set({ run: run({ state: "running" }) });
  assert.equal(await runs.take(), false);
  assert.deepEqual(asked, []);
  store.set({ run: null });
  assert.equal(await runs.take(), false);
  assert.deepEqual(failed, ["error 400"]);
  assert.equal(store.state.launching, false);
});

test("a run is asked for with what was chosen", async () => {
  const { store, runs, asked } = page({ startRun: () => run({ state: "done" }) });
  store.set({ runChoice: { method: "sam_decoder", encoder: null, seed: 3, afresh: true } });
  await runs.start();
  assert.deepEqual(asked[0], ["startRun", "v", { kind: "propagate", plane: "axial", method: "sam_decoder", seed: 3, afresh: true }]);
});

test("a draft is shown while the run goes on, once, and its mask at the end", async () => {
  const states = [run({ mask_id: "draft" }), run({ mask_id: "draft" }), run({ state: "done", mask_id: "m" })];
  const { store, runs, order } = page({ startRun: () => run({ state: "queued" }), run: () => states.shift() }, async (id) => {
    store.set({ mask: /** @type {any} */ ({ id, labels: [] }) });
  });
  await runs.start();
  await until(() => order.includes("mask m"));
  assert.deepEqual(order, ["flush v", "mask draft", "mask m"]);
});

test("nothing starts twice, or without strokes", async () => {
  const { store, runs, asked } = page({});
  store.set({ run: run() });
  await runs.start();
  store.set({ run: null, annotations: new AnnotationBook([3, 4, 5], "axial") });
  await runs.start();
  assert.deepEqual(asked, []);
});

test("a run that lacks slices painted since gives way to one with them while it encodes", async () => {
  let cancelled = false;
  const { store, runs, asked, said } = page({
    startRun: () => run({ id: cancelled ? "second" : "first", stage: "Encoding slices", state: cancelled ? "done" : "running" }),
    run: (/** @type {string} */ id) => run({ id, stage: "Encoding slices", state: cancelled ? "cancelled" : "running" }),
    cancelRun: () => void (cancelled = true),
  });
  await runs.start();
  await runs.start(); // nothing new: it goes on
  assert.equal(cancelled, false);
  store.emit("slice-edited", { index: 2, reviewed: true });
  await runs.start();
  assert.deepEqual([store.state.followedRun, canStartAgain(store.state)], ["first", false]); // a second press does nothing
  await until(() => store.state.run?.id === "second");
  assert.deepEqual(asked.filter(([name]) => name !== "run").map(([name]) => name), ["startRun", "cancelRun", "startRun"]);
  assert.deepEqual([said, store.state.editedSinceRun], [[], false]);
});

test("whoever cancels by hand while it starts again wants no other run", async () => {
  let state = "running";
  const { store, runs, asked, said } = page({ run: () => run({ state: /** @type {any} */ (state), stage: "Encoding slices" }), cancelRun: () => run({ stage: "Cancelling" }) });
  store.set({ run: run({ stage: "Encoding slices" }), editedSinceRun: true });
  await runs.start();
  assert.equal(store.state.run?.stage, "Cancelling");
  await runs.cancel();
  state = "cancelled";
  runs.watch();
  await until(() => said.length);
  assert.equal(asked.some(([name]) => name === "startRun"), false);
});

test("a run that cannot be stopped for another goes on, and can be asked again", async () => {
  const { store, runs, failed } = page({ cancelRun: () => Promise.reject(apiError(503)) });
  store.set({ run: run({ stage: "Encoding slices" }), editedSinceRun: true });
  await runs.start();
  assert.deepEqual([failed, canStartAgain(store.state)], [["error 503"], true]);
});

test("a run that has begun to learn is not given up for new strokes", async () => {
  const { store, runs, asked } = page({});
  store.set({ run: run({ stage: "Fine-tuning" }), editedSinceRun: true });
  await runs.start();
  assert.deepEqual(asked, []);
});

test("strokes after the start of a run are known as such until the next one", async () => {
  const { store, runs } = page({ startRun: () => run({ state: "done" }) });
  store.emit("slice-edited", { index: 1, reviewed: false }); // interpolated: no run uses it
  assert.equal(store.state.editedSinceRun, false);
  store.emit("slice-edited", { index: 2, reviewed: true });
  assert.equal(store.state.editedSinceRun, true);
  await runs.start();
  assert.equal(store.state.editedSinceRun, false);
  store.emit("slice-edited", { index: 2, reviewed: true });
  store.set({ annotations: paintedBook() });
  assert.equal(store.state.editedSinceRun, false);
});

test("a run that cannot start is told, and can be tried again", async () => {
  const { store, runs, failed } = page({ startRun: () => Promise.reject(apiError(409)) });
  await runs.start();
  assert.deepEqual([failed, store.state.launching, store.state.run], [["error 409"], false, null]);
});

test("a run of a volume that was left meanwhile does not show on the next", async () => {
  const { store, runs } = page({ startRun: () => (store.set({ volume: summary({ id: "w" }) }), run()) });
  await runs.start();
  assert.equal(store.state.run, null);
});

test("a run is followed though its volume was opened anew while it began, and asked of before it was there", async () => {
  const states = [run({ fraction: 0.5 }), run({ state: "done", mask_id: "m" })];
  for (const before of [null, run({ id: "older", state: "done", created_at: "2026-11-26T12:00:00" })]) {
    const { store, runs, order } = page({ startRun: () => (store.set({ volume: null, run: null }), run({ state: "queued", created_at: "2026-11-27T12:00:00" })), run: () => states.shift() ?? run({ state: "done", mask_id: "m" }) });
    await runs.start();
    store.set({ volume: summary(), run: before });
    runs.watch();
    assert.equal(store.state.run?.id, "r");
    store.set({ run: before }); // opened once more, before that was known
    runs.watch();
    await until(() => order.includes("mask m"));
    store.set({ run: before });
    runs.watch();
    assert.equal(store.state.run?.id, before?.id, "one that has ended is the server's to tell");
  }
});

test("a server that stays away is asked again; an error ends the watch", async () => {
  const answers = [() => Promise.reject(apiError(0, "offline")), () => Promise.reject(apiError(503)), () => Promise.reject(apiError(404))];
  const { store, runs, asked, failed } = page({ run: () => answers.shift()?.() });
  store.set({ run: run() });
  runs.watch();
  await until(() => failed.length);
  await pause(5);
  assert.deepEqual([asked.length, failed, store.state.online, store.state.busy], [3, ["error 404"], false, true]);
});

test("a mask that does not arrive is fetched again", async () => {
  let tries = 0;
  const { store, runs, failed, order } = page({ run: () => run({ state: "done", mask_id: "m" }) }, async () => {
    if (!tries++) throw apiError(0, "offline");
  });
  store.set({ run: run() });
  runs.watch();
  await until(() => order.length === 2);
  assert.deepEqual([order, failed], [["mask m", "mask m"], ["error 0"]]);
});

test("a run that another one follows is cancelled without a word", async () => {
  const { store, runs, said } = page({ run: () => run({ state: "cancelled" }), cancelRun: () => null });
  store.set({ run: run() });
  await runs.cancel({ quietly: true });
  runs.watch();
  await until(() => store.state.run?.state === "cancelled");
  assert.deepEqual(said, []);
});

test("a cancelled run says so", async () => {
  const { store, runs, said, asked } = page({ run: () => run({ state: "cancelled" }), cancelRun: () => null });
  store.set({ run: run() });
  await runs.cancel();
  runs.watch();
  await until(() => said.length);
  assert.deepEqual(asked[0], ["cancelRun", "r"]);
  assert.match(said[0], /painted slices are as they were/);
  await runs.cancel();
  assert.equal(asked.filter(([name]) => name === "cancelRun").length, 1);
});

test("predicting uses the model of another volume of the project", async () => {
  const { store, runs, asked } = page({ startRun: () => run({ kind: "predict", state: "done" }) });
  await runs.predict();
  assert.deepEqual(asked, []);
  const source = summary({ id: "w", run: run({ state: "cancelled" }), model_id: "model" });
  store.set({ volumes: [summary(), source] });
  await runs.predict();
  assert.deepEqual(asked, [["startRun", "v", { kind: "predict", model_id: "model" }]]);
});

test("a run of another window is followed when this one is looked at again", async () => {
  const theirs = run({ id: "theirs", state: "running" });
  const states = [{ ...theirs }, run({ id: "theirs", state: "done", mask_id: "m" })];
  const { store, runs, asked, order, said } = page({ volume: () => summary({ run: theirs }), run: () => states.shift() });
  store.set({ run: run({ id: "mine", state: "done" }) });
  await runs.catchUp();
  assert.equal(store.state.run?.id, "theirs");
  await until(() => order.includes("mask m"));
  assert.match(said[0], /Another window runs this scan/);
  const before = asked.length;
  store.set({ run: run({ id: "theirs", state: "running" }) }); // one that is watched is not asked for twice
  await runs.catchUp();
  assert.equal(asked.length, before);
});

test("a run of another window that one here is refused for is shown, and can be cancelled", async () => {
  const theirs = run({ id: "theirs", state: "running" });
  const { store, runs, asked, failed, said } = page({
    startRun: () => Promise.reject(apiError(409, "conflict")),
    volume: () => summary({ run: theirs }),
    run: () => run({ id: "theirs", state: "cancelled" }),
    cancelRun: () => null,
  });
  await runs.start();
  assert.deepEqual([store.state.run?.id, store.state.launching, failed, said], ["theirs", false, ["error 409"], []]);
  await runs.cancel();
  assert.deepEqual(asked.find(([name]) => name === "cancelRun"), ["cancelRun", "theirs"]);
  await until(() => store.state.run?.state === "cancelled");
});

test("the result of another window's run is shown when this one is looked at again, once", async () => {
  const { store, runs, order, said } = page({ volume: () => summary({ run: run({ id: "theirs", state: "done" }), mask_id: "m" }) });
  await runs.catchUp();
  assert.deepEqual([order, store.state.run?.id], [["mask m"], "theirs"]);
  await runs.catchUp();
  assert.deepEqual([order.length, said.length], [1, 1]);
});

test("a server that is away says nothing on coming back to the page", async () => {
  const { runs, said, failed } = page({});
  await runs.catchUp();
  assert.deepEqual([said, failed], [[], []]);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { BatchController } from "../../../../ui/static/controllers/batch.js";
import { apiError, fakeNotify, fakeServer, storeWith, summary } from "../support/controllers.js";

/** @import { Batch, VolumeSummary } from "../../../../ui/static/api/types.d.ts" */

const settled = () => new Promise((resolve) => setTimeout(resolve));

/** @param {Batch["state"]} state @param {any[]} states */
const batch = (state, ...states) =>
  /** @type {Batch} */ ({
    id: "b", project_id: "p", state, total: states.length, done: 0, failed: 0, eta_s: null,
    volumes: states.map((each, n) => ({ volume_id: `v${n}`, name: `Scan ${n}`, state: each, fraction: 0, error: null })),
  });

/** @param {Parameters<typeof fakeServer>[0]} answers @param {VolumeSummary[]} [volumes] */
function page(answers, volumes = [summary({ id: "v0" }), summary({ id: "v1" })]) {
  const { server, asked } = fakeServer({ batches: () => [], ...answers });
  const store = storeWith({ volumes, volume: volumes[0] });
  const notices = fakeNotify();
  /** @type {unknown[][]} */
  const done = [];
  const controller = new BatchController(store, {
    server,
    notify: notices.notify,
    volume: { open: async (id) => void done.push(["open", id]) },
    runs: { catchUp: async (how) => void done.push(["catchUp", how]) },
    pollMs: 1,
  });
  store.set({ project: { id: "p", name: "Project" } });
  return { store, asked, controller, done, ...notices };
}

test("a batch is watched to its end, and its volumes are shown as they are then", async () => {
  const answers = [batch("running", "done", "running"), batch("done", "done", "done")];
  const { store, done, asked } = page({ batches: () => [batch("running", "running", "queued")], batch: () => answers.shift() ?? assert.fail("asked again"), volume: (id) => summary({ id, mask_id: `m-${id}` }) });
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.equal(store.state.batch?.state, "done");
  assert.deepEqual(store.state.volumes.map(({ mask_id: mask }) => mask), ["m-v0", "m-v1"]);
  assert.deepEqual(done, [["catchUp", { quietly: true }]]);
  assert.deepEqual(asked.filter(([name]) => name !== "volume"), [["batches", "p"], ["batch", "b"], ["batch", "b"]]);
});

test("it is begun, cancelled and resumed", async () => {
  const ended = batch("done", "done");
  const { controller, asked } = page({ startBatch: () => ended, cancelBatch: () => ended, resumeBatch: () => ended, volume: (id) => summary({ id }) });
  await settled();
  await controller.start({ model_id: "m", volumes: ["v0"] });
  await controller.cancel();
  await controller.resume();
  assert.deepEqual(asked, [["batches", "p"], ["startBatch", "p", { model_id: "m", volumes: ["v0"] }], ["cancelBatch", "b"], ["resumeBatch", "b"]]);
});

test("who only looks begins none; a refusal is told", async () => {
  const looking = page({});
  looking.store.set({ project: { id: "p", name: "Project", access: "reviewer" }, batch: batch("running", "queued") });
  await looking.controller.start({});
  await looking.controller.cancel();
  await looking.controller.resume();
  assert.deepEqual(looking.asked, [["batches", "p"]]);
  const refused = page({ startBatch: () => Promise.reject(apiError(409)) });
  await refused.controller.start({});
  assert.deepEqual(refused.failed, ["error 409"]);
});

test("the next least certain volume is opened, until none is left", async () => {
  const volumes = [summary({ id: "v0", mask_id: "a", mean_confidence: 0.2 }), summary({ id: "v1", mask_id: "b", mean_confidence: 0.8 })];
  const { controller, store, done, said } = page({}, volumes);
  await controller.openNext();
  assert.deepEqual(done, [["open", "v1"]]);
  store.set({ volume: volumes[1] });
  await controller.openNext();
  assert.equal(done.length, 1);
  assert.match(String(said[0]), /most certain one/);
});

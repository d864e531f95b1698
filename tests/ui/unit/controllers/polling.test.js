import assert from "node:assert/strict";
import { test } from "node:test";

import { loadConfidenceOnDemand } from "../../../../ui/static/controllers/confidence.js";
import { EncodingWatch } from "../../../../ui/static/controllers/encoding.js";
import { MaskController } from "../../../../ui/static/controllers/masks.js";
import { awaitEncoder } from "../../../../ui/static/controllers/system.js";
import { Volume } from "../../../../ui/static/viewer/volume.js";
import { apiError, fakeNotify, fakeServer, pause, storeWith, summary, until } from "../support/controllers.js";

/** @import { EncodingState } from "../../../../ui/static/api/types.d.ts" */

/** @param {EncodingState} state @param {number} done */
const encoding = (state, done) => summary({ encoding: { state, done, total: 5, eta_s: null, error: null } });

test("encoding is asked for until it has ended", async () => {
  const answers = [encoding("running", 3), encoding("done", 5)];
  const { server, asked } = fakeServer({ volume: () => answers.shift() });
  const store = storeWith({ volume: encoding("pending", 0), volumes: [encoding("pending", 0)] });
  new EncodingWatch(store, { server, notify: fakeNotify().notify, pollMs: 1 }).watch();
  await until(() => store.state.volume?.encoding.state === "done");
  await pause(5);
  assert.deepEqual([asked.length, store.state.volumes[0].encoding.done], [2, 5]);
});

test("a server that stays away is asked for the encoding again; an error ends it", async () => {
  const errors = [apiError(0), apiError(503), apiError(404)];
  const { server, asked } = fakeServer({ volume: () => Promise.reject(errors.shift()) });
  const { notify, failed } = fakeNotify();
  const store = storeWith({ volume: encoding("running", 0) });
  new EncodingWatch(store, { server, notify, pollMs: 1 }).watch();
  await until(() => failed.length);
  assert.deepEqual([asked.length, store.state.online], [3, false]);
});

test("what was asked before the watch was stopped does not come over newer answers", async () => {
  /** @type {(answer: unknown) => void} */
  let answer = () => {};
  const { server, asked } = fakeServer({ volume: () => new Promise((resolve) => (answer = resolve)) });
  const store = storeWith({ volume: encoding("running", 0) });
  const watch = new EncodingWatch(store, { server, notify: fakeNotify().notify, pollMs: 1 });
  watch.watch();
  await until(() => asked.length);
  watch.stop();
  answer(encoding("running", 1));
  await pause();
  assert.equal(store.state.volume?.encoding.done, 0);
});

test("the encoding of a volume that was left is not asked for", async () => {
  const { server, asked } = fakeServer({});
  const watch = new EncodingWatch(storeWith({ volume: encoding("running", 0) }), { server, notify: fakeNotify().notify, pollMs: 1 });
  watch.watch();
  watch.stop();
  await pause(5);
  assert.deepEqual(asked, []);
});

test("a server that knows its encoder is not asked again", async () => {
  const known = { encoder: "an encoder", worker_error: null };
  const answers = [{ encoder: "", worker_error: null }, { ...known, prompts: null }, { ...known, prompts: ["box"] }];
  const { server, asked } = fakeServer({ system: () => answers.shift() });
  const store = storeWith({ system: /** @type {any} */ ({ encoder: "", worker_error: null }) });
  awaitEncoder(store, server, 1);
  await until(() => store.state.system?.prompts);
  await pause(5);
  assert.equal(asked.length, 3);
});

/** @param {string} id */
const maskOf = (id) => ({ id: "m", volume_id: id, labels: [], has_confidence: true });

test("a mask is shown with the slices that its labels lie on", async () => {
  const voxels = new Uint8Array(60);
  voxels[12] = 7; // of axial slice 1
  const { server } = fakeServer({ mask: () => maskOf("v"), maskVoxels: () => voxels.buffer, volume: () => summary({ mask_id: "m" }) });
  const store = storeWith({ volume: summary(), volumes: [summary()], voxels: new Volume(summary()) });
  const masks = new MaskController(store, { server });
  await masks.load("m");
  assert.deepEqual([...(store.state.mask?.extents ?? [])], [[7, [[1, 1]]]]);
  assert.equal(store.state.volumes[0].mask_id, "m");
  store.set({ plane: "coronal" });
  masks.followPlane();
  assert.deepEqual([...(store.state.mask?.extents ?? [])], [[7, [[0, 0]]]]);
});

test("a mask of another volume is let go", async () => {
  const { server } = fakeServer({ mask: () => maskOf("w"), maskVoxels: () => new ArrayBuffer(60) });
  const store = storeWith({ volume: summary(), voxels: new Volume(summary()) });
  await new MaskController(store, { server }).load("m");
  assert.equal(store.state.mask, null);
});

/** @param {boolean} has */
const shownMask = (has) => /** @type {any} */ ({ ...maskOf("v"), has_confidence: has, voxels: new Uint8Array(60), extents: new Map() });

test("confidence is fetched once it is asked for, and once for each mask", async () => {
  const { server, asked } = fakeServer({ confidence: () => new ArrayBuffer(60) });
  const store = storeWith({ voxels: new Volume(summary()), mask: shownMask(true) });
  loadConfidenceOnDemand(store, { server, notify: fakeNotify().notify });
  assert.deepEqual(asked, []);
  store.set({ showUncertainty: true });
  store.set({ mask: shownMask(true) });
  await until(() => store.state.confidence);
  assert.deepEqual(asked, [["confidence", "m", 60]]);
});

test("uncertainty is off again where there is none to show", async () => {
  const { server } = fakeServer({ confidence: () => Promise.reject(apiError(404)) });
  const { notify, failed } = fakeNotify();
  const store = storeWith({ voxels: new Volume(summary()), mask: shownMask(false) });
  loadConfidenceOnDemand(store, { server, notify });
  store.set({ showUncertainty: true });
  assert.equal(store.state.showUncertainty, false);
  store.set({ mask: shownMask(true), showUncertainty: true });
  await until(() => failed.length);
  assert.equal(store.state.showUncertainty, false);
});

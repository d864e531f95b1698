import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { VoxelArrival } from "../../../../ui/static/controllers/arrival.js";
import { ViewMemory } from "../../../../ui/static/controllers/remembered.js";
import { VolumeController } from "../../../../ui/static/controllers/volume.js";
import { AnnotationBook } from "../../../../ui/static/state/annotations.js";
import { apiError, fakeNotify, fakeServer, newStorage, pause, storeWith, summary, until } from "../support/controllers.js";

beforeEach(() => void newStorage());

const whole = (/** @type {string} */ _id, /** @type {Uint8Array} */ bytes) => bytes;

/** @param {Parameters<typeof fakeServer>[0]} answers */
function page(answers, smallBytes = 1000) {
  const store = storeWith();
  const { server, asked } = fakeServer({ voxels: whole, ...answers });
  const notices = fakeNotify();
  /** @type {string[]} */
  const order = [];
  const note = (/** @type {string} */ name) => (/** @type {unknown[]} */ ...given) => void order.push([name, ...given].join(" "));
  /** @type {import("../../../../ui/static/state/history.js").Step[]} */
  const remembered = [];
  const annotations = {
    load: async () => (order.push("annotations"), store.set({ annotations: new AnnotationBook([3, 4, 5], store.state.plane) })),
    close: () => store.set({ annotations: null }),
  };
  const parts = {
    ...{ server, notify: notices.notify, annotations, memory: new ViewMemory(store) },
    saver: { flush: async () => order.push("flush") },
    arrival: new VoxelArrival(store, { server, smallBytes }),
    encoding: { watch: note("encoding"), stop() {} },
    masks: { load: async (/** @type {string} */ id) => order.push(`mask ${id}`), followPlane: note("extents") },
    runs: { watch: note("runs") },
    steps: { remember: (/** @type {import("../../../../ui/static/state/history.js").Step} */ step) => void remembered.push(step) },
  };
  const volume = new VolumeController(store, /** @type {any} */ (parts));
  return { store, volume, asked, order, remembered, ...notices };
}

test("a volume opens with its voxels in the middle, then slices, encoding, mask and run", async () => {
  const { store, volume, order } = page({ volume: () => summary({ mask_id: "m" }) });
  await volume.open("v");
  const { voxels, cursor, loading, window, brushMm } = store.state;
  assert.deepEqual([voxels?.id, cursor, loading, window, brushMm], ["v", [1, 2, 2], null, [0, 50], 1]);
  assert.deepEqual(order, ["annotations", "encoding", "mask m", "runs"]);
});

test("a volume that is open already stays as it is", async () => {
  const { volume, asked } = page({ volume: () => summary() });
  await volume.open("v");
  const before = asked.length;
  await volume.open("v");
  assert.equal(asked.length, before);
});

test("a volume reopens on the slice, pane and window it was left with", async () => {
  const { store, volume, asked } = page({ volume: (id) => summary({ id }), volumeSlice: () => new ArrayBuffer(30) }, 0);
  await volume.open("v");
  store.set({ cursor: [2, 0, 4], mainPane: "coronal", window: [10, 20] });
  await volume.open("w");
  assert.deepEqual([store.state.cursor, store.state.mainPane, store.state.window], [[1, 2, 2], "axial", [0, 50]]);
  asked.length = 0;
  await volume.open("v");
  assert.deepEqual([store.state.cursor, store.state.mainPane, store.state.window], [[2, 0, 4], "coronal", [10, 20]]);
  const first = asked.find(([name]) => name === "volumeSlice");
  assert.deepEqual(first?.slice(1, 4), ["v", "coronal", 0], "the slice that will be on screen comes first");
});

test("a volume that fails to arrive is told, and is no longer loading", async () => {
  const { store, volume, failed } = page({ volume: () => summary(), voxels: () => Promise.reject(apiError(0, "size")) });
  await volume.open("v");
  assert.deepEqual([failed, store.state.loading, store.state.voxels], [["error 0"], null, null]);
});

test("a volume that was deleted elsewhere leaves the list, and the one on screen stays", async () => {
  const { store, volume, said, failed } = page({ volume: (id) => (id === "v" ? summary() : Promise.reject(apiError(404))) });
  store.set({ volumes: [summary(), summary({ id: "w", name: "Knee" })] });
  await volume.open("v");
  const { voxels } = store.state;
  await volume.open("w");
  assert.deepEqual([store.state.volumes.map(({ id }) => id), store.state.volume?.id, store.state.voxels === voxels], [["v"], "v", true]);
  assert.deepEqual([said, failed], [["Knee was deleted elsewhere, so it left the list. Deleted in the project menu has it."], []]);
});

test("of two volumes that are chosen one after the other the second opens", async () => {
  /** @type {Record<string, (value: unknown) => void>} */
  const answer = {};
  const { store, volume } = page({ volume: (id) => new Promise((resolve) => (answer[id] = resolve)) });
  const opening = [volume.open("v"), volume.open("w")];
  await pause();
  answer.w(summary({ id: "w" }));
  answer.v(summary());
  await Promise.all(opening);
  assert.equal(store.state.volume?.id, "w");
});

test("a volume that was left while it opened leaves nothing behind", async () => {
  /** @type {(value: unknown) => void} */
  let answer = () => {};
  const { store, volume, order, failed } = page({ volume: () => new Promise((resolve) => (answer = resolve)) });
  const opening = volume.open("v");
  await pause();
  volume.close();
  answer(summary());
  await opening;
  assert.deepEqual([store.state.volume, order, failed], [null, [], []]);
});

test("the plane to paint in changes once strokes are saved", async () => {
  const { store, volume, asked, order, said } = page({ volume: () => summary(), updateVolume: () => summary({ plane: "coronal" }) });
  await volume.open("v");
  Object.assign(store.state.annotations?.ensure(2) ?? {}, { state: "painted" });
  order.length = 0;
  await volume.choosePlane("coronal");
  assert.deepEqual(asked.at(-1), ["updateVolume", "v", { plane: "coronal", first_slice: 2 }]);
  assert.deepEqual(order, ["flush", "extents", "annotations", "encoding"]);
  assert.deepEqual([store.state.plane, store.state.mainPane, store.state.annotations?.plane], ["coronal", "coronal", "coronal"]);
  assert.equal(said[0], "Your 1 painted axial slice stays saved; paint in axial again to see it.");
});

test("a plane that no person chose is sent as such", async () => {
  const { volume, asked } = page({ volume: () => summary(), updateVolume: () => summary({ plane: "coronal" }) });
  await volume.open("v");
  await volume.choosePlane("coronal", { chosen: false });
  assert.deepEqual(asked.at(-1), ["updateVolume", "v", { plane: "coronal", first_slice: 2, chosen: false }]);
});

test("several slices of the plane that is left stay, too", async () => {
  const { store, volume, said } = page({ volume: () => summary(), updateVolume: () => summary({ plane: "coronal" }) });
  await volume.open("v");
  for (const index of [2, 3]) Object.assign(store.state.annotations?.ensure(index) ?? {}, { state: "painted" });
  await volume.choosePlane("coronal");
  assert.equal(said[0], "Your 2 painted axial slices stay saved; paint in axial again to see them.");
});

test("a new name shows in the list", async () => {
  const { store, volume } = page({ updateVolume: () => summary({ name: "New" }) });
  store.set({ volumes: [summary(), summary({ id: "w" })] });
  await volume.rename(summary(), "New");
  assert.deepEqual(store.state.volumes.map(({ name }) => name), ["New", "Scan"]);
});

test("another modality brings its windows and lets slices be encoded again", async () => {
  const mr = { modality: /** @type {const} */ ("MR"), window: /** @type {[number, number]} */ ([5, 25]) };
  const { store, volume, asked, order, said } = page({ volume: () => summary({ modality: "CT" }), updateVolume: () => summary({ ...mr, mask_id: "m" }) });
  await volume.open("v");
  assert.equal(store.state.voxels?.unit, "HU");
  /** @type {unknown[]} */
  const changed = [];
  store.when("modality-changed", () => changed.push(store.state.voxels?.unit));
  order.length = 0;
  const shown = store.state.volume;
  if (shown) await volume.changeModality(shown, "MR");
  assert.deepEqual(asked.at(-1), ["updateVolume", "v", { modality: "MR" }]);
  assert.deepEqual([store.state.window, store.state.volume?.modality, store.state.voxels?.unit], [[5, 25], "MR", ""]);
  assert.deepEqual([changed, order], [[""], ["encoding"]]);
  assert.match(said[0], /The mask stays as it is\. Run again/);
  const count = asked.length;
  await volume.changeModality(summary(mr), "MR");
  assert.equal(asked.length, count);
});

test("a volume that is not on screen opens in the window of its new modality, where it was left", async () => {
  const { store, volume } = page({ volume: () => summary(), updateVolume: () => summary({ modality: "MR", window: [5, 25] }) });
  await volume.open("v");
  store.set({ cursor: [0, 1, 1], window: [1, 2] });
  volume.close();
  await volume.changeModality(summary({ modality: "CT" }), "MR");
  assert.deepEqual([volume.memory.viewOf(summary()).window, volume.memory.viewOf(summary()).cursor], [[5, 25], [0, 1, 1]]);
});

test("another modality is taken back with the window that there was", async () => {
  const windows = { CT: [0, 50], MR: [5, 25] };
  /** @type {(id: string, patch: {modality: "CT" | "MR"}) => unknown} */
  const updateVolume = (_id, { modality }) => summary({ modality, window: /** @type {[number, number]} */ (windows[modality]) });
  const { store, volume, asked, remembered } = page({ volume: () => summary({ modality: "CT" }), updateVolume });
  await volume.open("v");
  store.set({ window: [10, 20] });
  await volume.changeModality(summary(), "MR");
  const [{ text, volumeId, command }] = remembered;
  assert.deepEqual([text, volumeId, remembered.length], ["read Scan as MR", "v", 1]);
  await command?.undo();
  assert.deepEqual(asked.at(-1), ["updateVolume", "v", { modality: "CT" }]);
  assert.deepEqual([store.state.window, store.state.volume?.modality], [[10, 20], "CT"]);
  await command?.redo();
  assert.deepEqual([store.state.window, store.state.volume?.modality], [[5, 25], "MR"]);
  assert.equal(remembered.length, 1);
});

test("slices on screen come ahead of the voxels, those of the annotation plane first", async () => {
  /** @type {(value: unknown) => void} */
  let arrive = () => {};
  const bytes = { axial: 24, coronal: 30, sagittal: 40 };
  const { store, volume, asked } = page({
    volume: () => summary(),
    voxels: () => new Promise((resolve) => (arrive = resolve)),
    volumeSlice: (_id, /** @type {"axial" | "coronal" | "sagittal"} */ plane) => new ArrayBuffer(bytes[plane]),
  }, 0);
  const opening = volume.open("v");
  await until(() => asked.filter(([name]) => name === "volumeSlice").length === 3);
  store.set({ cursor: [1, 2, 3] });
  await until(() => asked.filter(([name]) => name === "volumeSlice").length === 4);
  const slices = asked.filter(([name]) => name === "volumeSlice").map(([, , plane, index]) => `${plane} ${index}`);
  assert.deepEqual(slices, ["axial 2", "coronal 2", "sagittal 1", "axial 3"]);
  arrive(null);
  await opening;
});

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { recallOpen, rememberOpen, ViewMemory } from "../../../../ui/static/controllers/remembered.js";
import { Volume } from "../../../../ui/static/viewer/volume.js";
import { newStorage, pause, storeWith, summary } from "../support/controllers.js";

/** @type {Map<string, string>} */
let items;
beforeEach(() => {
  items = newStorage();
});

/** A page with a volume on screen. @param {string} id */
function pageWith(id) {
  const store = storeWith({ volume: summary({ id }) });
  const memory = new ViewMemory(store);
  store.set({ voxels: new Volume(summary({ id })), cursor: [1, 2, 2], window: [0, 50] });
  return { store, memory };
}

test("a volume opens in its middle at first", () => {
  const memory = new ViewMemory(storeWith());
  assert.deepEqual(memory.viewOf(summary()), { cursor: [1, 2, 2], plane: "axial", mainPane: "axial", window: [0, 50] });
});

test("pictures open in the middle of the middle one, not in what pads it", () => {
  const pictures = [3, 3, 1, 3, 3].map((columns, n) => ({ name: `${n}.png`, rows: 2, columns, pixel_mm: null }));
  const { store, memory } = pageWith("v");
  assert.deepEqual(new ViewMemory(storeWith()).viewOf(summary({ id: "w", pictures })).cursor, [2, 3, 2]);
  store.set({ cursor: [0, 0, 2] });
  assert.deepEqual(memory.viewOf(summary({ id: "v", pictures })).cursor, [2, 2, 2]);
});

test("a volume opens again as it was left, in this page and in the next", () => {
  const { store, memory } = pageWith("v");
  store.set({ cursor: [0, 3, 4], mainPane: "coronal", window: [-100, 100] });
  const left = { cursor: [0, 3, 4], plane: "axial", mainPane: "coronal", window: [-100, 100] };
  assert.deepEqual(memory.viewOf(summary()), left);
  assert.deepEqual(new ViewMemory(storeWith()).viewOf(summary()), left);
});

test("each volume has a view of its own", () => {
  const { store, memory } = pageWith("a");
  store.set({ cursor: [0, 0, 4] });
  store.set({ voxels: null, cursor: [9, 9, 9] }); // between two volumes nothing is on screen
  store.set({ voxels: new Volume(summary({ id: "b" })), cursor: [2, 2, 2] });
  assert.deepEqual(memory.viewOf(summary({ id: "a" })).cursor, [0, 0, 4]);
  assert.deepEqual(memory.viewOf(summary({ id: "b" })).cursor, [2, 2, 2]);
});

test("the plane is the server's; the large pane of another plane is not kept", () => {
  const { store, memory } = pageWith("v");
  store.set({ mainPane: "sagittal", window: [1, 2] });
  const view = memory.viewOf(summary({ plane: "coronal" }));
  assert.deepEqual([view.plane, view.mainPane, view.window], ["coronal", "coronal", [1, 2]]);
});

test("scrolling writes once it pauses", async () => {
  const { store } = pageWith("v");
  store.set({ cursor: [0, 0, 0] });
  store.set({ cursor: [0, 0, 1] });
  assert.equal(items.size, 0);
  await pause(350);
  assert.deepEqual(JSON.parse([...items.values()][0])[0][1].cursor, [0, 0, 1]);
});

test("the views of a hundred volumes are kept, the latest ones", () => {
  const { store, memory } = pageWith("0");
  for (let n = 1; n <= 120; n++) store.set({ voxels: new Volume(summary({ id: String(n) })), cursor: [0, 0, 1] });
  memory.flush();
  const kept = JSON.parse([...items.values()][0]);
  assert.deepEqual([kept.length, kept[0][0], kept.at(-1)[0]], [100, "21", "120"]);
});

for (const [what, text] of [
  ["no JSON", "{"],
  ["another shape", '{"v": 1}'],
  ["a view without a window", '[["v", {"cursor": [0, 0, 0], "plane": "axial", "mainPane": "axial"}]]'],
  ["an empty window", '[["v", {"cursor": [0, 0, 0], "plane": "axial", "mainPane": "axial", "window": [5, 5]}]]'],
  ["a pane that is none", '[["v", {"cursor": [0, 0, 0], "plane": "axial", "mainPane": "oblique", "window": [0, 5]}]]'],
  ["a voxel outside", '[["v", {"cursor": [0, 0, 5], "plane": "axial", "mainPane": "axial", "window": [0, 50]}]]'],
]) {
  test(`a storage that holds ${what} opens a volume in its middle`, () => {
    items.set("fewshot-sam:views", text);
    const view = new ViewMemory(storeWith()).viewOf(summary());
    assert.deepEqual(view, { cursor: [1, 2, 2], plane: "axial", mainPane: "axial", window: [0, 50] });
  });
}

test("a blocked storage remembers nothing and breaks nothing", () => {
  Object.defineProperty(globalThis, "localStorage", { get: () => assert.fail("blocked"), configurable: true });
  rememberOpen({ project: "p", volume: null });
  assert.deepEqual(recallOpen(), {});
});

test("what was open is remembered", () => {
  rememberOpen({ project: "p", volume: "v" });
  assert.deepEqual(recallOpen(), { project: "p", volume: "v" });
});

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { fake, settled } from "../support/page.js";
import { summaryOf } from "../support/volumes.js";
import { initialState, Store } from "../../../../ui/static/state/store.js";
import { View3d } from "../../../../ui/static/viewer/view3d.js";
import { Volume } from "../../../../ui/static/viewer/volume.js";

/** @import { ShownMask } from "../../../../ui/static/state/types.d.ts" */

/** @typedef {{url: string, done: (value?: unknown) => void, failed: (error: Error) => void}} Load */

/** @type {Load[]} what NiiVue loads now, in order */
let loads = [];

/** NiiVue without a graphics card: loads end when the test says so. */
class FakeNiivue {
  volumes = /** @type {string[]} */ ([]);
  meshes = /** @type {{id: string, visible?: boolean}[]} */ ([]);
  opts = { multiplanarForceRender: false, meshXRay: 0 };
  opacity = 1;
  sliceTypeRender = 4;
  async attachToCanvas() {}
  setSliceType() {}
  setRenderAzimuthElevation() {}
  drawScene() {}
  setOpacity(/** @type {number} */ _volume, /** @type {number} */ opacity) {
    this.opacity = opacity;
  }
  async loadVolumes(/** @type {{url: string}[]} */ [{ url }]) {
    await load(url);
    this.volumes = [url];
  }
  async addMeshFromUrl(/** @type {{url: string}} */ { url }) {
    await load(url);
    this.meshes.push({ id: url });
  }
  removeMesh(/** @type {{id: string}} */ mesh) {
    this.meshes = this.meshes.filter((each) => each !== mesh);
  }
  setMeshProperty(/** @type {string} */ id, /** @type {string} */ name, /** @type {unknown} */ value) {
    Object.assign(this.meshes.find((mesh) => mesh.id === id) ?? {}, { [name]: value });
  }
}

/** @param {string} url */
const load = (url) => new Promise((done, failed) => loads.push({ url, done, failed }));

/** @type {FakeNiivue} */
let niivue;

beforeEach(() => {
  loads = [];
  mock.method(console, "warn", () => {});
  const Niivue = class extends FakeNiivue {
    constructor() {
      super();
      niivue = this;
    }
  };
  Object.assign(globalThis, { niivue: { Niivue } });
});

/** End the load that is going on. */
async function finish(url = loads[0].url) {
  const [{ url: actual, done }] = loads.splice(0, 1);
  assert.equal(actual, url);
  done();
  await settled();
}

const links = {
  library: "niivue.js",
  preview: (/** @type {string} */ id) => `preview ${id}`,
  mesh: (/** @type {string} */ id, /** @type {number} */ value) => `mesh ${id} ${value}`,
};

function newView() {
  const store = new Store(initialState());
  const view = new View3d(store, { onExpand: () => {}, links });
  const label = { id: "l", value: 1, code: 1, name: "Liver", color: "#ff0000", term: null };
  store.set({ labels: [label, { ...label, value: 2 }] });
  return { store, view, state: () => view.element.dataset.state };
}

/** @param {string} id */
const volumeOf = (id) => new Volume(summaryOf({ id }));
/** @param {string} id @param {number[]} values @returns {ShownMask} */
const maskOf = (id, values) => /** @type {any} */ ({ id, labels: values.map((value) => ({ value, voxels: 9 })) });

test("a scan is shown once it is here, then the surfaces of its labels", async () => {
  const { store, state } = newView();
  store.set({ voxels: volumeOf("a") });
  await settled();
  assert.equal(state(), "empty");
  await finish("preview a");
  assert.deepEqual([state(), niivue.opacity], ["volume", 1]);
  store.set({ mask: maskOf("m", [1, 2]) });
  await settled();
  await finish("mesh m 1");
  await finish("mesh m 2");
  assert.deepEqual([state(), niivue.opacity], ["surfaces", 0]);
});

test("the scan waits for the planes' voxels", async () => {
  const { store } = newView();
  const voxels = volumeOf("a");
  /** @type {(value?: any) => void} */
  let arrived = () => {};
  voxels.whole = new Promise((resolve) => (arrived = resolve));
  store.set({ voxels });
  await settled();
  assert.deepEqual(loads, []);
  arrived();
  await settled();
  assert.equal(loads.length, 1);
});

test("surfaces of the volume before do not come back while the next one opens", async () => {
  const { store, state } = newView();
  store.set({ voxels: volumeOf("a") });
  await settled();
  await finish("preview a");
  store.set({ mask: maskOf("m", [1, 2]) });
  await settled();
  store.set({ voxels: null, mask: null }); // the user opens another volume while surfaces are loaded
  await finish("mesh m 1");
  const next = volumeOf("b");
  next.whole = new Promise(() => {}); // its voxels are on their way
  store.set({ voxels: next });
  await settled();
  assert.deepEqual([state(), loads], ["empty", []]);
});

test("the scan of the volume before is not shown with the mask of the next", async () => {
  const { store, state } = newView();
  store.set({ voxels: volumeOf("a") });
  await settled();
  await finish("preview a");
  store.set({ voxels: volumeOf("b") });
  store.set({ mask: maskOf("n", []) });
  await settled();
  assert.equal(state(), "empty");
  loads.splice(0, 1)[0].failed(new Error("not found"));
  await settled();
  assert.equal(state(), "failed");
});

test("a scan that arrives after its volume was left stays hidden", async () => {
  const { store, state } = newView();
  store.set({ voxels: volumeOf("a") });
  await settled();
  store.set({ voxels: volumeOf("b") });
  await finish("preview a");
  assert.equal(state(), "empty");
  await finish("preview b");
  assert.equal(state(), "volume");
});

test("what fails for a volume that was left is not told of the next", async () => {
  const { store, state } = newView();
  store.set({ voxels: volumeOf("a") });
  await settled();
  store.set({ voxels: null });
  loads.splice(0, 1)[0].failed(new Error("gone"));
  await settled();
  assert.equal(state(), "empty");
});

test("labels are hidden and shown without loading them again", async () => {
  const { store } = newView();
  store.set({ voxels: volumeOf("a"), mask: maskOf("m", [1]) });
  await settled();
  await finish("preview a");
  await finish("mesh m 1");
  store.set({ hiddenLabels: new Set([1]) });
  await settled();
  assert.deepEqual([niivue.meshes[0].visible, loads.length], [false, 0]);
});

test("surfaces are loaded once, also where the mask was there before the scan", async () => {
  const { store } = newView();
  store.set({ voxels: volumeOf("a"), mask: maskOf("m", [1]) });
  await settled();
  await finish("preview a");
  await finish("mesh m 1");
  store.set({ mask: { ...maskOf("m", [1]) } }); // its slices were counted in another plane
  await settled();
  assert.deepEqual(loads, []);
});

test("the scan can be shown around the surfaces", async () => {
  const { store, view } = newView();
  store.set({ voxels: volumeOf("a"), mask: maskOf("m", [1]) });
  await settled();
  await finish("preview a");
  await finish("mesh m 1");
  fake(view.scanToggle).click();
  assert.deepEqual([niivue.opacity, niivue.opts.meshXRay, view.scanToggle.getAttribute("aria-pressed")], [0.35, 0.5, "true"]);
});

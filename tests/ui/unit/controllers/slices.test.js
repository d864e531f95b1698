import assert from "node:assert/strict";
import { test } from "node:test";

import "../support/page.js";
import { bookOf, HEIGHT, labelsWith, paintingStore, quietEdits, WIDTH } from "../support/painting.js";
import { InterpolationController } from "../../../../ui/static/controllers/interpolation.js";
import { SliceController } from "../../../../ui/static/controllers/slices.js";
import { Editor } from "../../../../ui/static/tools/editor.js";

function page() {
  const store = paintingStore();
  const size = () => ({ width: WIDTH, height: HEIGHT, slices: 4, pixelWidthMm: 1, pixelHeightMm: 1, sliceStepMm: 1 });
  store.set({ voxels: /** @type {any} */ ({ ...store.state.voxels, size }) });
  const { edits, saved } = quietEdits(store);
  /** @type {string[]} */
  const said = [];
  const notify = /** @type {any} */ ({ say: (/** @type {string} */ text) => said.push(text) });
  const slices = new SliceController(store, { edits, steps: edits.steps, notify, goTo: () => {} });
  const interpolation = new InterpolationController(store, /** @type {any} */ ({ edits, annotations: {}, notify }));
  const editor = new Editor(store, edits, { ensureLabel: () => true });
  for (const index of [0, 3]) edits.change("", [{ index, labels: labelsWith({ 9: 1 }), state: "painted" }]);
  saved.length = 0;
  return { store, slices, interpolation, editor, saved, said };
}

test("while two runs are side by side no key changes a slice", () => {
  const { store, slices, interpolation, editor, saved, said } = page();
  const act = () => {
    for (const index of [0, 1]) {
      store.set({ cursor: [0, 0, index] });
      for (const action of /** @type {const} */ (["accept", "empty", "copy", "clear"])) slices.act(action);
      slices.copyFromNearest();
      slices.reshape("grow");
    }
    interpolation.interpolate();
  };
  /** @type {any} */
  const comparison = { runs: [], chosen: ["a", "b"], masks: null, found: null };
  store.set({ tool: "brush", comparison: { ...comparison, beside: true } });
  act();
  assert.deepEqual([saved, said, editor.ready], [[], [], false]);
  assert.deepEqual(bookOf(store).indices("painted"), [0, 3]);
  store.set({ comparison: { ...comparison, beside: false } });
  act();
  assert.deepEqual([saved.length > 0, editor.ready], [true, true]);
});

test("nothing is copied from one picture onto another", () => {
  const { store, slices, saved, said } = page();
  const pictures = [3, 3, 8, 8].map((columns, n) => ({ name: `${n}.png`, rows: HEIGHT, columns, pixel_mm: null }));
  store.set({ volume: /** @type {any} */ ({ ...store.state.volume, pictures }), cursor: [0, 0, 1] });
  slices.copyFromNearest();
  assert.deepEqual([saved, said], [[], []]);
});

test("a label that fills its picture does not shrink from what pads it", () => {
  const { store, slices, saved } = page();
  const pictures = [3, 3, 3, 3].map((columns, n) => ({ name: `${n}.png`, rows: HEIGHT, columns, pixel_mm: null }));
  store.set({ volume: /** @type {any} */ ({ ...store.state.volume, pictures }), cursor: [0, 0, 0] });
  const { labels } = bookOf(store).ensure(0);
  labels.forEach((_, at) => (labels[at] = Number(at % WIDTH < 3)));
  slices.reshape("shrink");
  slices.reshape("smooth");
  assert.deepEqual([saved, labels.filter(Boolean).length], [[], 3 * HEIGHT]);
});

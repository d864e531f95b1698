import assert from "node:assert/strict";
import { test } from "node:test";

import { fake, newPage, nextFrame } from "../support/page.js";
import { counting, summaryOf } from "../support/volumes.js";
import { initialState, Store } from "../../../../ui/static/state/store.js";
import { REFERENCE } from "../../../../ui/static/state/reference.js";
import { BesideView } from "../../../../ui/static/viewer/beside_view.js";
import { AppViews } from "../../../../ui/static/viewer/views.js";
import { Volume } from "../../../../ui/static/viewer/volume.js";

function page() {
  const store = new Store(initialState());
  const editor = { ready: false, stroking: false, view: null, cancel: () => {}, attach: () => {} };
  const views = new AppViews(store, /** @type {any} */ ({ editor, keys: new Set(), changeBrush: () => {}, links: { library: "", preview: () => "", mesh: () => "" } }));
  return { store, views, beside: new BesideView(store, views) };
}

test("the second run is on the same slice, as large and at the same place as the first", () => {
  const { store, views, beside } = page();
  for (const view of [...views.all.map((pane) => pane.view), ...Object.values(beside.views2)]) view.resize(100, 100, 1);
  store.set({ voxels: new Volume(summaryOf(), counting([3, 4, 5]).buffer), cursor: [1, 2, 3] });
  const [first, second] = [new Uint8Array(60).fill(1), new Uint8Array(60).fill(2)];
  const comparison = { runs: [], chosen: /** @type {[string, string]} */ (["a", "b"]), masks: /** @type {[Uint8Array, Uint8Array]} */ ([first, second]), beside: false, found: null };
  store.set({ comparison });
  assert.equal(beside.element.hidden, true);
  store.set({ comparison: { ...comparison, beside: true } });
  assert.equal(beside.element.hidden, false);
  assert.deepEqual([views.source.otherMask(), beside.views2.axial.source?.maskVoxels()], [null, second]);
  store.set({ cursor: [1, 2, 4] });
  views.zoom(2);
  nextFrame();
  const { index, zoom, panMm } = views.panes.axial.view;
  assert.deepEqual([beside.views2.axial.index, beside.views2.axial.zoom, beside.views2.axial.panMm], [index, zoom, panMm]);
  store.set({ comparison: null });
  assert.equal(beside.element.hidden, true);
});

test("colours that arrive are seen in the second run too", () => {
  const { store, beside: { views2 } } = page();
  const pictures = [0, 1, 2, 3, 4].map((n) => ({ name: `${n}.png`, rows: 4, columns: 3, pixel_mm: null }));
  const voxels = new Volume(summaryOf({ pictures }), counting([3, 4, 5]).buffer);
  store.set({ voxels, cursor: [1, 2, 3] });
  /** @type {[Uint8Array, Uint8Array]} */
  const masks = [new Uint8Array(60), new Uint8Array(60)];
  store.set({ comparison: { runs: [], chosen: ["a", "b"], masks, beside: true, found: null } });
  nextFrame();
  /** @type {string[]} */
  const redrawn = [];
  views2.axial.invalidate = (what) => void redrawn.push(what);
  store.emit("slice-arrived", { plane: "axial", index: 4 });
  assert.deepEqual(redrawn, []);
  store.emit("slice-arrived", { plane: "axial", index: 3 });
  assert.deepEqual(redrawn, ["image"]);
});

test("both sides are named by their runs, by their readers or as the reference, on screen and for screen readers", () => {
  const { store, views, beside } = page();
  const app = newPage();
  app.append(fake(beside.element), ...views.all.map(({ element }) => fake(element)));
  const masks = /** @type {[Uint8Array, Uint8Array]} */ ([new Uint8Array(60), new Uint8Array(60)]);
  const left = views.panes.axial;
  const readAloud = (/** @type {Element} */ element) => element.getAttribute("aria-labelledby")?.split(" ").map((id) => app.querySelector(`[id="${id}"]`)?.textContent).join(" ") ?? element.getAttribute("aria-label");
  const names = (/** @type {{id: string, title?: string}[]} */ runs, /** @type {[string, string]} */ chosen, side = true) => {
    store.set({ comparison: /** @type {any} */ ({ runs, chosen, masks, beside: side, found: null }) });
    return [left.compared.textContent, readAloud(left.element), beside.title.textContent, readAloud(beside.element)];
  };
  const runs = [{ id: "c" }, { id: "b" }, { id: "a" }, { id: REFERENCE }];
  assert.deepEqual(names(runs, ["c", "a"]), ["First: run 3", "Axial First: run 3", "Second: run 1", "Axial Second: run 1"]);
  assert.deepEqual(names(runs, ["b", REFERENCE]), ["First: run 2", "Axial First: run 2", "The reference", "Axial The reference"]);
  const readings = [{ id: "reading:a", title: "Ada" }, { id: "reading:b", title: "Ben" }];
  assert.deepEqual(names(readings, ["reading:a", "reading:b"]), ["Ada", "Axial Ada", "Ben", "Axial Ben"]);
  assert.deepEqual([views.panes.coronal.compared.textContent, readAloud(views.panes.coronal.element)], ["", "Coronal view"]);
  assert.deepEqual(names(runs, ["c", "a"], false).slice(0, 2), ["", "Axial view"]);
  names(runs, ["c", "a"]);
  store.set({ comparison: null });
  assert.deepEqual([left.compared.textContent, readAloud(left.element)], ["", "Axial view"]);
});

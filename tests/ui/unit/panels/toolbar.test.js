import assert from "node:assert/strict";
import { test } from "node:test";

import { event, fake, newPage } from "../support/page.js";
import { project, storeWith, summary } from "../support/controllers.js";
import { proposalWith } from "../support/proposals.js";
import { AnnotationBook } from "../../../../ui/static/state/annotations.js";
import { frozenNote } from "../../../../ui/static/panels/frozen_note.js";
import { originFilter } from "../../../../ui/static/panels/origin_filter.js";
import { toolBar, toolColumn } from "../../../../ui/static/panels/toolbar.js";

test("undo is there for an outline of the person's own, on screen or taken, not for one that is offered", () => {
  const store = storeWith({ volume: summary() });
  let undone = 0;
  const column = fake(toolColumn(store, { view: { chooseTool: () => {} }, steps: { undo: () => (undone += 1), redo: () => {} }, fit: () => {} }));
  const app = newPage();
  app.append(column);
  const undo = /** @type {any} */ (app.querySelector('[data-testid="undo"]'));
  assert.equal(undo.disabled, true);
  store.set({ proposal: proposalWith() });
  assert.equal(undo.disabled, false);
  undo.click();
  assert.equal(undone, 1);
  store.set({ proposal: proposalWith({ offered: true }) });
  assert.equal(undo.disabled, true);
  store.set({ taking: 1 });
  assert.equal(undo.disabled, false);
});

test("where the tools would be it is said that the volume is frozen", () => {
  const store = storeWith({ volume: summary(), project: /** @type {any} */ (project()) });
  const note = /** @type {any} */ (fake(frozenNote(store)));
  assert.equal(note.hidden, true);
  store.set({ volume: summary({ review: /** @type {any} */ ({ state: "accepted" }) }) });
  assert.deepEqual([note.hidden, note.textContent], [false, "Accepted and frozenTo change it, reopen it under Labels"]);
});

test("the button that marks slices says how many are, to who cannot see it too", () => {
  const store = storeWith({ plane: "axial", annotations: new AnnotationBook([3, 4, 5], "axial") });
  const button = fake(originFilter(store, /** @type {any} */ ({ provenance: {} })));
  assert.equal(button.getAttribute("aria-label"), "Mark slices");
  store.set({ originFilter: { kind: "accepted", person: null } });
  assert.deepEqual([button.getAttribute("aria-label"), button.textContent], ["Mark slices: 0 marked", "0 marked"]);
});

test("the brush is as many mm wide on a scan, as many pixels on pictures", () => {
  const store = storeWith({ volume: summary(), brushMm: 120 });
  const app = newPage();
  const [uncertainty, threshold] = [document.createElement("button"), document.createElement("button")];
  /** @type {number[]} */
  const sizes = [];
  const view = /** @type {any} */ ({ setBrush: (/** @type {number} */ size) => sizes.push(size) });
  app.append(fake(toolBar(store, { view, preferences: { toggle: async () => {} }, uncertainty, threshold })));
  const slider = /** @type {any} */ (app.querySelector('[data-testid="brush-size"]'));
  assert.deepEqual([slider.value, /Size(.*?)Pressure/.exec(app.textContent)?.[1]], ["100", "120 mm"]);
  store.set({ volume: summary({ shape: [4000, 3000, 2], pictures: [0, 1].map((n) => ({ name: `${n}.png`, rows: 3000, columns: 4000, pixel_mm: null })) }) });
  assert.equal(/Size(.*?)Pressure/.exec(app.textContent)?.[1], "120 px");
  slider.value = "100";
  slider.dispatchEvent(event("input"));
  assert.deepEqual(sizes, [1000]);
});

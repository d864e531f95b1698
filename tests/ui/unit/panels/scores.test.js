import assert from "node:assert/strict";
import { test } from "node:test";

import { fake } from "../support/page.js";
import { project, run, storeWith, summary } from "../support/controllers.js";
import { scoresLink, scoresPanel } from "../../../../ui/static/panels/scores.js";
import { REFERENCE, withReference } from "../../../../ui/static/state/reference.js";

const values = { dice: 0.91234, iou: 0.8, surface_dice: 0.99, hd95_mm: null, volume_ml: 1, reference_volume_ml: 1 };
const scores = /** @type {any} */ ({ labels: [{ value: 1, name: "Liver", scores: values }], mean: values });
const comparison = /** @type {any} */ ({ runs: withReference([run({ id: "a", mask_id: "m" })], true), chosen: ["a", REFERENCE], masks: null, found: null });

test("scores are shown by label and as their mean while the reference is compared", () => {
  const store = storeWith({ project: project() });
  /** @type {unknown[]} */
  const set = [];
  const element = /** @type {any} */ (fake(scoresPanel(store, { references: /** @type {any} */ ({ set: (/** @type {unknown} */ patch) => set.push(patch) }) })));
  assert.equal(element.hidden, true);
  store.set({ comparison });
  assert.equal(element.hidden, false);
  assert.equal(element.querySelector("table")?.hidden, true);
  store.set({ scores });
  const rows = /** @type {any[]} */ (element.querySelectorAll("tbody tr")).map((row) => row.children.map((/** @type {any} */ cell) => cell.textContent));
  assert.deepEqual(rows, [["Liver", "0.912", "0.800", "0.990", "\u2013"], ["Mean", "0.912", "0.800", "0.990", "\u2013"]]);
});

test("of pictures distances are in pixels, where their files state no size", () => {
  const of = (/** @type {(number | null)[]} */ ...sizes) => sizes.map((size) => ({ name: "", rows: 1, columns: 1, pixel_mm: size === null ? null : /** @type {[number, number]} */ ([size, size]) }));
  const store = storeWith({ project: project(), volume: summary() });
  const element = /** @type {any} */ (fake(scoresPanel(store, { references: /** @type {any} */ ({}) })));
  const said = () => [element.querySelector(".scores-settings").textContent, element.querySelectorAll("thead th").at(-1).getAttribute("title").split(", in ")[1]];
  assert.deepEqual(said(), ["surfaces within  mm without painted slices", "mm"]);
  store.set({ volume: summary({ pictures: of(null, null) }) });
  assert.deepEqual(said(), ["surfaces within  px without painted pictures", "px"]);
  store.set({ volume: summary({ pictures: of(0.1, 0.2) }) });
  assert.equal(said()[1], "mm");
  store.set({ volume: summary({ pictures: of(0.1, null) }) });
  assert.equal(said()[1], "mm or px");
});

test("the way there is shown where a mask and a reference are", () => {
  const store = storeWith({ volume: summary({ has_reference: true }) });
  const link = scoresLink(store, { references: /** @type {any} */ ({}) });
  assert.equal(link.hidden, true);
  store.set({ mask: /** @type {any} */ ({ draft: false }) });
  assert.equal(link.hidden, false);
  store.set({ volume: summary({ has_reference: false }) });
  assert.equal(link.hidden, true);
});

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { event, fake, newPage } from "../support/page.js";
import { label, run, storeWith, summary, system } from "../support/controllers.js";
import { ComparisonPanel } from "../../../../ui/static/panels/comparison.js";
import { compareMasks } from "../../../../ui/static/state/comparison.js";
import { REFERENCE, withReference } from "../../../../ui/static/state/reference.js";
import { Volume } from "../../../../ui/static/viewer/volume.js";

let app = newPage();
beforeEach(() => (app = newPage()));

const choice = { method: "triplanar", encoder: "lite-medsam", encoder_title: "LiteMedSAM", seed: 0 };
const RUNS = ["b", "a"].map((id) => run({ id, state: "done", slices: 3, created_at: "2020-05-06T10:00:00Z", choice }));

/** @param {Uint8Array} second mask */
function page(second) {
  const first = new Uint8Array(60).fill(1, 0, 24);
  const voxels = new Volume(summary());
  /** @type {unknown[][]} */
  const asked = [];
  const intents = new Proxy({}, { get: (_, name) => (/** @type {unknown[]} */ ...given) => void asked.push([name, ...given]) });
  const store = storeWith({ voxels, system: system(), labels: [label(1), label(2)] });
  const panel = new ComparisonPanel(store, { comparison: /** @type {any} */ (intents), goTo: (slice) => asked.push(["goTo", slice]), scores: document.createElement("div") });
  app.append(fake(panel.element));
  const found = compareMasks(first, second, voxels.shape, new Set());
  store.set({ comparison: { runs: RUNS, chosen: ["b", "a"], masks: [first, second], beside: false, found } });
  /** @param {string} testid @returns {any} */
  const part = (testid) => app.querySelector(`[data-testid="${testid}"]`);
  return { store, asked, part, slices: () => part("differing-slices").querySelectorAll("button") };
}

test("the agreement of each label, and the slices that differ most first", () => {
  const { store, asked, part, slices } = page(new Uint8Array(60).fill(1, 0, 16).fill(2, 48, 50));
  assert.equal(part("comparison").hidden, false);
  assert.deepEqual(part("agreement").children.map((/** @type {any} */ row) => row.textContent), ["Label 10.800", "Label 2second only"]);
  assert.deepEqual(slices().map((/** @type {any} */ row) => row.textContent), ["Slice 28.0 mm\u00b2", "Slice 52.0 mm\u00b2"]);
  assert.deepEqual(part("agreement").children.map((/** @type {any} */ row) => row.getAttribute("title")), ["Dice of Label 1 between the first run and the second run: 0.8000", "Only the second run has Label 2"]);
  assert.equal(part("first-run").getAttribute("aria-label"), "First run");
  slices()[1].click();
  part("next-difference").click();
  assert.deepEqual(asked, [["goTo", 4], ["next"]]);
  store.set({ cursor: [0, 0, 4] });
  assert.deepEqual(slices().map((/** @type {any} */ row) => row.getAttribute("aria-current")), [null, "true"]);
});

test("areas of a list have one unit, that of the largest", () => {
  const { store, slices } = page(new Uint8Array(60).fill(1, 0, 16).fill(2, 48, 50));
  const { voxels } = store.state;
  if (voxels) voxels.spacingMm = [5, 5, 5];
  store.set({ comparison: store.state.comparison && { ...store.state.comparison } });
  assert.deepEqual(slices().map((/** @type {any} */ row) => row.textContent), ["Slice 22.00 cm\u00b2", "Slice 50.50 cm\u00b2"]);
});

test("pictures go by their names and differ in pixels", () => {
  const { store, part, slices } = page(new Uint8Array(60).fill(1, 0, 16).fill(2, 48, 50));
  const pictures = [0, 1, 2, 3, 4].map((n) => ({ name: `${n}.png`, rows: 4, columns: 3, pixel_mm: null }));
  const { voxels, comparison } = store.state;
  if (voxels) voxels.pictures = pictures;
  store.set({ volume: summary({ pictures }), comparison: comparison && { ...comparison } });
  assert.deepEqual(slices().map((/** @type {any} */ row) => [row.textContent, row.getAttribute("title")]), [["1.png8 px", "1.png: 8 pixels differ"], ["4.png2 px", "4.png: 2 pixels differ"]]);
  assert.deepEqual([part("next-difference").textContent, part("differing-slices").getAttribute("aria-label")], ["Next (J)", "Pictures that differ, those that differ most first"]);
  assert.match(part("first-run").children[0].textContent, /\u00b7 3 pictures \u00b7/);
});

test("the reference was made with no settings, and is never made the current mask", () => {
  const { store, part } = page(new Uint8Array(60));
  const { comparison } = store.state;
  assert.match(part("run-differences").textContent, /equal settings/);
  assert.match(part("make-second-current").textContent, /^Make run \d current$/);
  store.set({ comparison: comparison && { ...comparison, runs: withReference(RUNS, true), chosen: ["b", REFERENCE] } });
  assert.deepEqual([part("run-differences").textContent, part("make-second-current").hidden], ["", true]);
});

test("the runs to choose from go by number, the newest first", () => {
  const { asked, part } = page(new Uint8Array(60));
  const select = part("second-run");
  assert.match(select.children[0].textContent, /^Run 2 \u00b7 Three planes \u00b7 3 axial slices/);
  assert.equal(select.value, "a");
  Object.assign(select, { value: "b" }).dispatchEvent(event("change", {}));
  assert.deepEqual(asked, [["choose", 1, "b"]]);
  part("comparison-end").click();
  assert.deepEqual(asked[1], ["end"]);
});

test("labels that are hidden are said to be left out, and are never called the same", () => {
  const { store, part } = page(new Uint8Array(60).fill(1, 0, 16));
  const { comparison, voxels } = store.state;
  /** @param {number[]} hidden */
  const noteWith = (hidden) => {
    const hiddenLabels = new Set(hidden);
    const found = comparison?.masks && voxels ? compareMasks(...comparison.masks, voxels.shape, hiddenLabels) : null;
    store.set({ hiddenLabels, comparison: comparison && { ...comparison, found } });
    return part("comparison").textContent;
  };
  assert.match(noteWith([1, 2]), /All labels are hidden/);
  assert.match(noteWith([1]), /labels that are shown are the same, voxel by voxel\. Hidden labels are left out/);
  assert.match(noteWith([2]), /Hidden labels are left out/);
  assert.doesNotMatch(noteWith([2]), /the same/);
  assert.doesNotMatch(noteWith([]), /left out|the same/);
});

test("two results that are the same say so, and a comparison that has not come yet", () => {
  const { store, part, slices } = page(new Uint8Array(60).fill(1, 0, 24));
  assert.match(part("comparison").textContent, /the same, voxel by voxel/);
  assert.deepEqual(slices(), []);
  const { comparison } = store.state;
  store.set({ comparison: comparison && { ...comparison, beside: false, found: null } });
  assert.match(part("comparison").textContent, /Comparing/);
  store.set({ comparison: null });
  assert.equal(part("comparison").hidden, true);
});

test("readers of another scan who are called the same are other readings", () => {
  const { store, asked, part } = page(new Uint8Array(60));
  const { comparison } = store.state;
  const compare = (/** @type {string[]} */ ids) => store.set({ comparison: comparison && { ...comparison, runs: /** @type {any} */ (ids.map((id, n) => ({ id, title: ["Ada 1", "Ben 2"][n] }))), chosen: [ids[0], ids[1]] } });
  compare(["reading:a", "reading:b"]);
  compare(["reading:c", "reading:d"]);
  const select = part("first-run");
  assert.equal(select.value, "reading:c");
  assert.deepEqual([select.getAttribute("aria-label"), part("second-run").getAttribute("aria-label"), part("comparison").getAttribute("aria-label")], ["First reading", "Second reading", "Two readings compared"]);
  const [row] = part("agreement").children;
  assert.deepEqual([row.textContent, row.getAttribute("title")], ["Label 1Ada 1 only", "Only Ada 1 has Label 1"]);
  Object.assign(select, { value: select.children[1].value }).dispatchEvent(event("change", {}));
  assert.deepEqual(asked, [["choose", 0, "reading:d"]]);
});

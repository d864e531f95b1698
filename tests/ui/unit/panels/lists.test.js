/** Lists that follow what is polled: keyboard focus, an open menu and a name being typed stay as they are. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { event, fake, newPage, settled } from "../support/page.js";
import { label, project, run, storeWith, summary } from "../support/controllers.js";
import { LEFT_KIDNEY, LIVER } from "../support/terms.js";
import { Guide, guideSteps } from "../../../../ui/static/panels/guide.js";
import { LabelsPanel } from "../../../../ui/static/panels/labels.js";
import { ProjectsPanel } from "../../../../ui/static/panels/projects.js";

/**
 * @import { ShownMask } from "../../../../ui/static/state/types.d.ts"
 * @import { FakeElement } from "../support/dom.js"
 */

let app = newPage();
beforeEach(() => (app = newPage()));

/** @param {FakeElement} element @param {string} selector */
const within = (element, selector) => /** @type {FakeElement} */ (element.querySelector(selector));
const focused = () => fake(document.activeElement);

/** @param {number} dice @returns {ShownMask} */
const mask = (dice) =>
  /** @type {any} */ ({
    id: "m",
    has_confidence: true,
    extents: new Map(),
    labels: [1, 2, 3].map((value) => ({ value, expected_dice: dice, warning: null, voxels: 5, volume_ml: dice })),
  });

test("volumes keep focus and an open menu while slices are encoded", () => {
  const store = storeWith();
  /** @type {string[]} */
  const opened = [];
  /** @type {unknown[]} */
  const changed = [];
  const changeModality = (/** @type {any} */ volume, /** @type {string} */ modality) => changed.push([volume.id, modality]);
  const panel = new ProjectsPanel(store, /** @type {any} */ ({ volume: { open: (/** @type {string} */ id) => opened.push(id), changeModality }, links: { thumbnail: () => "" } }));
  app.append(fake(panel.element));
  let done = 0;
  const poll = () => {
    done += 1;
    const volumes = ["a", "b", "c"].map((id) => summary({ id, modality: "CT", name: `Scan ${id}`, encoding: { state: "running", done, total: 9, eta_s: null, error: null } }));
    store.set({ volumes, volume: volumes[0] });
  };
  poll();
  const list = fake(panel.list);
  const row = list.children[1];
  const name = within(row, '[data-testid="volume-open"]');
  name.focus();
  poll();
  assert.equal(focused(), name);
  row.click(); // as a click on the name, or Enter there, does
  assert.deepEqual(opened, ["b"]);

  const more = within(row, '[data-testid="volume-menu"]');
  more.click();
  more.focus();
  poll();
  assert.equal(app.querySelectorAll(".menu").length, 1);
  assert.deepEqual([focused(), more.getAttribute("aria-expanded")], [more, "true"]);
  more.click(); // the same button closes it
  assert.equal(app.querySelectorAll(".menu").length, 0);

  more.click();
  const readAs = within(app, ".menu").querySelectorAll('[data-testid="volume-modality"]');
  assert.deepEqual(readAs.map((item) => [item.querySelectorAll("span")[0].textContent, item.className.includes("checked")]), [["CT", true], ["MR", false], ["Other", false]]);
  readAs[1].click();
  assert.deepEqual(changed, [["b", "MR"]]);

  store.set({ volumes: store.state.volumes.slice(1) });
  assert.deepEqual(list.querySelectorAll(".volume-name").map((each) => each.textContent), ["Scan b", "Scan c"]);
});

test("labels keep focus and the name being typed", () => {
  const store = storeWith();
  /** @type {unknown[]} */
  const renamed = [];
  const labels = { update: (/** @type {any} */ each, /** @type {any} */ patch) => renamed.push([each.value, patch.name]) };
  const panel = new LabelsPanel(store, /** @type {any} */ ({ labels, view: { chooseLabel() {} }, goTo() {} }));
  app.append(fake(panel.element));
  store.set({ project: project(), labels: [label(1), label(2), label(3)], activeLabel: 1 });
  const row = fake(panel.list).children[1];
  const eye = within(row, ".label-eye");
  eye.focus();
  store.set({ mask: mask(0.5) });
  store.set({ mask: mask(0.9), labels: [label(1), label(2, { name: "Spleen" }), label(3)] });
  assert.equal(focused(), eye);
  assert.equal(within(row, ".label-text").textContent, "Spleen\u2248 0.90 good0.90 mL");

  within(row, ".label-name").dispatchEvent(event("dblclick"));
  const field = within(row, "input");
  field.value = "Liv";
  store.set({ mask: mask(0.8), hiddenLabels: new Set([3]) });
  assert.deepEqual([focused(), field.value], [field, "Liv"]);
  field.value = "Liver";
  field.dispatchEvent(event("keydown", { key: "Enter" }));
  store.set({ mask: null });
  assert.deepEqual(renamed, [[2, "Liver"]]);
  assert.deepEqual(row.children.map((child) => child.className.split(" ").at(-1)), ["swatch", "label-name", "", "label-lock", "label-eye", "label-more"]);
});

test("a label's row says what it is, and its menu asks for it", async () => {
  const store = storeWith();
  /** @type {unknown[]} */
  const updated = [];
  const labels = { update: (/** @type {any} */ each, /** @type {any} */ patch) => updated.push([each.value, patch]), findTerms: async () => ({ terms: [LIVER], meant: LIVER }) };
  const panel = new LabelsPanel(store, /** @type {any} */ ({ labels, view: { chooseLabel() {} }, goTo() {} }));
  app.append(fake(panel.element));
  store.set({ project: project(), labels: [label(1, { name: "liver" }), label(2, { name: "kidney_left", term: LEFT_KIDNEY })] });
  const titles = fake(panel.list).querySelectorAll(".label-name").map((name) => name.getAttribute("title"));
  assert.deepEqual(titles, ["liver", "kidney_left: Kidney, left (SCT 64033007)"]);
  for (const at of [0, 1]) {
    within(fake(panel.list).children[at], ".label-more").click();
    within(app, '[data-testid="label-term"]').click();
    await settled();
    within(app, '[data-testid="term"]').click();
    await settled();
  }
  assert.deepEqual(updated, [[1, { term: LIVER }], [2, { term: LIVER }]]);
  store.set({ labels: [label(1, { term: LIVER })] });
  within(fake(panel.list), ".label-more").click();
  within(app, '[data-testid="label-term"]').click();
  await settled();
  within(app, '[data-testid="term"]').click(); // what it is already
  await settled();
  assert.equal(updated.length, 2);
});

test("what to paint is not said of a volume that is frozen", () => {
  const store = storeWith();
  const panel = new LabelsPanel(store, /** @type {any} */ ({ labels: {}, view: { chooseLabel() {} }, goTo() {} }));
  app.append(fake(panel.element));
  const warned = /** @type {any} */ ({ labels: [{ value: 1, expected_dice: null, warning: "Paint it on another slice.", voxels: 5, volume_ml: 1 }] });
  store.set({ project: project(), labels: [label(1)], mask: warned, volume: summary() });
  const warnings = () => fake(panel.list).querySelectorAll('[data-testid="label-warning"]').length;
  assert.equal(warnings(), 1);
  store.set({ volume: summary({ review: /** @type {any} */ ({ state: "accepted" }) }) });
  assert.equal(warnings(), 0);
});

test("a name that is refused stays in the field, to be changed", async () => {
  const store = storeWith();
  const answers = [null, label(2, { name: "Left kidney" })];
  const labels = { add: async () => answers.shift() };
  const panel = new LabelsPanel(store, /** @type {any} */ ({ labels, view: {}, goTo() {} }));
  app.append(fake(panel.element));
  store.set({ project: project(), labels: [label(1, { name: "Kidney" })] });
  within(fake(panel.element), '[data-testid="add-label"]').click();
  const field = within(fake(panel.element), "input");
  for (const [name, left] of [["kidney", 1], ["Left kidney", 0]]) {
    field.value = String(name);
    field.dispatchEvent(event("keydown", { key: "Enter" }));
    await new Promise((resolve) => setTimeout(resolve));
    assert.equal(fake(panel.element).querySelectorAll("input").length, left);
    if (left) assert.deepEqual([focused(), Reflect.get(field, "disabled"), field.value], [field, false, "kidney"]);
  }
});

test("the guide keeps focus while a run goes on", () => {
  const store = storeWith();
  let asked = 0;
  const guide = new Guide(store, /** @type {any} */ ({ view: { showUncertainty: () => (asked += 1) } }));
  app.append(fake(guide.element));
  store.set({ voxels: /** @type {any} */ ({}), labels: [label(1)], mask: mask(0.9) });
  const link = within(fake(guide.element), ".current .link");
  link.focus();
  for (const fraction of [0.1, 0.2]) store.set({ run: run({ fraction }) });
  link.click();
  assert.deepEqual([focused(), asked], [link, 1]);
  assert.match(String(link.parentElement?.textContent), /^Show uncertainty \(D\) colours what may be wrong\./);
});

test("the guide of pictures speaks of pictures", () => {
  const volume = summary({ pictures: [0, 1].map((n) => ({ name: `${n}.png`, rows: 4, columns: 3, pixel_mm: null })) });
  const said = (/** @type {object} */ given) => guideSteps(/** @type {any} */ ({ mask: null, run: null, annotations: null, downloaded: false, ...given })).flatMap(({ text, detail }) => [text, detail]);
  for (const labels of [[], [label(1)]]) assert.doesNotMatch(said({ labels, volume }).join(" "), /slice|scan/);
  assert.deepEqual(said({ labels: [], volume }).slice(0, 2), ["Paint a picture", "Name the structure above, then mark it on one picture."]);
  assert.deepEqual(said({ labels: [], volume: summary() }).slice(0, 2), ["Paint a slice", "Name the structure above, then mark it on one slice."]);
});

test("an upload can be cancelled by keyboard", () => {
  const store = storeWith();
  let cancelled = 0;
  const panel = new ProjectsPanel(store, /** @type {any} */ ({}));
  app.append(fake(panel.element));
  const report = (/** @type {number} */ fraction) =>
    store.set({ voxels: /** @type {any} */ ({}), uploading: { text: "Uploading", fraction, cancel: () => (cancelled += 1) } });
  report(0.1);
  const button = within(within(fake(panel.element), ".upload-progress"), ".link");
  button.focus();
  report(0.2);
  assert.equal(focused(), button);
  button.click();
  assert.equal(cancelled, 1);
});

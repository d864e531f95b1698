import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { fake, newPage } from "../support/page.js";
import { openReadersDialog, ReadingsPanel } from "../../../../ui/static/panels/readings.js";
import { project, storeWith, summary } from "../support/controllers.js";
import { agreement, pair, reading, readings, told } from "../support/readings.js";

let app = newPage();
beforeEach(() => (app = newPage()));

/** @param {Partial<import("../../../../ui/static/state/types.d.ts").AppState>} patch @param {object} [answers] of the intents */
function page(patch, answers = {}) {
  /** @type {unknown[][]} */
  const asked = [];
  const intents = /** @type {any} */ (new Proxy(answers, { get: (own, name) => Reflect.get(own, name) ?? ((/** @type {unknown[]} */ ...given) => void asked.push([name, ...given])) }));
  const store = storeWith({ project: /** @type {any} */ (project()), volume: summary({ reading: told({ reader_name: null }) }), plane: "axial", cursor: [0, 0, 4], ...patch });
  const panel = new ReadingsPanel(store, { readings: intents, comparison: intents, links: { agreementTable: (id, bySlice) => `table/${id}/${bySlice}`, readingLabels: (id) => `labels/${id}` } });
  app.append(fake(panel.element));
  app.append(fake(panel.hand));
  /** @param {string} testid @returns {any} */
  const part = (testid) => app.querySelector(`[data-testid="${testid}"]`);
  const shown = () => ["reading-finish", "reading-take-back", "readings-merge", "agreement-table", "readings-end"].filter((name) => !part(name).hidden);
  return { store, asked, part, shown, intents };
}

test("nothing is said of a volume that nobody reads", () => {
  assert.equal(page({ volume: summary() }).part("readings").hidden, true);
});

test("a reader finishes their reading, and takes it back while others read", () => {
  const { store, shown, part, asked } = page({ readings: readings() });
  assert.deepEqual(shown(), ["reading-finish", "readings-end"]);
  part("reading-finish").click();
  part("reading-finish").click(); // before the first is answered
  const mine = reading({ volume_id: "v", is_mine: true, state: "finished" });
  store.set({ readings: readings({ readings: [mine, reading()] }), project: /** @type {any} */ (project({ access: "annotator", owner_name: "Vera" })) });
  assert.deepEqual(shown(), ["reading-take-back"]); // only the owner ends them
  part("reading-take-back").click();
  assert.deepEqual(asked, [["step", "finish"], ["step", "take-back"]]);
});

test("an owner who looks at somebody else's reading finishes nothing", () => {
  const others = readings({ may_see_all: true, readings: [reading({ volume_id: "v" }), reading({ reader_name: "Cy" })] });
  assert.deepEqual(page({ readings: others }).shown(), []);
  app = newPage();
  const volume = summary({ reading: told({ reader: null }) });
  assert.deepEqual(page({ readings: others, volume }).shown(), ["readings-end"]);
});

test("once all are revealed pairs are listed, compared and merged", () => {
  const revealed = readings({ state: "revealed", readings: [reading({ state: "revealed" })] });
  const { shown, part, asked } = page({ readings: revealed, agreement: agreement([pair()]), volume: summary({ reading: told({ reader: null, state: "revealed" }) }) });
  assert.deepEqual(shown(), ["readings-merge", "agreement-table"]);
  assert.equal(part("pair-facts").textContent, "Dice 0.500 · HD95 3.2 mm · 1 slice differs");
  part("readings-compare").click();
  assert.equal(asked[0][0], "compare");
  part("readings-merge").click();
  part("merge-staple").click();
});

test("while a merge is made its buttons say so and begin no other", () => {
  const runs = /** @type {any} */ ([{ id: "reading:a1", title: "Ada 1" }, { id: "reading:b2", title: "Ben 2" }]);
  const comparison = { runs, chosen: /** @type {[string, string]} */ (["reading:a1", "reading:b2"]), masks: null, beside: false, found: null };
  const { store, part } = page({ readings: readings({ state: "revealed" }), agreement: agreement(), comparison, volume: summary({ reading: told({ reader: null, state: "revealed" }) }) });
  const busy = () => ["readings-merge", "take-reading"].map((name) => [part(name).getAttribute("aria-disabled"), part(name).getAttribute("aria-busy")]);
  assert.deepEqual([busy(), part("readings-merge").textContent], [[[null, null], [null, null]], "Merge\u2026"]);
  store.set({ merging: new Set(["another"]) });
  assert.deepEqual(busy(), [[null, null], [null, null]]);
  store.set({ merging: new Set(["another", "scan"]) });
  assert.deepEqual([busy(), part("readings-merge").textContent], [[["true", "true"], ["true", "true"]], "Merging\u2026"]);
  assert.match(part("reading-hand").textContent, /^Merging\u2026/);
  assert.equal(part("readings-merge").disabled, false); // which would take the focus away
  part("readings-merge").click();
  assert.equal(part("merge-dialog"), null);
  store.set({ merging: new Set() });
  assert.match(part("reading-hand").textContent, /^This slice, by hand:/);
  assert.deepEqual(busy(), [[null, null], [null, null]]);
});

test("the table has every measure, what merges said, and both files", () => {
  const facts = { rule: "r", disputed_voxels: 7, slices: 2, readers: { a1: { 1: { sensitivity: 0.8, specificity: null } } } };
  const merges = [{ method: /** @type {const} */ ("staple"), readings: ["a1", "b2"], facts, author: "a", author_name: "Ada", at: "2026-01-02T03:04:05Z", stands: true }];
  const { part } = page({ readings: readings({ state: "revealed", merges }), agreement: agreement(), labels: [{ id: "l", value: 1, code: 1, name: "liver", color: "#ff0000", term: null }] });
  part("agreement-table").click();
  const text = part("agreement-dialog").textContent;
  for (const said of ["Ada 1 and Ben 2", "0.333", "3.2 mm", "STAPLE by Ada", "7 voxels in dispute, 2 slices painted", "Ada 1, liver: sensitivity 0.800, specificity –"]) assert.ok(text.includes(said), said);
  assert.equal(part("agreement-csv").getAttribute("href"), "table/scan/false");
  assert.doesNotMatch(text, /undefined|\{\{/);
  assert.equal(part("reading-labels").getAttribute("href"), "labels/v");
});

test("what a merge came to is said with its numbers, and whose labels were taken", () => {
  const made = (/** @type {any} */ method, /** @type {number} */ voxels, /** @type {number} */ slices, author_name = "Ada") => /** @type {any} */ ({ method, readings: ["b2"], facts: { rule: "r", disputed_voxels: voxels, slices, readers: {} }, author: "a", author_name, at: "2020-01-02T03:04:05Z", stands: true });
  const merges = [made("reading", 0, 1), made("majority", 1, 0), { ...made("reading", 0, 2), author_name: null, stands: false }];
  merges[2].facts.emptied = 1;
  const { part } = page({ readings: readings({ state: "revealed", readings: [reading({ volume_id: "a1", reader: "a", reader_name: "Ada" }), reading({ volume_id: "b2" })], merges }), agreement: agreement() });
  part("agreement-table").click();
  const text = part("agreement-dialog").textContent.replace(/2 Jan 2020 \d\d:\d\d/g, "then");
  for (const said of ["As read by Ben, painted by Ada, then. No voxel in dispute, 1 slice painted.", "Majority by Ada, then: r. 1 voxel in dispute, no slice painted.", "As read by Ben, then. No voxel in dispute, 1 slice painted, 1 emptied. Taken back or replaced: nothing of it is on the volume now."]) assert.ok(text.includes(said), text);
});

test("by hand the slice on screen is taken from one of two that are compared, of one label or of all", () => {
  const runs = /** @type {any} */ ([{ id: "reading:a1", title: "Ada 1" }, { id: "reading:b2", title: "Ben 2" }]);
  const comparison = { runs, chosen: /** @type {[string, string]} */ (["reading:a1", "reading:b2"]), masks: null, beside: false, found: null };
  const labels = [{ id: "l", value: 1, code: 1, name: "liver", color: "#ff0000", term: null }];
  const { store, part, asked } = page({ readings: readings({ state: "revealed" }), comparison, labels, activeLabel: 1, volume: summary({ reading: told({ reader: null, state: "revealed" }) }) });
  part("take-reading").click();
  part("take-only").checked = true;
  part("take-reading").click();
  assert.deepEqual(asked, [["takeSlice", "a1", null], ["takeSlice", "a1", 1]]);
  const focused = part("take-reading");
  store.set({ comparison: { ...comparison, found: null }, labels: [...labels], volume: summary({ reading: told({ reader: null, state: "revealed" }), name: "Renamed" }) });
  assert.equal(part("take-reading"), focused); // what has the focus keeps it
  store.set({ comparison: { ...comparison, chosen: ["reading:b2", "reading:a1"] } });
  assert.equal(part("take-reading").textContent, "Take Ben 2");
  store.set({ activeLabel: null });
  part("take-reading").click();
  assert.deepEqual(asked.at(-1), ["takeSlice", "b2", null]);
});

test("people are chosen from those who may paint; alone one reads a second time", async () => {
  const readers = [{ id: "a", name: "Ada", is_me: true }, { id: "b", name: "Ben", is_me: false }];
  const { intents, asked, part } = page({}, { readersOf: async () => readings({ readers }) });
  await openReadersDialog(summary(), { readings: intents });
  assert.equal(part("readers-begin").disabled, true);
  for (const box of /** @type {any} */ (app).querySelectorAll('[data-testid="reader"]')) {
    box.checked = true;
    box.dispatchEvent(new Event("change"));
  }
  assert.equal(part("readers-begin").disabled, false);
  part("readers-begin").click();
  assert.deepEqual(asked.at(-1)?.slice(2), [["a", "b"]]);
});

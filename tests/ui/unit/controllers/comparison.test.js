import assert from "node:assert/strict";
import { test } from "node:test";

import { ComparisonController } from "../../../../ui/static/controllers/comparison.js";
import { Volume } from "../../../../ui/static/viewer/volume.js";
import { apiError, fakeNotify, fakeServer, label, run, storeWith, summary } from "../support/controllers.js";

const RUNS = ["third", "second", "first"].map((id) => run({ id, state: "done", mask_id: `mask of ${id}` }));

/** Masks of 60 voxels; they differ in axial slice 4 (of "first" in slice 1 too). @param {string} id */
function voxelsOf(id) {
  const voxels = new Uint8Array(60).fill(1);
  if (id !== "mask of third") voxels.fill(0, 48, 52);
  if (id === "mask of first") voxels.fill(2, 12, 14);
  return voxels;
}

/** @param {Parameters<typeof fakeServer>[0]} answers @param {number} count of masks */
function page(answers = {}, count = 3) {
  const volume = summary({ mask_count: count });
  const shown = /** @type {any} */ ({ id: "mask of third", run_id: "third", voxels: voxelsOf("mask of third") });
  const store = storeWith({ volume, voxels: new Volume(volume), mask: shown, labels: [label(1), label(2)], showUncertainty: true });
  const { server, asked } = fakeServer({ runs: () => RUNS, maskVoxels: (/** @type {string} */ id) => voxelsOf(id).buffer, ...answers });
  const notices = fakeNotify();
  /** @type {number[]} */
  const went = [];
  const comparison = new ComparisonController(store, { server, notify: notices.notify, masks: { load: async (/** @type {string} */ id) => void asked.push(["load", id]) }, goTo: (slice) => went.push(slice) });
  return { store, asked, went, comparison, ...notices };
}

test("the run on screen is compared with the one before it, whose mask is fetched", async () => {
  const { store, comparison, asked } = page();
  await comparison.toggle();
  assert.deepEqual(store.state.comparison?.chosen, ["third", "second"]);
  assert.deepEqual(store.state.comparison?.found?.slices.axial, [0, 0, 0, 0, 4]);
  assert.equal(store.state.showUncertainty, false);
  assert.deepEqual(asked, [["runs", "v"], ["maskVoxels", "mask of second", 60]]);
  await comparison.toggle();
  assert.equal(store.state.comparison, null);
});

test("any two can be chosen; one that is compared already changes places", async () => {
  const { store, comparison, asked } = page();
  await comparison.toggle();
  await comparison.choose(0, "second");
  assert.deepEqual(store.state.comparison?.chosen, ["second", "third"]);
  await comparison.choose(1, "first");
  assert.deepEqual(store.state.comparison?.chosen, ["second", "first"]);
  assert.deepEqual(store.state.comparison?.found?.slices.axial, [0, 2, 0, 0, 0]);
  assert.deepEqual(asked.map(([, id]) => id), ["v", "mask of second", "mask of first"]);
});

test("J goes from slice to slice, those that differ most first, while runs are compared", async () => {
  const { store, comparison, went } = page();
  assert.equal(comparison.next(), false);
  await comparison.toggle();
  await comparison.choose(1, "first");
  comparison.next();
  store.set({ cursor: [0, 0, 4] });
  comparison.next();
  assert.deepEqual(went, [4, 1]);
});

test("J goes to the slice that differs most first, whatever slice the comparison began on", async () => {
  const { store, comparison, went } = page();
  store.set({ cursor: [0, 0, 1] });
  await comparison.toggle();
  await comparison.choose(1, "first");
  comparison.next();
  store.set({ cursor: [0, 0, 4] });
  comparison.next();
  store.set({ cursor: [0, 0, 1] }); // the last of them, and where it began: round again
  comparison.next();
  assert.deepEqual(went, [4, 1, 4]);
});

test("a run that begins closes the comparison, and says so; none is opened during it", async () => {
  const { store, comparison, said } = page();
  await comparison.toggle();
  store.set({ run: run({ state: "queued" }) });
  assert.equal(store.state.comparison, null);
  assert.match(said.at(-1) ?? "", /A run began/);
  await comparison.toggle();
  assert.equal(store.state.comparison, null);
  assert.match(said.at(-1) ?? "", /when it is done/);
});

test("labels that are hidden are left out", async () => {
  const { store, comparison } = page();
  await comparison.toggle();
  store.set({ hiddenLabels: new Set([1]) });
  assert.deepEqual([...(store.state.comparison?.found?.labels.keys() ?? [])], []);
});

test("labels that were deleted are left out, and are back when they are", async () => {
  const { store, comparison } = page();
  await comparison.toggle();
  comparison.choose(1, "first");
  await new Promise((resolve) => setTimeout(resolve));
  const differing = () => store.state.comparison?.found?.slices.axial;
  assert.deepEqual(differing(), [0, 2, 0, 0, 4]);
  store.set({ labels: [label(2)] });
  assert.deepEqual([[...(store.state.comparison?.found?.labels.keys() ?? [])], differing()], [[2], [0, 2, 0, 0, 0]]);
  store.set({ labels: [label(1), label(2)] });
  assert.deepEqual(differing(), [0, 2, 0, 0, 4]);
});

test("another result, another volume and uncertainty end it; another plane does not", async () => {
  const { store, comparison } = page();
  await comparison.toggle();
  const { mask } = store.state;
  store.set({ mask: mask && { ...mask } });
  assert.ok(store.state.comparison);
  store.set({ mask: mask && { ...mask, id: "m" } });
  assert.equal(store.state.comparison, null);
  store.set({ mask });
  await comparison.toggle();
  store.set({ showUncertainty: true });
  assert.equal(store.state.comparison, null);
});

test("what cannot be compared is said", async () => {
  const { comparison, said } = page({}, 1);
  await comparison.toggle();
  assert.match(said[0], /one run so far/);
  const gone = page({ runs: () => RUNS.slice(0, 1) });
  await gone.comparison.toggle();
  assert.match(gone.said[0], /one run so far/);
});

test("a mask that does not arrive ends it with its error; the next try fetches again", async () => {
  let failing = true;
  const { store, comparison, failed } = page({ maskVoxels: (/** @type {string} */ id) => (failing ? Promise.reject(apiError(0, "offline")) : voxelsOf(id).buffer) });
  await comparison.toggle();
  assert.deepEqual([store.state.comparison, failed], [null, ["error 0"]]);
  failing = false;
  await comparison.toggle();
  assert.ok(store.state.comparison?.found);
});

test("of two choices in a row the latter counts", async () => {
  const { store, comparison } = page();
  await comparison.toggle();
  await Promise.all([comparison.choose(1, "first"), comparison.choose(1, "second")]);
  assert.deepEqual(store.state.comparison?.chosen, ["third", "second"]);
  assert.deepEqual(store.state.comparison?.found?.slices.axial, [0, 0, 0, 0, 4]);
});

test("two readings are compared like runs; what is chosen while they load stays", async () => {
  const asked = /** @type {string[]} */ ([]);
  const readingVoxels = (/** @type {string} */ id) => (asked.push(id), voxelsOf(id === "a" ? "mask of third" : "mask of first").buffer);
  const { store, comparison, went } = page({ readingVoxels });
  store.set({ mask: null });
  const loading = comparison.compareReadings([{ id: "a", name: "Ada 1" }, { id: "b", name: "Ben 2" }]);
  comparison.toggleBeside(); // before the labels are here
  await loading;
  assert.deepEqual(asked, ["a", "b"]);
  assert.deepEqual(went, [4]);
  assert.equal(store.state.comparison?.beside, true);
  assert.deepEqual(store.state.comparison?.runs.map(({ title }) => title), ["Ada 1", "Ben 2"]);
});

test("an own outline is taken before readings are on screen", async () => {
  const { store, comparison } = page({ readingVoxels: () => voxelsOf("mask of first").buffer });
  /** @type {unknown[]} */
  const compared = [];
  store.when("take-outline", () => compared.push(store.state.comparison));
  await comparison.compareReadings([{ id: "a", name: "Ada 1" }, { id: "b", name: "Ben 2" }]);
  assert.deepEqual(compared, [null]);
});

test("readings whose comparison was replaced while they came move no slice", async () => {
  /** @type {(bytes: ArrayBuffer) => void} */
  let arrive = () => {};
  const late = new Promise((resolve) => (arrive = resolve));
  const { comparison, store, went } = page({ readingVoxels: () => late });
  const compared = comparison.compareReadings([{ id: "a", name: "Ada 1" }, { id: "b", name: "Ben 2" }]);
  comparison.end();
  await comparison.toggle();
  arrive(voxelsOf("mask of first").buffer);
  await compared;
  assert.deepEqual([store.state.comparison?.chosen, went], [["third", "second"], []]);
});

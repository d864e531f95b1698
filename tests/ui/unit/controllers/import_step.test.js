/** An import as one step: its slices and its labels are taken back, and come again. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { ImportStep } from "../../../../ui/static/controllers/import_step.js";
import { apiError, fakeServer, label, project, storeWith, summary } from "../support/controllers.js";
import { KIDNEY } from "../support/terms.js";

const MADE = label(3, { name: "Spleen" });
const RENAMED = label(2, { name: "Liver", color: "#00ff00" });
const BEFORE = { ...RENAMED, name: "label 2", color: "#ff0000", term: KIDNEY };
const CHANGES = [
  { slice_index: 4, before: 2, after: 3, values: [1, 2] },
  { slice_index: 7, before: 0, after: 1, values: [2, 3] },
];

/**
 * @param {Partial<Record<string, (...given: any[]) => unknown>>} [answers]
 * @param {import("../../../../ui/static/api/types.d.ts").Label[]} [labels] of the project
 * @param {import("../../../../ui/static/api/types.d.ts").PlaneName} [planeBefore]
 */
function page(answers = {}, labels = [label(1), RENAMED, MADE], planeBefore = "coronal") {
  const store = storeWith({ project: { id: "p", name: "" }, labels, volumes: [summary()] });
  const { server, asked } = fakeServer({
    project: () => project({ labels }),
    volume: () => summary({ name: "Newer" }),
    revertSlices: () => [],
    deleteLabel: () => null,
    updateLabel: () => label(2),
    restoreLabel: () => label(3),
    ...answers,
  });
  /** @type {string[]} */
  const order = [];
  const annotations = {
    /** @type {import("../../../../ui/static/controllers/annotations.js").AnnotationsController["whileImporting"]} */
    async whileImporting(volumeId, turn, prepare = async () => {}) {
      order.push(`hold ${volumeId}`);
      const found = await turn();
      await prepare(found);
      order.push("refresh");
      return found;
    },
  };
  const fetched = { fetch: async () => void order.push("labels") };
  const imported = /** @type {any} */ ({ plane: "coronal", slices: [4, 7], changes: CHANGES, labels: [RENAMED, MADE], renamed: [BEFORE], notes: "" });
  const volume = { choosePlane: async (/** @type {string} */ plane, /** @type {object} */ how) => void order.push(`choose ${plane} ${JSON.stringify(how)}`) };
  const { step } = new ImportStep(store, { server, annotations, labels: fetched, volume }, { volume: summary(), planeBefore, text: "import of labels.nii.gz", lockedText: (name) => `${name} is in the way.` }, imported);
  const changed = () => asked.filter(([name]) => name !== "project" && name !== "volume");
  return { store, step, order, changed };
}

test("what the step is called and what it shows", () => {
  const { step } = page();
  assert.deepEqual([step.text, step.volumeId, step.slices], ["import of labels.nii.gz", "v", []]);
  assert.deepEqual(step.shows, { volumeId: "v", plane: "coronal", planeBefore: "coronal", indices: [4, 7] });
});

test("slices go back first, then the labels that the import made and renamed", async () => {
  const { store, step, order, changed } = page();
  await step.command?.undo();
  assert.deepEqual(changed(), [
    ["revertSlices", "v", "coronal", [[4, 3, 2], [7, 1, 0]]],
    ["updateLabel", "l2", { name: "label 2", color: "#ff0000", term: KIDNEY }],
    ["deleteLabel", "l3", false],
  ]);
  assert.deepEqual([order, store.state.volumes[0].name], [["hold v", "refresh", "labels"], "Newer"]);
});

test("made again the labels come before the slices that need them", async () => {
  const { step, order, changed } = page({}, [label(1), BEFORE]);
  await step.command?.redo();
  assert.deepEqual(changed(), [
    ["updateLabel", "l2", { name: "Liver", color: "#00ff00", term: null }],
    ["restoreLabel", "p", { value: 3, code: 3, name: "Spleen", color: "#ff0000", term: null, with_paint: false }],
    ["revertSlices", "v", "coronal", [[4, 2, 3], [7, 0, 1]]],
  ]);
  assert.deepEqual(order, ["hold v", "labels", "refresh", "labels"]);
});

test("a label that another window has painted with by now stays", async () => {
  const painted = page({ deleteLabel: () => Promise.reject(apiError(409, "conflict")) });
  await painted.step.command?.undo();
  const away = page({ deleteLabel: () => Promise.reject(apiError(0, "offline")) });
  await assert.rejects(async () => away.step.command?.undo(), { code: "offline" });
});

test("a label that is gone already, or is there again, is left alone", async () => {
  const gone = page({}, [label(1)]);
  await gone.step.command?.undo();
  assert.deepEqual(gone.changed().map(([name]) => name), ["revertSlices"]);
  const back = page({}, [label(1), RENAMED, MADE]);
  await back.step.command?.redo();
  assert.deepEqual(back.changed().map(([name]) => name), ["updateLabel", "revertSlices"]);
});

test("an import that switched the plane takes the switch back, and makes it again", async () => {
  const { store, step, order } = page({}, undefined, "axial");
  store.set({ volume: summary(), plane: "coronal" });
  await step.command?.undo();
  assert.deepEqual(order, ["hold v", "refresh", 'choose axial {"chosen":false}', "labels"]);
  order.length = 0;
  store.set({ plane: "axial" });
  await step.command?.redo();
  assert.deepEqual(order, ["hold v", "labels", "refresh", 'choose coronal {"chosen":false}', "labels"]);
  order.length = 0;
  store.set({ plane: "sagittal" });
  await step.command?.undo();
  assert.deepEqual(order, ["hold v", "refresh", "labels"], "another plane was chosen since");
});

test("the plane of a volume that is not on screen is switched on the server alone", async () => {
  const { step, order, changed } = page({ volume: () => summary({ plane: "coronal" }), updateVolume: () => summary() }, undefined, "axial");
  await step.command?.undo();
  assert.deepEqual([changed().at(-1), order], [["updateVolume", "v", { plane: "axial", chosen: false }], ["hold v", "refresh", "labels"]]);
});

test("a locked label that the import has to do with is not touched", async () => {
  const { store, step, changed } = page();
  store.set({ lockedLabels: new Set([1]) });
  await assert.rejects(async () => step.command?.undo(), { code: "locked", message: "Label 1 is in the way." });
  await assert.rejects(async () => step.command?.redo(), /Label 1 is in the way/);
  assert.deepEqual(changed(), []);
});

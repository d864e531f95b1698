/** Importing a label map: what it brings, what is asked, and what is not touched. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { LabelImport } from "../../../../ui/static/controllers/label_import.js";
import { LabelController } from "../../../../ui/static/controllers/labels.js";
import { apiError, fakeNotify, fakeServer, label, project, storeWith, summary, until } from "../support/controllers.js";

const file = (/** @type {string} */ name) => new File(["x"], name);
const imported = (/** @type {object} */ given = {}) => ({ plane: "coronal", slices: [1, 2], changes: [], labels: [], renamed: [], notes: "", ...given });

/**
 * @param {Parameters<typeof fakeServer>[0]} answers
 * @param {boolean} [answer] to every question
 */
function page(answers, answer = true) {
  const store = storeWith({ project: { id: "p", name: "Project" }, volume: summary(), plane: "coronal" });
  const { server, asked } = fakeServer({ project: () => project({ labels: [label(4)] }), volume: () => summary({ painted: { axial: 0, coronal: 2, sagittal: 0 } }), ...answers });
  const notices = fakeNotify(answer);
  /** @type {string[]} */
  const planes = [];
  /** @type {unknown[]} */
  const chosen = [];
  const annotations = {
    /** @type {import("../../../../ui/static/controllers/annotations.js").AnnotationsController["whileImporting"]} */
    async whileImporting(_volumeId, importSlices, prepare = async () => {}) {
      const found = await importSlices();
      const isLeft = store.state.project?.id !== "p";
      assert.equal(store.state.labels.length, 0);
      await prepare(found);
      assert.equal(store.state.labels.length, isLeft ? 0 : 1);
      return found;
    },
  };
  const unused = { annotations: { refresh: async () => {} }, saver: { flush: async () => {} }, steps: { remember: () => {} } };
  const labels = new LabelController(store, { server, notify: notices.notify, ...unused });
  const volume = { choosePlane: async (/** @type {string} */ plane, /** @type {object} */ how) => void (planes.push(plane), chosen.push(how)) };
  /** @type {import("../../../../ui/static/state/history.js").Step[]} */
  const steps = [];
  const history = { remember: (/** @type {typeof steps[number]} */ step) => void steps.push(step) };
  const labelImport = new LabelImport(store, { server, notify: notices.notify, annotations, labels, volume, steps: history });
  return { store, asked, planes, chosen, steps, labelImport, ...notices };
}

/** @param {unknown[][]} asked the answers that each request to import carried */
const sentAnswers = (asked) => asked.filter(([name]) => name === "importAnnotations").map(([, , , answers]) => answers);

test("labels that a label map brings are there before its slices", async () => {
  const { store, asked, planes, labelImport, said } = page({ importAnnotations: () => imported() });
  const files = [file("labels.nii.gz"), file("labels.json")];
  await labelImport.importFiles(files);
  assert.deepEqual(asked[0].slice(0, 4), ["importAnnotations", "v", files, {}]);
  assert.deepEqual([store.state.activeLabel, said, planes], [4, ["2 painted slices imported."], []]);
});

test("slices of another plane are shown, and what was read otherwise is said", async () => {
  const { planes, chosen, labelImport, said } = page({ importAnnotations: () => imported({ plane: "sagittal", slices: [3], notes: "1 voxel is NaN." }) });
  await labelImport.importFiles([file("labels.nii.gz")]);
  assert.deepEqual([planes, said], [["sagittal"], ["1 painted slice imported, all of them sagittal.", "1 voxel is NaN."]]);
  assert.deepEqual(chosen, [{ chosen: false }], "the file leads there; no person chose it for the project");
});

test("the step of an import knows the plane that was painted in before it switched", async () => {
  const change = { slice_index: 3, before: 0, after: 1, values: [4] };
  const { steps, labelImport } = page({ importAnnotations: () => imported({ plane: "sagittal", slices: [3], changes: [change] }) });
  await labelImport.importFiles([file("labels.nii.gz")]);
  const stayed = page({ importAnnotations: () => imported({ changes: [change] }) });
  await stayed.labelImport.importFiles([file("labels.nii.gz")]);
  assert.deepEqual([steps, stayed.steps].map(([{ shows }]) => [shows?.planeBefore, shows?.plane]), [["coronal", "sagittal"], ["coronal", "coronal"]]);
});

test("the step is called by its file, and so is what a locked label stands in the way of", async () => {
  const { store, steps, labelImport } = page({ importAnnotations: () => imported({ changes: [{ slice_index: 3, before: 0, after: 1, values: [4] }] }) });
  await labelImport.importFiles([file("labels.nii.gz")]);
  assert.equal(steps[0].text, "import of labels.nii.gz");
  store.set({ lockedLabels: new Set([4]) });
  await assert.rejects(async () => steps[0].command?.undo(), { message: "Label 4 is locked. Unlock it first: the import of labels.nii.gz has to do with it." });
});

test("the question about what is painted says how long the import can be taken back", async () => {
  const paint = { painted: [1], empty: [], total: 1, tag: "t" };
  const { labelImport, notify } = page({ importAnnotations: () => { throw apiError(409, "paint_choice", { paint }); } });
  let asked = "";
  notify.choose = async (_title, text) => ((asked = text), null);
  await labelImport.importFiles([file("labels.nii.gz")]);
  assert.equal(asked, "On Scan, labels.nii.gz would change 1 painted slice. Undo takes the import back until you reload or leave the page.");
});

/** A server that asks for the plane, then for the names. */
function askingServer() {
  const planes = [{ plane: "sagittal", slices: 1 }, { plane: "axial", slices: 12 }];
  const labels = [{ code: 3, name: "Liver", color: "#111111", file_name: "Leber", file_color: null }];
  return {
    importAnnotations: (/** @type {string} */ _id, /** @type {File[]} */ _files, /** @type {{plane?: string, names?: object}} */ answers) => {
      if (!answers.plane) throw apiError(409, "plane_choice", { planes });
      if (!answers.names) throw apiError(409, "label_choice", { labels });
      return imported({ plane: answers.plane });
    },
  };
}

test("what the label map leaves open is asked, one after the other", async () => {
  const { asked, planes, labelImport, questions, failed } = page(askingServer());
  await labelImport.importFiles([file("labels.nii.gz")]);
  assert.deepEqual(questions, ["Which plane was painted? Sagittal: 1 slice, Axial: 12 slices", "3 Liver Leber"]);
  assert.deepEqual(sentAnswers(asked).at(-1), { plane: "sagittal", names: { 3: "take" } });
  assert.deepEqual([planes, failed], [["sagittal"], []]);
});

test("a label map of another grid is resampled when that is agreed to, and segments that overlap are chosen", async () => {
  const server = {
    importAnnotations: (/** @type {string} */ _id, /** @type {File[]} */ _files, /** @type {{grid?: string, overlap?: string}} */ answers) => {
      if (!answers.overlap) throw apiError(409, "overlap_choice");
      if (!answers.grid) throw apiError(409, "grid_choice");
      return imported({ notes: "It was on another grid." });
    },
  };
  const { asked, labelImport, questions, said } = page(server);
  await labelImport.importFiles([file("labels.seg.nrrd")]);
  assert.deepEqual(questions.map((text) => text.split("?")[0]), ["Which segment counts", "Resample the label map"]);
  assert.deepEqual(sentAnswers(asked).at(-1), { overlap: "last", grid: "nearest" });
  assert.deepEqual(said, ["2 painted slices imported.", "It was on another grid."]);
  const refused = page({ importAnnotations: () => { throw apiError(409, "grid_choice"); } }, false);
  await refused.labelImport.importFiles([file("labels.nii")]);
  assert.deepEqual([sentAnswers(refused.asked), refused.said, refused.failed], [[{}], [], []]);
});

test("whoever answers nothing imports nothing", async () => {
  const { asked, labelImport, said, failed } = page(askingServer(), false);
  await labelImport.importFiles([file("labels.nii.gz")]);
  assert.equal(sentAnswers(asked).length, 1);
  assert.deepEqual([said, failed], [[], []]);
});

test("an error that asks nothing is told", async () => {
  const { labelImport, failed } = page({ importAnnotations: () => { throw apiError(422, "user_error"); } });
  await labelImport.importFiles([file("labels.nii.gz")]);
  assert.deepEqual(failed, ["error 422"]);
});

test("the server is told which labels are locked, with each answer", async () => {
  const { store, asked, labelImport, said } = page({ ...paintedServer() });
  store.set({ lockedLabels: new Set([2, 7]) });
  await labelImport.importFiles([file("labels.nii.gz")]);
  assert.deepEqual(sentAnswers(asked).map((answers) => /** @type {any} */ (answers).locked), ["2,7", "2,7"]);
  assert.deepEqual(said, ["2 painted slices imported."]);
});

/** A server that asks what becomes of slices that are painted. */
function paintedServer() {
  const paint = { plane: "coronal", painted: [1, 2], empty: [4], total: 9, tag: "ab12" };
  return {
    importAnnotations: (/** @type {string} */ _id, /** @type {File[]} */ _files, /** @type {{paint?: string}} */ answers) => {
      if (!answers.paint) throw apiError(409, "paint_choice", { paint });
      return imported();
    },
  };
}

test("what is painted is not replaced without an answer", async () => {
  const { asked, labelImport, questions } = page(paintedServer());
  await labelImport.importFiles([file("labels.nii.gz")]);
  assert.deepEqual(questions, [
    "3 slices are done already Keep mine: take the other 6 slices, Merge: its labels go where nothing is painted, Replace: these slices become as in the file",
  ]);
  assert.deepEqual(sentAnswers(asked).at(-1), { paint: "keep", paint_tag: "ab12" });
  const given = page(paintedServer(), false);
  await given.labelImport.importFiles([file("labels.nii.gz")]);
  assert.deepEqual([sentAnswers(given.asked).length, given.said, given.steps], [1, [], []]);
});

test("an answer that comes after the volume was left names scan and file", async () => {
  const done = page({ importAnnotations: () => (done.store.set({ volume: summary({ id: "w", name: "Other" }) }), imported()) });
  done.store.set({ volumes: [summary(), summary({ id: "w" })] });
  await done.labelImport.importFiles([file("labels.nii.gz"), file("labels.json")]);
  assert.deepEqual([done.said, done.planes], [["2 painted slices imported from labels.nii.gz and 1 more into Scan, all of them coronal."], []]);
  assert.deepEqual(done.store.state.volumes.map(({ painted }) => painted.coronal), [2, 0]);
  assert.equal(done.store.state.labels.length, 1);
});

test("in another project no step is remembered, and its labels stay", async () => {
  const changes = [{ slice_index: 1, before: 0, after: 1, values: [4] }];
  const left = page({ importAnnotations: () => (left.store.set({ project: { id: "q", name: "" }, volume: null }), imported({ changes })) });
  await left.labelImport.importFiles([file("labels.nii.gz")]);
  assert.deepEqual([left.steps, left.store.state.labels], [[], []]);
});

test("it is shown how far an import is, and cancelled while it is read, too", async () => {
  /** @type {unknown[]} */
  const shown = [];
  const { store, labelImport, failed } = page({
    importAnnotations: (_id, _files, _answers, /** @type {(fraction: number) => void} */ report, /** @type {AbortSignal} */ signal) => {
      for (const fraction of [0.5, 1]) {
        report(fraction);
        shown.push([store.state.uploading?.text, store.state.uploading?.fraction, signal.aborted]);
      }
      store.state.uploading?.cancel?.();
      shown.push(signal.aborted);
      throw apiError(0, "cancelled");
    },
  });
  await labelImport.importFiles([file("labels.nii.gz")]);
  assert.deepEqual(shown, [["Uploading labels.nii.gz", 0.5, false], ["Reading labels.nii.gz", 1, false], true]);
  assert.deepEqual([store.state.uploading, failed], [null, ["error 0"]]);
});

test("one label map is imported at a time", async () => {
  /** @type {(answer: unknown) => void} */
  let answer = () => {};
  const { labelImport, asked, said } = page({ importAnnotations: () => new Promise((resolve) => (answer = resolve)) });
  const first = labelImport.importFiles([file("one.nii")]);
  await until(() => asked.length);
  await labelImport.importFiles([file("two.nii")]);
  assert.match(said[0], /Another label map is being imported/);
  answer(imported());
  await first;
  assert.equal(sentAnswers(asked).length, 1);
});

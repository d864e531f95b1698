import assert from "node:assert/strict";
import { test } from "node:test";

import { LabelImport } from "../../../../ui/static/controllers/label_import.js";
import { LabelController } from "../../../../ui/static/controllers/labels.js";
import { UploadController } from "../../../../ui/static/controllers/upload.js";
import { AnnotationBook } from "../../../../ui/static/state/annotations.js";
import { apiError, fakeNotify, fakeServer, label, project, storeWith, summary } from "../support/controllers.js";

const file = (/** @type {string} */ name) => new File(["x"], name);

/** @param {Parameters<typeof fakeServer>[0]} answers */
function page(answers) {
  const store = storeWith();
  const { server, asked } = fakeServer(answers);
  const notices = fakeNotify();
  /** @type {string[]} */
  const arrived = [];
  const target = { ensure: async () => "p", volumeArrived: async (/** @type {{id: string}} */ volume) => void arrived.push(volume.id) };
  return { store, asked, arrived, uploads: new UploadController(store, { server, notify: notices.notify, project: target }), ...notices };
}

test("an upload shows how far it is, then its volume", async () => {
  /** @type {(string | undefined)[]} */
  const texts = [];
  const { store, uploads, arrived } = page({
    upload: (_project, _files, report) => {
      for (const fraction of [0.5, 1]) {
        report(fraction);
        texts.push(store.state.uploading?.text);
      }
      return summary();
    },
  });
  await uploads.upload([file("scan.nii"), file(".DS_Store")]);
  assert.deepEqual(texts, ["Uploading scan.nii", "Reading scan.nii"]);
  assert.deepEqual([arrived, store.state.uploading], [["v"], null]);
});

test("hidden files alone are nothing to upload", async () => {
  const { uploads, asked } = page({});
  await uploads.upload([file(".DS_Store")]);
  assert.deepEqual(asked, []);
});

test("cancelling aborts the request", async () => {
  const { store, uploads } = page({
    upload: (_project, _files, _report, /** @type {AbortSignal} */ signal) => {
      store.state.uploading?.cancel?.();
      return signal.aborted ? Promise.reject(apiError(0, "cancelled")) : summary();
    },
  });
  await uploads.upload([file("a"), file("b")]);
  assert.equal(store.state.uploading, null);
});

test("several series are announced, and the chosen one is read", async () => {
  const choices = [{ series_uid: "1.2", description: "venous", modality: "CT", slices: 3 }];
  const { store, uploads, arrived, failed } = page({
    upload: () => Promise.reject(apiError(409, "series_choice", { upload_id: "u", choices })),
    chooseSeries: () => summary({ id: "chosen" }),
  });
  /** @type {unknown[]} */
  const announced = [];
  store.when("series-choice", (found) => announced.push(found));
  await uploads.upload([file("series.zip")]);
  assert.deepEqual([announced, failed], [[{ uploadId: "u", choices }], []]);
  await uploads.chooseSeries("u", choices[0]);
  assert.deepEqual(arrived, ["chosen"]);
});

test("a refused file is told", async () => {
  const { uploads, failed } = page({ upload: () => Promise.reject(apiError(400)) });
  await uploads.upload([file("broken.nii")]);
  assert.deepEqual(failed, ["error 400"]);
});

test("labels that a label map brings are there before its slices", async () => {
  const store = storeWith({ volume: summary(), plane: "coronal" });
  const { server, asked } = fakeServer({ importAnnotations: () => ({ slices: [1, 2] }), project: () => project({ labels: [label(4)] }) });
  const { notify, said } = fakeNotify();
  const annotations = {
    /** @type {import("../../../../ui/static/controllers/annotations.js").AnnotationsController["whileImporting"]} */
    async whileImporting(_volumeId, importSlices, prepare = async () => {}) {
      const answer = await importSlices();
      assert.equal(store.state.labels.length, 0);
      await prepare(answer);
      assert.equal(store.state.labels.length, 1);
      return answer;
    },
  };
  const map = file("labels.nii.gz");
  const unused = { annotations: { refresh: async () => {} }, saver: { flush: async () => {} }, steps: { remember: () => {} } };
  const labels = new LabelController(store, { server, notify, ...unused });
  await new LabelImport(store, { server, notify, annotations, labels }).importFile(map);
  assert.deepEqual(asked[0], ["importAnnotations", "v", map, "coronal"]);
  assert.deepEqual([store.state.activeLabel, said], [4, ["2 painted slices imported."]]);
});

test("nothing is imported over a locked label", async () => {
  const book = new AnnotationBook([3, 4, 5], "axial");
  Object.assign(book.ensure(1), { state: "painted", labels: new Uint8Array(12).fill(2) });
  const store = storeWith({ volume: summary(), annotations: book, labels: [label(1), label(2, { name: "Liver" })], lockedLabels: new Set([2]) });
  const { server, asked } = fakeServer({});
  const { notify, said } = fakeNotify();
  await new LabelImport(store, { server, notify, .../** @type {any} */ ({}) }).importFile(file("labels.nii.gz"));
  assert.deepEqual(asked, []);
  assert.match(said[0], /^Liver is locked and painted here/);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { Destinations, scanName } from "../../../../ui/static/controllers/destinations.js";
import { ImportsController } from "../../../../ui/static/controllers/imports.js";
import { UploadController } from "../../../../ui/static/controllers/upload.js";
import { DEMO_PROJECT, DEMO_SOURCE } from "../../../../ui/static/api/contract.js";
import { apiError, fakeNotify, fakeServer, project, storeWith, summary, system, until } from "../support/controllers.js";

const file = (/** @type {string} */ name) => new File(["x"], name);

/** @param {Parameters<typeof fakeServer>[0]} answers */
function page(answers) {
  const store = storeWith({ project: { id: "p", name: "Mine" }, volumes: [summary({ source_name: "own.nii" })] });
  const { server, asked } = fakeServer(answers);
  const notices = fakeNotify();
  /** @type {string[]} */
  const arrived = [];
  const arrive = (/** @type {{id: string}} */ volume) => void arrived.push(volume.id);
  const target = { volumeArrived: async (/** @type {{id: string}} */ volume) => arrive(volume), volumeListed: arrive, show: async () => {} };
  const destinations = new Destinations(store, { server });
  const imports = new ImportsController(store, { server, notify: notices.notify, project: target, destinations });
  return { store, asked, arrived, uploads: new UploadController(store, { server, notify: notices.notify, project: target, destinations, imports }), ...notices };
}

/** The page as a newcomer finds it. @param {Parameters<typeof fakeServer>[0]} answers */
function demoPage(answers) {
  const found = page({ createProject: (name) => project({ id: "new", name }), project: () => project({ id: "new" }), deleteProject: () => null, ...answers });
  found.store.set({ project: { id: "d", name: DEMO_PROJECT }, volumes: [summary({ source_name: DEMO_SOURCE })] });
  return found;
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

test("what was left out of a scan is said", async () => {
  const { uploads, said } = page({ upload: () => summary({ notes: "1 file holds the same slice as another one and was left out." }) });
  await uploads.upload([file("a")]);
  assert.match(said.join(" "), /1 file holds the same slice/);
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

test("what is read already can be cancelled, too", async () => {
  /** @type {boolean[]} */
  const offered = [];
  const { store, uploads } = page({
    upload: (_project, _files, /** @type {(fraction: number) => void} */ report) => {
      for (const fraction of [0.5, 1]) {
        report(fraction);
        offered.push(Boolean(store.state.uploading?.cancel));
      }
      return summary();
    },
  });
  await uploads.upload([file("a")]);
  assert.deepEqual(offered, [true, true]);
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

test("slices that form no regular stack are resampled if that is wanted", async () => {
  const choices = [{ series_uid: "1.2", description: "head", modality: "CT", slices: 3 }];
  const answers = [apiError(409, "resample_choice", { upload_id: "u" }), null, apiError(409, "resample_choice", { upload_id: "w" }), null];
  const bring = () => {
    const error = answers.shift();
    return error ? Promise.reject(error) : summary();
  };
  const { store, uploads, arrived, asked, failed } = page({ upload: bring, chooseSeries: bring });
  /** @type {unknown[]} */
  const announced = [];
  store.when("resample-choice", (found) => announced.push(found));
  await uploads.upload([file("tilted.zip")]);
  assert.deepEqual([announced, failed, arrived, store.state.uploading], [[{ uploadId: "u", seriesUid: null, message: "error 409" }], [], [], null]);
  await uploads.resample("u", null);
  assert.deepEqual([asked.at(-1)?.slice(0, 4), arrived], [["chooseSeries", "u", null, { resample: true }], ["v"]]);

  answers.unshift(apiError(409, "series_choice", { upload_id: "w", choices }));
  await uploads.upload([file("two.zip")]);
  await uploads.chooseSeries("w", choices[0]);
  assert.deepEqual(announced[1], { uploadId: "w", seriesUid: "1.2", message: "error 409" });
  await uploads.resample("w", "1.2");
  assert.deepEqual([asked.at(-1)?.slice(0, 4), arrived, failed], [["chooseSeries", "w", "1.2", { resample: true }], ["v", "v"], []]);
});

test("what is too large is opened at half resolution if that is wanted", async () => {
  const answers = [apiError(409, "half_choice", { upload_id: "u" }), null];
  const bring = () => {
    const error = answers.shift();
    return error ? Promise.reject(error) : summary();
  };
  const { store, uploads, arrived, asked, failed } = page({ upload: bring, chooseSeries: bring });
  /** @type {unknown[]} */
  const announced = [];
  store.when("half-choice", (found) => announced.push(found));
  await uploads.upload([file("micro.nii")]);
  assert.deepEqual([announced, failed, arrived], [[{ uploadId: "u", seriesUid: null, message: "error 409" }], [], []]);
  await uploads.halve("u", null);
  assert.deepEqual([asked.at(-1)?.slice(0, 4), arrived], [["chooseSeries", "u", null, { half: true }], ["v"]]);
});

test("reading a chosen series, or resampling, can be cancelled", async () => {
  /** @type {string[]} */
  const shown = [];
  const { store, uploads, arrived } = page({
    upload: () => Promise.reject(apiError(409, "resample_choice", { upload_id: "u" })),
    chooseSeries: (_upload, _series, _how, /** @type {AbortSignal} */ signal) => {
      shown.push(store.state.uploading?.text ?? "");
      store.state.uploading?.cancel?.();
      return signal.aborted ? Promise.reject(Object.assign(new Error("aborted"), { name: "AbortError" })) : summary();
    },
  });
  await uploads.upload([file("tilted.zip")]);
  await uploads.resample("u", null);
  await uploads.upload([file("two.zip")]);
  await uploads.chooseSeries("u", { series_uid: "1.2", description: "venous", modality: "CT", slices: 3 });
  assert.deepEqual([shown, arrived, store.state.uploading], [["Resampling", "Reading venous"], [], null]);
});

test("a refused file is told", async () => {
  const { uploads, failed } = page({ upload: () => Promise.reject(apiError(400)) });
  await uploads.upload([file("broken.nii")]);
  assert.deepEqual(failed, ["error 400"]);
});

test("a server that keeps no names does not get a scan's as a project's", async () => {
  const { store, uploads, asked } = demoPage({ upload: () => summary() });
  store.set({ system: system({ deidentify: true }) });
  await uploads.upload([file("Ms Doe.nii.gz")]);
  assert.deepEqual(asked.filter(([name]) => name === "createProject"), [["createProject", "My project"]]);
});

/** @param {unknown[][]} asked */
const destinations = (asked) => asked.filter(([name]) => name === "upload").map(([, id]) => id);

test("a scan goes into the project that is open, unless that is the demo", async () => {
  const own = page({ upload: () => summary() });
  await own.uploads.upload([file("scan.nii")]);
  assert.deepEqual([destinations(own.asked), own.said], [["p"], []]);
  const demo = demoPage({ upload: () => summary() });
  await demo.uploads.upload([file("Ms Doe.nii.gz")]);
  assert.deepEqual(demo.asked.filter(([name]) => name !== "upload"), [["createProject", "Ms Doe"]]);
  assert.deepEqual([destinations(demo.asked), demo.arrived], [["new"], ["v"]]);
  assert.match(demo.said[0], /^This scan has its own project/);
});

test("a demo that holds an own scan already, or was renamed and emptied, takes the next one too", async () => {
  const { store, asked, uploads } = demoPage({ upload: () => summary() });
  store.set({ volumes: [summary({ source_name: DEMO_SOURCE }), summary({ source_name: "own.nii" })] });
  await uploads.upload([file("a.nii")]);
  store.set({ volumes: [] });
  await uploads.upload([file("b.nii")]);
  store.set({ project: { id: "d", name: "Renamed" } });
  await uploads.upload([file("c.nii")]);
  store.set({ project: null });
  await uploads.upload([file("d.nii")]);
  assert.deepEqual(destinations(asked), ["d", "new", "d", "new"]);
});

test("scans dropped one after the other over the demo share a project, which goes when none of them comes", async () => {
  let refuse = /** @type {(error: Error) => void} */ (() => {});
  const first = new Promise((_, reject) => (refuse = reject));
  const answers = [first, Promise.reject(apiError(400))];
  const { asked, uploads, failed } = demoPage({ upload: () => answers.shift() });
  const uploading = uploads.upload([file("a.nii")]);
  await uploads.upload([file("broken.nii")]);
  assert.deepEqual([destinations(asked), asked.some(([name]) => name === "deleteProject")], [["new", "new"], false]);
  refuse(apiError(0, "cancelled"));
  await uploading;
  assert.deepEqual(asked.filter(([name]) => name === "createProject" || name === "deleteProject"), [["createProject", "a"], ["deleteProject", "new"]]);
  assert.equal(failed.length, 2);
});

test("a project that holds something by now is not taken back", async () => {
  const { asked, uploads } = demoPage({ upload: () => Promise.reject(apiError(400)), project: () => project({ id: "new", volumes: [summary()] }) });
  await uploads.upload([file("a.nii")]);
  assert.equal(asked.some(([name]) => name === "deleteProject"), false);
});

test("choosing none of several series takes the project back; one that cannot be made is told", async () => {
  const refused = () => Promise.reject(apiError(409, "series_choice", { upload_id: "u", choices: [] }));
  const { asked, uploads } = demoPage({ upload: refused });
  await uploads.upload([file("series.zip")]);
  assert.equal(asked.some(([name]) => name === "deleteProject"), false);
  await uploads.chooseNone("u");
  assert.deepEqual(asked.at(-1), ["deleteProject", "new"]);
  const full = demoPage({ createProject: () => Promise.reject(apiError(409, "quota")) });
  await full.uploads.upload([file("a.nii")]);
  assert.deepEqual([full.failed, full.store.state.uploading], [["error 409"], null]);
});

test("a project is called what a person calls the scan", () => {
  const inFolder = (/** @type {string} */ path) => Object.assign(file(path.split("/").at(-1) ?? ""), { relativePath: path });
  assert.equal(scanName([file("CT abdomen.nii.gz")]), "CT abdomen");
  assert.equal(scanName([file("series.zip")]), "series");
  assert.equal(scanName([file("1.2.840.113")]), "1.2.840.113");
  assert.equal(scanName([inFolder("Study 7/a/1.dcm"), inFolder("Study 7/a/2.dcm")]), "Study 7");
  assert.equal(scanName([file("1.dcm"), file("2.dcm")]), "My project");
  assert.equal(scanName([file(`${"x".repeat(230)}.nii`)]).length, 200);
  assert.equal(scanName([file(`${"\u{1FAC1}".repeat(230)}.nii`)]), "\u{1FAC1}".repeat(200), "no half of a character");
});

test("several scans become a list, and so do all series of one upload", async () => {
  const choices = ["1.2", "1.3"].map((uid) => ({ series_uid: uid, description: uid, modality: "CT", slices: 3 }));
  const { store, uploads, arrived } = page({
    upload: (_project, /** @type {File[]} */ [{ name }]) => (name === "two.zip" ? Promise.reject(apiError(409, "series_choice", { upload_id: "u", choices })) : summary({ id: name })),
    chooseSeries: (_upload, uid) => summary({ id: String(uid) }),
  });
  await uploads.upload([file("a.nii"), file("b.nii"), file("notes.txt")]);
  await until(() => arrived.length === 2);
  assert.deepEqual(store.state.imports.map(({ name, state }) => [name, state]), [["a", "done"], ["b", "done"]]);
  await uploads.upload([file("two.zip")]);
  uploads.chooseAll("u", choices);
  await until(() => arrived.length === 4);
  assert.deepEqual(arrived.slice(2), ["1.2", "1.3"]);
});

test("a scan that the project has is told, and not as an error", async () => {
  const { uploads, said, failed, arrived } = page({ upload: () => Promise.reject(apiError(409, "same_scan")) });
  await uploads.upload([file("a.nii")]);
  assert.deepEqual([said, failed, arrived], [["error 409"], [], []]);
});

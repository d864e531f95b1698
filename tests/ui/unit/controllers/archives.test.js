/** Scans from archives, and masks into them. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { ArchiveController } from "../../../../ui/static/controllers/archives.js";
import { Destinations } from "../../../../ui/static/controllers/destinations.js";
import { ImportsController } from "../../../../ui/static/controllers/imports.js";
import { UploadController } from "../../../../ui/static/controllers/upload.js";
import { apiError, fakeNotify, fakeServer, pause, project, storeWith, summary, system, until } from "../support/controllers.js";

const ARCHIVE = { id: "main", name: "PACS", store: true };
const STUDY = { study_uid: "1.2", patient_id: "P1", patient_name: "Miller, Ada", date: "2026-02-03", description: "Abdomen", modalities: ["CT"], series: 1, instances: 20 };
const SERIES = { series_uid: "1.3", modality: "CT", description: "Body 3.0", number: 1, date: "", instances: 20, is_scan: true };

/** @param {Parameters<typeof fakeServer>[0]} answers */
function page(answers, notices = fakeNotify()) {
  const store = storeWith({ project: { id: "p", name: "Mine" }, volumes: [summary()] });
  const { server, asked } = fakeServer({ fetchProgress: () => ({ instances: 0, bytes: 0 }), ...answers });
  /** @type {string[]} */
  const arrived = [];
  const arrive = (/** @type {{id: string}} */ volume) => void arrived.push(volume.id);
  const target = { volumeArrived: async (/** @type {{id: string}} */ volume) => arrive(volume), volumeListed: arrive, show: async () => {} };
  const destinations = new Destinations(store, { server });
  const imports = new ImportsController(store, { server, notify: notices.notify, project: target, destinations });
  const uploads = new UploadController(store, { server, notify: notices.notify, project: target, destinations, imports });
  return { store, asked, arrived, archives: new ArchiveController(store, { server, notify: notices.notify, uploads }, { pollMs: 2 }), ...notices };
}

test("a series comes with progress, then as a volume", async () => {
  /** @type {Set<string>} */
  const texts = new Set();
  const counts = [0, 12, 20, 5];
  const { store, asked, arrived, archives } = page({
    fetchProgress: () => ({ instances: counts.shift() ?? 20, bytes: 1 }),
    fetchSeries: () => until(() => !counts.length).then(() => pause(1)).then(() => summary()),
  });
  store.on("uploading", ({ uploading }) => void (uploading && texts.add(`${uploading.text} ${uploading.fraction}`)));
  await archives.open(ARCHIVE, STUDY, SERIES);
  assert.deepEqual([...texts], ["0 images came from PACS 0", "12 images came from PACS 0.6", "Reading the images 1"]);
  assert.deepEqual([arrived, store.state.uploading], [["v"], null]);
  const [, archive, projectId, wanted] = /** @type {any[]} */ (asked.find(([name]) => name === "fetchSeries"));
  assert.deepEqual([archive, projectId, wanted.study_uid, wanted.series_uid, wanted.again], ["main", "p", "1.2", "1.3", false]);
  assert.match(wanted.fetch_id, /^[0-9a-f]{32}$/);
  assert.ok(asked.filter(([name]) => name === "fetchProgress").every(([, id]) => id === wanted.fetch_id));
});

test("cancelling ends the request, and what is polled then shows nothing", async () => {
  const { store, archives, failed } = page({
    fetchProgress: () => pause(5).then(() => ({ instances: 3, bytes: 1 })),
    fetchSeries: async (_archive, _project, _wanted, /** @type {AbortSignal} */ signal) => {
      await pause(4);
      store.state.uploading?.cancel?.();
      throw signal.aborted ? apiError(0, "cancelled") : new Error("not cancelled");
    },
  });
  await archives.open(ARCHIVE, STUDY, SERIES);
  await pause(10);
  assert.equal(store.state.uploading, null);
  assert.deepEqual(failed, ["error 0"]);
});

test("a scan that is there already comes again only when asked for", async () => {
  /** @type {boolean[]} */
  const again = [];
  const notices = fakeNotify();
  notices.notify.say = (_text, options) => void options?.action?.run();
  const { arrived, archives } = page(
    {
      fetchSeries: (_archive, _project, /** @type {{ again: boolean }} */ wanted) => {
        again.push(wanted.again);
        if (!wanted.again) throw apiError(409, "same_scan", { volume_id: "v" });
        return summary();
      },
    },
    notices,
  );
  await archives.open(ARCHIVE, STUDY, SERIES);
  await pause(5);
  assert.deepEqual([again, arrived], [[false, true], ["v"]]);
});

test("what waits for a choice is asked as for an upload", async () => {
  const { store, archives } = page({
    fetchSeries: () => {
      throw apiError(409, "resample_choice", { upload_id: "u" });
    },
  });
  /** @type {unknown[]} */
  const events = [];
  store.when("resample-choice", (detail) => void events.push(detail));
  await archives.open(ARCHIVE, STUDY, SERIES);
  assert.deepEqual(events, [{ uploadId: "u", seriesUid: null, message: "error 409" }]);
});

test("where no project is open one is made with the series' name, unless names are not kept", async () => {
  for (const [deidentify, name] of /** @type {const} */ ([[false, "Body 3.0"], [true, "New project"]])) {
    const { store, asked, archives } = page({ createProject: () => project({ id: "new" }), fetchSeries: () => summary() });
    store.set({ project: null, volumes: [], system: system({ deidentify }) });
    await archives.open(ARCHIVE, STUDY, SERIES);
    const made = asked.find(([called]) => called === "createProject")?.[1];
    if (deidentify) assert.notEqual(made, "Body 3.0");
    else assert.equal(made, name);
  }
});

test("who only looks brings nothing", async () => {
  const { store, asked, archives, said } = page({});
  store.set({ project: { id: "p", name: "Theirs", access: "reviewer", ownerName: "Ada" } });
  await archives.open(ARCHIVE, STUDY, SERIES);
  assert.deepEqual([asked, said.length], [[], 1]);
});

test("a mask is sent as the object that was chosen", async () => {
  const { asked, archives, said, questions } = page({ storeMask: () => null });
  await archives.send(ARCHIVE, "m");
  assert.deepEqual(asked, [["storeMask", "main", "m", "seg"]]);
  assert.match(questions[0], /^Send to PACS DICOM segmentation/);
  assert.deepEqual(said, ["Sending the mask to PACS…", "PACS has the mask now, in the study of its scan."]);
});

test("what fails is told, and nothing goes where none was chosen", async () => {
  const { archives, failed, withdrawn } = page({
    storeMask: () => {
      throw apiError(422);
    },
  });
  await archives.send(ARCHIVE, "m");
  assert.deepEqual([failed, withdrawn], [["error 422"], ["send-m"]]);
  const none = page({}, fakeNotify(false));
  await none.archives.send(ARCHIVE, "m");
  assert.deepEqual(none.asked, []);
});

test("searches that fail are the dialog's to tell", async () => {
  const { archives, failed } = page({});
  await assert.rejects(async () => archives.studies(ARCHIVE, {}), /archiveStudies/);
  await assert.rejects(async () => archives.series(ARCHIVE, STUDY), /archiveSeries/);
  assert.deepEqual(failed, []);
});

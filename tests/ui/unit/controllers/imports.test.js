import assert from "node:assert/strict";
import { test } from "node:test";

import { Destinations } from "../../../../ui/static/controllers/destinations.js";
import { ImportsController } from "../../../../ui/static/controllers/imports.js";
import { DEMO_PROJECT, DEMO_SOURCE } from "../../../../ui/static/api/contract.js";
import { importSummary } from "../../../../ui/static/state/imports.js";
import { apiError, fakeNotify, fakeServer, project, storeWith, summary, until } from "../support/controllers.js";

/** @param {string[]} names */
const groups = (...names) => names.map((name) => ({ name, files: [new File(["x"], `${name}.nii`)] }));

/** @param {Parameters<typeof fakeServer>[0]} answers */
function page(answers) {
  const store = storeWith({ project: { id: "p", name: "Mine" }, volumes: [summary()], volume: summary() });
  const { server, asked } = fakeServer(answers);
  const notices = fakeNotify();
  /** @type {string[]} */
  const shown = [];
  /** @type {string[]} */
  const listed = [];
  const target = {
    volumeArrived: async (/** @type {{id: string}} */ { id }) => void shown.push(id),
    volumeListed: (/** @type {{id: string}} */ { id }) => void listed.push(id),
  };
  const imports = new ImportsController(store, { server, notify: notices.notify, project: target, destinations: new Destinations(store, { server }) });
  const states = () => store.state.imports.map(({ name, state }) => `${name} ${state}`);
  return { store, asked, imports, shown, listed, states, ended: () => until(() => !imports.busy && notices.said.length), ...notices };
}

/** Answers by name of the file. @param {Record<string, () => unknown>} answers */
const byName = (answers) => (/** @type {string} */ _id, /** @type {File[]} */ [file]) => answers[file.name.replace(".nii", "")]();

test("scans come one after the other, and one that fails stops none", async () => {
  let running = 0;
  const bring = (/** @type {string} */ id) => async () => {
    assert.equal(running, 0, "one at a time");
    running += 1;
    await new Promise((resolve) => setTimeout(resolve));
    running -= 1;
    return summary({ id });
  };
  const { imports, states, listed, shown, ended, said, store } = page({ upload: byName({ a: bring("a"), b: () => Promise.reject(apiError(400)), c: bring("c") }) });
  imports.add(groups("a", "b", "c"));
  assert.deepEqual(states(), ["a uploading", "b waiting", "c waiting"]);
  await ended();
  assert.deepEqual(states(), ["a done", "b failed", "c done"]);
  assert.equal(store.state.imports[1].text, "error 400");
  assert.deepEqual([listed, shown], [["a", "c"], []], "what is on screen stays there");
  assert.deepEqual(said, ["2 of 3 imported \u00b7 1 failed."]);
});

test("what failed is tried again, alone or all of them", async () => {
  const failures = { a: 2, b: 1 };
  const bring = (/** @type {"a" | "b"} */ id) => () => ((failures[id] -= 1) >= 0 ? Promise.reject(apiError(503)) : summary({ id }));
  const { imports, states, store, ended, said } = page({ upload: byName({ a: bring("a"), b: bring("b") }) });
  imports.add(groups("a", "b"));
  await ended();
  imports.retry(store.state.imports[1].id);
  await until(() => said.length === 2);
  assert.deepEqual(states(), ["a failed", "b done"]);
  imports.retryFailed();
  await until(() => said.length === 3);
  imports.retryFailed();
  await until(() => states().join() === "a done,b done");
});

test("one that waits is cancelled, one that is on its way is ended, and all are", async () => {
  const hang = (/** @type {string} */ _id, /** @type {File[]} */ _files, /** @type {unknown} */ _report, /** @type {AbortSignal} */ signal) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(apiError(0, "cancelled"))));
  const { imports, states, store, ended } = page({ upload: hang });
  imports.add(groups("a", "b", "c", "d"));
  const ids = store.state.imports.map(({ id }) => id);
  await until(() => states()[0] === "a uploading");
  imports.cancel(ids[1]);
  imports.clear();
  assert.equal(states().length, 4, "the list stays while something is on its way");
  imports.cancelAll();
  await ended();
  assert.deepEqual(states(), ["a cancelled", "b cancelled", "c cancelled", "d cancelled"]);
  imports.clear();
  assert.deepEqual(states(), []);
});

test("an upload of several series waits, while others come, and becomes a volume each", async () => {
  const choices = ["1.2", "1.3"].map((uid) => ({ series_uid: uid, description: `series ${uid}`, modality: "CT", slices: 3 }));
  const ask = () => Promise.reject(apiError(409, "series_choice", { upload_id: "u", choices }));
  const series = (/** @type {string} */ _upload, /** @type {string} */ uid) => summary({ id: uid });
  const { imports, states, store, asked, listed, ended } = page({ upload: byName({ a: ask, b: () => summary({ id: "b" }) }), chooseSeries: series });
  imports.add(groups("a", "b"));
  await ended();
  assert.deepEqual(states(), ["a asks", "b done"]);
  assert.deepEqual([store.state.imports[0].offer, store.state.imports[0].series], ["All 2, each a volume", 2]);
  imports.acceptAll();
  await until(() => states().join() === "series 1.2 done,series 1.3 done,b done");
  assert.deepEqual(listed, ["b", "1.2", "1.3"]);
  assert.deepEqual(asked.filter(([name]) => name === "chooseSeries").map(([, upload, uid, how]) => [upload, uid, how]), [["u", "1.2", { again: false }], ["u", "1.3", { again: false }]]);
});

test("series that come later are counted without what was cancelled before", async () => {
  const { imports, states, said, store } = page({ chooseSeries: (_upload, uid) => summary({ id: uid }) });
  const left = { id: 0, name: "old", state: /** @type {const} */ ("cancelled"), fraction: 0, text: "", offer: "", series: 0 };
  store.set({ imports: [left, { ...left, id: -1, name: "broken", state: "failed" }] });
  const choices = ["1.2", "1.3"].map((uid) => ({ series_uid: uid, description: `series ${uid}`, modality: "CT", slices: 3 }));
  imports.addSeries({ projectId: "p", leavesDemo: false, giveUp: async () => {} }, "u", choices);
  await until(() => said.length);
  assert.deepEqual(states(), ["broken failed", "series 1.2 done", "series 1.3 done"]);
  assert.deepEqual(said, ["2 of 3 imported \u00b7 1 failed."]);
});

test("one that is too large offers half resolution", async () => {
  const { asked, imports, states, ended, store } = page({
    upload: byName({ a: () => Promise.reject(apiError(409, "half_choice", { upload_id: "u" })), b: () => summary({ id: "b" }) }),
    chooseSeries: () => summary({ id: "halved" }),
  });
  imports.add(groups("a", "b"));
  await ended();
  assert.deepEqual([states(), store.state.imports[0].offer], [["a asks", "b done"], "Import at half resolution"]);
  imports.acceptAll();
  await until(() => states()[0] === "a done");
  assert.deepEqual(asked.at(-1)?.slice(0, 4), ["chooseSeries", "u", null, { half: true, again: false }]);
});

test("one of several series is chosen, and resampled if that is asked then", async () => {
  const choices = [{ series_uid: "1.2", description: "", modality: "CT", slices: 0 }];
  const answers = [() => Promise.reject(apiError(409, "resample_choice", { upload_id: "u" })), () => summary({ id: "chosen" })];
  const { imports, states, store, asked, questions } = page({ upload: () => Promise.reject(apiError(409, "series_choice", { upload_id: "u", choices })), chooseSeries: () => answers.shift()?.() });
  imports.add(groups("a"));
  await until(() => states()[0] === "a asks");
  const [{ id }] = store.state.imports;
  await imports.choose(id);
  await until(() => store.state.imports[0].offer === "Resample and import");
  imports.accept(id);
  await until(() => states()[0] === "a done");
  assert.deepEqual([asked.at(-1)?.slice(0, 4), questions.length], [["chooseSeries", "u", "1.2", { resample: true, again: false }], 1]);
});

test("a scan that the project has is said, and comes again only if that is asked for", async () => {
  const upload = (/** @type {unknown[]} */ ...given) => (given[4] ? summary({ id: "twice" }) : Promise.reject(apiError(409, "same_scan")));
  const { imports, states, store, listed } = page({ upload });
  imports.add(groups("a", "b"));
  await until(() => states().join() === "a present,b present");
  assert.equal(importSummary(store.state.imports)?.text, "0 of 2 imported \u00b7 2 in the project already");
  imports.retryFailed();
  assert.deepEqual(states(), ["a present", "b present"]);
  imports.retry(store.state.imports[0].id);
  await until(() => states().join() === "a done,b present");
  assert.deepEqual(listed, ["twice"]);
});

test("scans on the demo get one project, which opens with the first; it goes when none comes, and a later try makes another", async () => {
  let fails = true;
  const made = () => project({ id: `new${(count += 1)}` });
  let count = 0;
  const { imports, store, shown, asked, states } = page({
    createProject: made,
    project: (id) => project({ id }),
    deleteProject: () => null,
    upload: (/** @type {string} */ id) => (fails ? Promise.reject(apiError(400)) : summary({ id: `in ${id}`, project_id: id })),
  });
  store.set({ project: { id: "d", name: DEMO_PROJECT }, volumes: [summary({ source_name: DEMO_SOURCE })], volume: null });
  imports.add(groups("a", "b"));
  await until(() => asked.some(([name]) => name === "deleteProject"));
  fails = false;
  await until(() => !imports.busy);
  imports.retryFailed();
  await until(() => states().join() === "a done,b done");
  assert.deepEqual(asked.filter(([name]) => name === "upload").map(([, id]) => id), ["new1", "new1", "new2", "new2"]);
  assert.deepEqual(shown, ["in new2"]);
});

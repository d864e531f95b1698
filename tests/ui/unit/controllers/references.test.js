import assert from "node:assert/strict";
import { test } from "node:test";

import "../support/page.js";
import { fakeNotify, fakeServer, run, storeWith, summary } from "../support/controllers.js";
import { ReferenceController } from "../../../../ui/static/controllers/references.js";
import { REFERENCE, withReference } from "../../../../ui/static/state/reference.js";

const RUNS = withReference([run({ id: "a", mask_id: "m" })], true);

/** @param {Parameters<typeof fakeServer>[0]} answers @param {boolean} answer to questions */
function page(answers, answer = true) {
  const volume = summary();
  const store = storeWith({ volume, volumes: [volume] });
  const { server, asked } = fakeServer(answers);
  /** @type {string[]} */
  const did = [];
  const parts = { labels: { fetch: async () => did.push("labels") }, comparison: { end: () => did.push("end"), toggle: async () => did.push("toggle") } };
  const notices = fakeNotify(answer);
  const references = new ReferenceController(store, /** @type {any} */ ({ server, notify: notices.notify, ...parts }));
  return { store, asked, did, references, ...notices };
}

const compared = /** @type {any} */ ({ runs: RUNS, chosen: ["a", REFERENCE], masks: null, found: null });

test("scores are asked for while a mask is held against the reference, and again at another tolerance", async () => {
  const { store, asked, references } = page({ scores: (/** @type {string} */ id, /** @type {number} */ tolerance) => ({ id, tolerance }) });
  store.set({ comparison: compared });
  await new Promise(setImmediate);
  assert.deepEqual(store.state.scores, { id: "m", tolerance: 2 });
  store.set({ comparison: { ...compared } }); // no other question
  references.set({ toleranceMm: 3, leaveOut: true });
  await new Promise(setImmediate);
  assert.deepEqual(asked, [["scores", "m", 2, false], ["scores", "m", 3, true]]);
  store.set({ comparison: null });
  assert.equal(store.state.scores, null);
});

test("a reference takes the place of the one before, and its labels are fetched", async () => {
  const { did, asked, references } = page({ importReference: () => ({ labels: [{}], notes: "" }), volume: () => summary({ has_reference: true }) });
  await references.importFiles([/** @type {any} */ ({ name: "r.nii" })]);
  assert.deepEqual(did, ["end", "labels"]);
  assert.deepEqual(asked.map(([name]) => name), ["importReference", "volume"]);
});

test("which name counts is asked, and giving up imports nothing", async () => {
  const { asked, did, references } = page({
    importReference: () => {
      throw Object.assign(new Error("which?"), { code: "label_choice", detail: { labels: [] } });
    },
  });
  await references.importFiles([/** @type {any} */ ({ name: "r.nii" })]);
  assert.deepEqual(asked.map(([name]) => name), ["importReference"]);
  assert.deepEqual(did, []);
});

test("a reference of another grid is resampled when that is agreed to", async () => {
  const { asked, did, references, questions } = page({
    importReference: (/** @type {string} */ _id, /** @type {File[]} */ _files, /** @type {{grid?: string}} */ answers) => {
      if (!answers.grid) throw Object.assign(new Error("Is it of another scan?"), { code: "grid_choice" });
      return { labels: [{}], notes: "" };
    },
    volume: () => summary({ has_reference: true }),
  });
  await references.importFiles([/** @type {any} */ ({ name: "r.nii" })]);
  assert.deepEqual([questions, asked[1][3], did], [["Resample the label map?"], { grid: "nearest" }, ["end", "labels"]]);
});

test("a reference is forgotten only after asking", async () => {
  const kept = page({}, false);
  await kept.references.forget();
  assert.deepEqual([kept.asked, kept.did, kept.questions], [[], [], ["Forget the reference of Scan?"]]);
  const { asked, did, references } = page({ deleteReference: () => null, volume: () => summary() });
  await references.forget();
  assert.deepEqual([asked.map(([name]) => name), did], [["deleteReference", "volume"], ["end"]]);
});

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { fake, newPage } from "../support/page.js";
import { run, storeWith } from "../support/controllers.js";
import { modelLine, openProjectFromModel, openSaveModel, openUseModel } from "../../../../ui/static/panels/model_files.js";

/** @import { FakeElement } from "../support/dom.js" */
/** @import { CheckedModel, Model, ModelFacts } from "../../../../ui/static/api/types.d.ts" */

let app = newPage();
beforeEach(() => void (app = newPage()));

/** @param {string} testid */
const part = (testid) => /** @type {FakeElement & {hidden: boolean, value: string}} */ (app.querySelector(`[data-testid="${testid}"]`));
const OWN = /** @type {Model} */ ({ id: "own", created_at: "2026-11-27T14:05:00Z", imported: null, sources: [{ volume_id: "a", name: "Scan A", slices: [1] }] });
const OTHER = /** @type {Model} */ (/** @type {unknown} */ ({ id: "other", created_at: "2026-11-26T14:05:00Z", sources: [], imported: { title: "Organs", sha256: "abc", licence: "", author: "", by: "", by_name: null, at: "" } }));
const FACTS = /** @type {ModelFacts} */ ({
  title: "Organs", author: "", licence: "MIT", note: "", program: "Few-shot SAM", created: "2026-11-27", method: "triplanar", method_title: "Three planes", settings: {}, seed: 0,
  encoder: "lite-medsam", encoder_title: "LiteMedSAM", encoder_identity: "x", plane: "axial", window: null, input_size: 256, slices: 4,
  labels: [{ code: 3, name: "Spleen", color: "#00ff00", dice: 0.912 }, { code: 7, name: "", color: null, dice: null }],
  sources: [{ sha256: "f".repeat(64), slices: 4 }], contents: { weights: 10, averages: 3, slice_vectors: 4, vector_length: 256 }, file_bytes: 5000,
});

/** @type {unknown[][]} */
let asked = [];
/** @param {ModelFacts | null} facts */
function intents(facts = FACTS) {
  asked = [];
  const note = (/** @type {string} */ name) => async (/** @type {unknown[]} */ ...given) => void asked.push([name, ...given]);
  const models = { facts: async () => facts, check: async () => /** @type {CheckedModel | null} */ (null), take: note("take"), begin: async (/** @type {string} */ name) => (asked.push(["begin", name]), /** @type {string | null} */ (null)), discard: note("discard"), predict: note("predict") };
  const links = { modelFile: (/** @type {string} */ id, /** @type {Record<string, string>} */ typed) => `${id}?${new URLSearchParams(typed)}` };
  return { models, links };
}

const desk = (/** @type {object} */ patch) => storeWith(/** @type {any} */ ({ project: { id: "p", name: "", access: "owner" }, voxels: {}, ...patch }));

test("the line offers what there is, and nothing while a run is under way", () => {
  const store = desk({});
  app.append(fake(modelLine(store, intents())));
  assert.deepEqual([part("predict-imported").hidden, part("save-model").hidden], [true, true]);
  store.set({ models: [OWN] });
  assert.deepEqual([part("predict-imported").hidden, part("save-model").hidden], [true, false]);
  store.set({ models: [OWN, OTHER] });
  assert.deepEqual([part("predict-imported").hidden, part("predict-imported").textContent], [false, "Predict with Organs"]);
  part("predict-imported").click();
  assert.deepEqual(asked, [["predict", "other"]]);
  store.set({ run: run({ state: "running" }) });
  assert.deepEqual([part("predict-imported").hidden, part("save-model").hidden], [true, true]);
});

test("who only looks saves a model and predicts with none", () => {
  app.append(fake(modelLine(desk({ models: [OTHER], project: { id: "p", name: "", access: "reviewer" } }), intents())));
  assert.deepEqual([part("predict-imported").hidden, part("save-model").hidden], [true, false]);
});

test("the dialog shows what goes into the file, and the address has what was typed", async () => {
  await openSaveModel(desk({ models: [OWN] }), intents());
  const text = part("save-model-dialog").textContent;
  for (const said of [/Spleen.*code 3, Dice 0\.91/, /label 7.*code 7/, /Three planes, LiteMedSAM/, /4 painted slices of 1 scan/, /3 average vectors of painted places/, /No voxels, and no names/]) assert.match(text, said);
  assert.equal(part("model-licence").value, "MIT");
  assert.match(part("save-model-ok").getAttribute("href") ?? "", /^own\?title=Organs&author=&licence=MIT&note=$/);
});

test("a model whose file cannot be read has nothing to save", async () => {
  await openSaveModel(desk({ models: [OWN] }), intents(null));
  assert.match(part("save-model-dialog").textContent, /cannot be shown/);
  assert.equal(part("save-model-ok").hidden, true);
});

const CHECKED = /** @type {CheckedModel} */ (/** @type {unknown} */ ({ ...FACTS, sha256: "abc", plan: [{ code: 3, name: "Spleen", color: "#00ff00", label_name: null, asked: false }] }));
const FILE = { name: "organs.fewshot.safetensors" };
const settle = () => new Promise((resolve) => setTimeout(resolve));

/** Choose the file, as something that asks for one opens. @param {() => void} open */
async function choose(open) {
  const { createElement } = document;
  const made = /** @type {any[]} */ ([]);
  document.createElement = /** @type {any} */ ((/** @type {string} */ tag) => (made.push(createElement.call(document, tag)), made.at(-1)));
  open();
  document.createElement = createElement;
  const input = made.find((each) => each.getAttribute("data-testid") === "model-input");
  input.files = [FILE];
  input.dispatchEvent(new Event("change"));
  await settle();
}

test("what a file's labels become in one project is done in no other", async () => {
  const store = desk({});
  let left = () => {};
  const use = { ...intents().models, check: async () => (left(), CHECKED) };
  await choose(() => openUseModel(store, { models: use }));
  part("use-model-ok").click();
  assert.deepEqual(asked, [["take", FILE, {}]]);
  left = () => store.set({ project: /** @type {any} */ ({ id: "q", name: "", access: "owner" }) });
  app = newPage();
  await choose(() => openUseModel(store, { models: use }));
  assert.equal(part("use-model-ok"), null);
});

test("a project that was not made takes no model; one whose file cannot be used goes again", async () => {
  let made = /** @type {string | null} */ (null);
  const begin = async (/** @type {string} */ name) => {
    asked.push(["begin", name]);
    if (made) store.set({ project: /** @type {any} */ ({ id: made, name, access: "owner" }) });
    return made;
  };
  const store = desk({});
  const models = { ...intents().models, begin, check: async () => (asked.push(["check"]), null) };
  for (const id of [null, "new"]) {
    made = id;
    await choose(() => openProjectFromModel(store, { models }));
    part("prompt-input").closest("form")?.dispatchEvent(new Event("submit", { cancelable: true }));
    await settle();
    app = newPage();
  }
  assert.deepEqual(asked, [["begin", "organs"], ["begin", "organs"], ["check"], ["discard", "new", "p"]]);
});

test("facts that come late change nothing of the model chosen since, nor of what was typed", async () => {
  /** @type {Record<string, (facts: ModelFacts) => void>} */
  const answer = {};
  const { models, links } = intents();
  const facts = (/** @type {string} */ id) => new Promise((resolve) => (answer[id] = resolve));
  void openSaveModel(desk({ models: [OWN, OTHER] }), { links, models: /** @type {any} */ ({ ...models, facts }) });
  const choice = part("save-model-choice");
  Object.assign(choice, { value: "other" }).dispatchEvent(new Event("change"));
  Object.assign(part("model-title"), { value: "Mine" }).dispatchEvent(new Event("input", { bubbles: true }));
  answer.own({ ...FACTS, licence: "CC0-1.0" });
  await settle();
  assert.deepEqual([part("model-licence").value, part("save-model-ok").hidden], ["", true]);
  answer.other(FACTS);
  await settle();
  assert.equal(part("save-model-ok").hidden, false);
  assert.match(part("save-model-ok").getAttribute("href") ?? "", /^other\?title=Mine&author=&licence=MIT/);
});

test("a note is as long as its address may be, in bytes", async () => {
  await openSaveModel(desk({ models: [OWN] }), intents());
  const type = (/** @type {string} */ text) => {
    for (const name of ["title", "author", "licence"]) part(`model-${name}`).value = "\u65e5".repeat(200);
    Object.assign(part("model-note"), { value: text }).dispatchEvent(new Event("input", { bubbles: true }));
    const link = part("save-model-ok");
    return { hidden: link.hidden, said: part("model-note-left").hidden ? "" : part("model-note-left").textContent, length: link.getAttribute("href")?.length ?? 0 };
  };
  assert.deepEqual([type("short").hidden, type("short").said], [false, ""]);
  const longest = type("\u65e5".repeat(666));
  assert.deepEqual([longest.hidden, longest.said], [false, "2 bytes are left for the note."]);
  assert.ok(longest.length < 12_000, String(longest.length));
  const tooLong = type("\u65e5".repeat(2000));
  assert.equal(tooLong.hidden, true);
  assert.match(tooLong.said, /^The note is 4000 bytes too long/);
});

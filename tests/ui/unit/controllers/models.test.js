import assert from "node:assert/strict";
import { test } from "node:test";

import { apiError, fakeNotify, fakeServer, label, pause, project, run, storeWith, summary, until } from "../support/controllers.js";
import { ModelController } from "../../../../ui/static/controllers/models.js";

const FILE = /** @type {File} */ ({ name: "m.safetensors" });
const IMPORTED = { id: "m2", imported: { title: "Organs", sha256: "a" }, sources: [] };

/** @param {Parameters<typeof fakeServer>[0]} answers */
function desk(answers = {}) {
  const store = storeWith({});
  const { server, asked } = fakeServer({ models: () => [{ id: "m1", imported: null, sources: [] }], ...answers });
  const { notify, said, failed } = fakeNotify();
  /** @type {unknown[][]} */
  const done = [];
  const note = (/** @type {string} */ name) => async (/** @type {unknown[]} */ ...given) => void done.push([name, ...given]);
  const parts = { labels: { fetch: note("labels") }, project: { create: async (/** @type {string} */ name) => (done.push(["create", name]), "new"), open: note("open"), remove: note("remove") }, runs: { predict: note("predict") } };
  const models = new ModelController(store, { server, notify, ...parts });
  return { store, models, asked, said, failed, done };
}

const open = (id = "p", access = "owner") => /** @type {any} */ ({ ...project({ id }), access });

test("the models of the open project are listed, and again when a run made one", async () => {
  const { store, asked } = desk();
  store.set({ project: open() });
  await until(() => store.state.models.length);
  store.set({ run: run({ state: "running" }) });
  store.set({ run: run({ state: "done", model_id: "m1" }) });
  await pause();
  assert.equal(asked.length, 1);
  store.set({ run: run({ state: "done", model_id: "new" }) });
  await until(() => asked.length === 2);
  store.set({ project: open("q") });
  assert.deepEqual(store.state.models, []);
  await until(() => store.state.models.length);
  assert.deepEqual(asked.map(([name, id]) => `${name} ${id}`), ["models p", "models p", "models q"]);
});

test("where the server is away there are no models, and nothing is said", async () => {
  const { store, failed } = desk({ models: () => Promise.reject(apiError(0)) });
  store.set({ project: open() });
  await pause();
  assert.deepEqual([store.state.models, failed], [[], []]);
});

test("a file is taken with what was answered, its labels are fetched and it is said", async () => {
  const { store, models, asked, said, done } = desk({ importModel: () => ({ model: IMPORTED, made: [label(1), label(2)] }) });
  store.set({ project: open() });
  await models.take(FILE, { 3: "new" });
  assert.deepEqual(asked.find(([name]) => name === "importModel")?.slice(1, 4), ["p", FILE, { 3: "new" }]);
  assert.deepEqual(done, [["labels", { project_id: "p" }]]);
  assert.deepEqual(said, ["The model \u201cOrgans\u201d can be used in this project. 2 labels were added."]);
  assert.equal(store.state.uploading, null);
});

test("a file that cannot be used is told, and nothing is taken", async () => {
  const { store, models, failed } = desk({ checkModel: () => Promise.reject(apiError(422)) });
  store.set({ project: open() });
  assert.equal(await models.check(FILE), null);
  assert.deepEqual(failed, ["error 422"]);
  assert.equal(store.state.uploading, null);
});

test("who only looks brings no model and predicts with none", async () => {
  const { store, models, asked, done } = desk();
  store.set({ project: open("p", "reviewer") });
  await models.take(FILE, {});
  assert.equal(await models.check(FILE), null);
  await models.predict("m1");
  assert.deepEqual([asked.map(([name]) => name), done], [["models"], []]);
});

test("a model predicts the volume on screen, and begins a project", async () => {
  const { store, models, done } = desk();
  store.set({ project: open() });
  await models.predict("m1");
  assert.equal(await models.begin("Organs"), "new");
  assert.deepEqual(done, [["predict", "m1"], ["create", "Organs"]]);
});

test("a project that began with a file that cannot be used goes, unless it is used or left already", async () => {
  const { store, models, done } = desk();
  store.set({ project: open("new"), volumes: [summary()] });
  await models.discard("new", "p");
  store.set({ project: open(), volumes: [] });
  await models.discard("new", "p");
  assert.deepEqual(done, []);
  store.set({ project: open("new") });
  await models.discard("new", "p");
  assert.deepEqual(done, [["remove", { id: "new" }], ["open", "p"]]);
});

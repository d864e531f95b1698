import assert from "node:assert/strict";
import { test } from "node:test";

import { LABEL_PALETTE } from "../../../../ui/static/api/contract.js";
import { LabelController } from "../../../../ui/static/controllers/labels.js";
import { apiError, fakeNotify, fakeServer, label, project, storeWith } from "../support/controllers.js";
import { KIDNEY, LIVER } from "../support/terms.js";

/** @import { Step } from "../../../../ui/static/state/history.js" */

/** @param {Parameters<typeof fakeServer>[0]} answers */
function page(answers, confirmed = true) {
  const store = storeWith({ project: { id: "p", name: "" }, labels: [label(1, { color: LABEL_PALETTE[0] })], activeLabel: 1 });
  const { server, asked } = fakeServer(answers);
  const notices = fakeNotify(confirmed);
  const refreshed = { count: 0 };
  const annotations = { refresh: async () => void refreshed.count++ };
  /** @type {string[]} volumes whose strokes were saved first */
  const flushed = [];
  const saver = { flush: async (/** @type {string} */ id) => void flushed.push(id) };
  /** @type {Step[]} */
  const past = [];
  const steps = { remember: (/** @type {Step} */ step) => void past.push(step) };
  const labels = new LabelController(store, { server, notify: notices.notify, annotations, saver, steps });
  return { store, asked, refreshed, labels, flushed, past, ...notices };
}

test("a new label gets the first free colour, and is painted with", async () => {
  const { store, labels, asked } = page({ createLabel: (_id, given) => label(2, given) });
  assert.equal((await labels.add("Spleen"))?.name, "Spleen");
  assert.deepEqual(asked, [["createLabel", "p", { name: "Spleen", color: LABEL_PALETTE[1] }]]);
  assert.deepEqual([store.state.labels.length, store.state.activeLabel], [2, 2]);
});

test("colours come again when all are used", async () => {
  const { store, labels, asked } = page({ createLabel: () => label(99) });
  store.set({ labels: LABEL_PALETTE.map((color, n) => label(n + 1, { color })) });
  await labels.add("One more");
  assert.deepEqual(asked[0][2], { name: "One more", color: LABEL_PALETTE[0] });
});

test("a label that could not be added is null, and told", async () => {
  const { labels, failed } = page({ createLabel: () => Promise.reject(apiError(409)) });
  assert.equal(await labels.add("Spleen"), null);
  assert.deepEqual(failed, ["error 409"]);
});

test("a label takes what changed about it", async () => {
  const { store, labels } = page({ updateLabel: () => label(1, { name: "Liver" }) });
  await labels.update(label(1), { name: "Liver" });
  assert.equal(store.state.labels[0].name, "Liver");
});

test("deleting the active label activates the first one", async () => {
  const { store, labels } = page({ deleteLabel: () => null });
  store.set({ labels: [label(1), label(2)], activeLabel: 2 });
  await labels.remove(label(2));
  assert.deepEqual([store.state.labels.map(({ value }) => value), store.state.activeLabel], [[1], 1]);
});

for (const confirmed of [true, false]) {
  test(`a painted label ${confirmed ? "is deleted after asking" : "stays without a yes"}`, async () => {
    const answers = { deleteLabel: (/** @type {string} */ _id, /** @type {boolean} */ force) => (force ? null : Promise.reject(apiError(409, "conflict"))) };
    const { store, labels, questions, refreshed } = page(answers, confirmed);
    await labels.remove(label(1, { name: "Liver" }));
    assert.deepEqual(questions, ["Delete Liver?"]);
    assert.deepEqual([store.state.labels.length, refreshed.count], confirmed ? [0, 1] : [1, 0]);
  });
}

test("a label that another window painted with is fetched, once it is met", async () => {
  const there = [label(1), label(2, { name: "Theirs" })];
  const { store, labels, asked } = page({ project: () => ({ id: "p", name: "", labels: there }) });
  store.set({ volume: /** @type {never} */ ({ id: "v" }) });
  await labels.fetchUnknown("v", new Uint8Array([0, 1, 1]));
  assert.deepEqual(asked, []);
  store.emit("slice-merged", { volumeId: "v", labels: new Uint8Array([0, 1, 2]) });
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(store.state.labels, there);
});

test("labels fetched for a volume that was left are not taken", async () => {
  const { store, labels } = page({ project: () => ({ id: "p", name: "", labels: [label(1), label(2)] }) });
  store.set({ volume: /** @type {never} */ ({ id: "another" }) });
  await labels.fetchUnknown("v", new Uint8Array([2]));
  assert.equal(store.state.labels.length, 1);
});

test("labels are taken whatever volume of their project is on screen, and of no other project", async () => {
  const { store, labels } = page({ project: (id) => ({ id, name: "", labels: [label(1), label(2)] }) });
  await labels.fetch({ project_id: "another" });
  assert.equal(store.state.labels.length, 1);
  await labels.fetch({ project_id: "p" });
  assert.equal(store.state.labels.length, 2);
});

test("renaming and recolouring are steps that can be taken back and made again", async () => {
  const { store, labels, past } = page({ updateLabel: (_id, patch) => label(1, { name: "Liver", color: "#aa0000", ...patch }) });
  await labels.update(label(1, { name: "Liver" }), { name: "Leber" });
  await labels.update(label(1, { name: "Leber", color: "#aa0000" }), { color: "#00bb00" });
  assert.deepEqual(past.map(({ text }) => text), ["rename label Liver to Leber", "recolour label Leber"]);
  await past[1].command?.undo();
  assert.equal(store.state.labels[0].color, "#aa0000");
  await past[1].command?.redo();
  assert.equal(store.state.labels[0].color, "#00bb00");
  await past[0].command?.undo();
  assert.equal(store.state.labels[0].name, "Liver");
});

test("what a label is, is a step that can be taken back and made again", async () => {
  const { store, labels, asked, past } = page({ updateLabel: (_id, patch) => label(1, patch) });
  await labels.update(label(1, { name: "kidney" }), { term: KIDNEY });
  assert.deepEqual([past[0].text, store.state.labels[0].term], ["change what label kidney is", KIDNEY]);
  await past[0].command?.undo();
  assert.deepEqual([asked.at(-1), store.state.labels[0].term], [["updateLabel", "l1", { term: null }], null]);
  await past[0].command?.redo();
  assert.deepEqual(store.state.labels[0].term, KIDNEY);
});

test("terms are found, and that they could not be is told", async () => {
  const found = { terms: [KIDNEY], meant: KIDNEY };
  const { labels, asked, failed } = page({ terms: (words) => (words === "kidney" ? found : Promise.reject(apiError(500))) });
  assert.deepEqual([await labels.findTerms("kidney"), asked], [found, [["terms", "kidney"]]]);
  assert.equal(await labels.findTerms("x"), null);
  assert.deepEqual(failed, ["error 500"]);
});

test("a deleted label comes back with its paint, under its new id", async () => {
  const deleted = label(1, { name: "Liver", term: LIVER });
  const restored = label(1, { id: "new", name: "Liver" });
  const { store, labels, asked, past, flushed, refreshed } = page({
    deleteLabel: (_id, force) => (force ? null : Promise.reject(apiError(409))),
    restoreLabel: () => restored,
  });
  store.set({ labels: [deleted, label(2)], volume: /** @type {never} */ ({ id: "v" }) });
  await labels.remove(deleted);
  assert.deepEqual([store.state.activeLabel, past[0].text], [2, "delete label Liver"]);
  await past[0].command?.undo();
  assert.deepEqual(asked.at(-1), ["restoreLabel", "p", { value: 1, code: 1, name: "Liver", color: "#ff0000", term: LIVER, with_paint: true }]);
  assert.deepEqual([store.state.labels, store.state.activeLabel], [[restored, label(2)], 1]);
  await past[0].command?.redo();
  assert.deepEqual([asked.at(-1), flushed.length, refreshed.count], [["deleteLabel", "new", true], 4, 3]);
});

test("volumes that were accepted since the deletion are told of by undo", async () => {
  const { labels, past, said } = page({ deleteLabel: () => null, restoreLabel: () => ({ ...label(1, { name: "Liver" }), left_out: ["CT 1"] }) });
  await labels.remove(label(1, { name: "Liver" }));
  await past[0].command?.undo();
  assert.deepEqual(said, ["Liver is back. CT 1 was accepted in a review and stays without its paint."]);
});

test("a deleted label that another window brought back as another is told of", async () => {
  const { store, labels, past, said } = page({ deleteLabel: () => null, restoreLabel: () => label(1, { name: "Leber", code: 7 }) });
  store.set({ labels: [label(1, { name: "Liver" })] });
  await labels.remove(label(1, { name: "Liver" }));
  await past[0].command?.undo();
  assert.deepEqual([store.state.labels[0].name, said], ["Leber", ["Liver was back already and stays as another window has it: Leber, code 7."]]);
});

test("a label that was deleted unpainted and is back by a stroke in another window is no failure", async () => {
  const now = label(1, { id: "new" });
  const { store, labels, past, said } = page({ deleteLabel: () => null, restoreLabel: () => Promise.reject(apiError(409)), project: () => project({ labels: [now] }) });
  store.set({ labels: [label(1)] });
  await labels.remove(label(1));
  await past[0].command?.undo();
  assert.deepEqual([store.state.labels, said], [[now], []]);
});

test("a locked label is not deleted, and a step on one that is gone fails", async () => {
  const { store, labels, asked, past } = page({ updateLabel: () => label(1) });
  await labels.update(label(1), { name: "Milz" });
  store.set({ lockedLabels: new Set([1]) });
  await labels.remove(label(1));
  assert.equal(asked.length, 1);
  store.set({ labels: [] });
  await assert.rejects(async () => past[0].command?.undo(), /no longer there/);
});

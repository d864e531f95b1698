/** What could not be saved and stays in this browser is counted until it is saved or discarded. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { keep, recall } from "../../../../ui/static/controllers/backup.js";
import { KeptSlices } from "../../../../ui/static/controllers/kept.js";
import { fakeNotify, storeWith, summary } from "../support/controllers.js";
import { installStorage, labelsWith } from "../support/painting.js";

beforeEach(() => void installStorage());

/** @param {string} volumeId @param {{ index?: number, aside?: boolean, person?: string }} how */
const paint = (volumeId, { index = 1, aside = true, person = "Grace" } = {}) => keep(volumeId, "axial", index, { labels: labelsWith({ 4: 1 }), state: "painted", base: 0 }, person, aside);

/** Grace's page with the volume v of a project. */
function page(answer = true) {
  const store = storeWith({ login: { name: "Grace", role: "annotator" }, project: { id: "p", name: "Livers", access: "annotator", ownerName: "Ada" }, volumes: [summary()] });
  const notices = fakeNotify(answer);
  return { store, kept: new KeptSlices(store, { notify: notices.notify }), ...notices };
}

test("slices that were set aside are counted by project, from one visit to the next", () => {
  paint("v");
  paint("v", { index: 2 });
  paint("other");
  paint("v", { index: 3, person: "Ada" });
  const { store } = page();
  assert.deepEqual(store.state.kept, { here: 2, elsewhere: 1 });
  paint("v", { aside: false }); // it is on its way again
  store.emit("slice-saved", { volumeId: "v", plane: "axial", index: 1 });
  assert.deepEqual(store.state.kept, { here: 1, elsewhere: 1 });
  store.set({ volumes: [] });
  assert.deepEqual(store.state.kept, { here: 0, elsewhere: 2 });
});

test("where a person only looks, nothing that is kept is on its way", () => {
  const { store } = page();
  paint("v", { aside: false });
  store.emit("set-aside");
  assert.deepEqual(store.state.kept, { here: 0, elsewhere: 0 });
  store.set({ project: { id: "p", name: "Livers", access: "reviewer", ownerName: "Ada" } });
  assert.deepEqual(store.state.kept, { here: 1, elsewhere: 0 });
});

test("they are discarded once that is confirmed", async () => {
  paint("v");
  paint("other");
  const careful = page(false);
  await careful.kept.discard();
  assert.deepEqual([careful.questions, careful.store.state.kept], [["Discard 2 slices?"], { here: 1, elsewhere: 1 }]);
  const { store, kept } = page();
  await kept.discard();
  assert.deepEqual([store.state.kept, recall("v"), recall("other")], [{ here: 0, elsewhere: 0 }, [], []]);
});

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { LockController } from "../../../../ui/static/controllers/locks.js";
import { fakeNotify, label, newStorage, storeWith } from "../support/controllers.js";

beforeEach(() => void newStorage());

function page(id = "p") {
  const store = storeWith({ project: { id, name: "" }, labels: [label(1, { name: "Liver" }), label(2)], activeLabel: 1 });
  const { notify, said } = fakeNotify();
  return { store, said, locks: new LockController(store, { notify }) };
}

test("a label is locked and unlocked, which is said", () => {
  const { store, said, locks } = page();
  locks.toggleActive();
  assert.deepEqual([...store.state.lockedLabels], [1]);
  locks.toggle(1);
  assert.deepEqual([...store.state.lockedLabels], []);
  assert.deepEqual(said, ["Liver locked: no tool changes it.", "Liver unlocked."]);
  store.emit("locked", { value: 1 });
  assert.match(said[2], /^Liver is locked/);
  store.set({ activeLabel: null });
  locks.toggleActive();
  assert.equal(said.length, 3);
});

test("this browser keeps the locks of each project", () => {
  const { locks } = page();
  locks.toggle(2);
  page("other").locks.toggle(1);
  const { store } = page();
  assert.deepEqual([...store.state.lockedLabels], [2]);
  store.set({ project: { id: "p", name: "renamed" } });
  assert.deepEqual([...store.state.lockedLabels], [2]);
  store.set({ project: { id: "other", name: "" } });
  assert.deepEqual([...store.state.lockedLabels], [1]);
  store.set({ project: null });
  assert.deepEqual([...store.state.lockedLabels], []);
});

test("what was stored by something else locks nothing", () => {
  for (const text of ["[", "7", '[["p", {"a": 1}]]', '[["p", ["x", 1.5]]]']) {
    localStorage.setItem("fewshot-sam:locked", text);
    assert.deepEqual([...page().store.state.lockedLabels], []);
  }
});

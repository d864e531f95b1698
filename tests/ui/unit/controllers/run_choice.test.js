import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { RunChoiceController } from "../../../../ui/static/controllers/run_choice.js";
import { DEFAULT_CHOICE } from "../../../../ui/static/state/run_choice.js";
import { fakeNotify, newStorage, storeWith, system } from "../support/controllers.js";

beforeEach(() => void newStorage());

function page(id = "p", about = system()) {
  const store = storeWith({ system: about });
  const notices = fakeNotify();
  const choice = new RunChoiceController(store, { notify: notices.notify });
  store.set({ project: { id, name: "" } });
  return { store, choice, ...notices };
}

test("method, encoder and seed are chosen, and the default is none", () => {
  const { store, choice, said } = page();
  choice.setMethod("sam_decoder");
  choice.setEncoder(" /models/a.pth ");
  choice.setSeed("3");
  assert.deepEqual(store.state.runChoice, { method: "sam_decoder", encoder: "/models/a.pth", seed: 3, afresh: false });
  choice.setMethod("triplanar");
  choice.setEncoder("lite-medsam");
  assert.deepEqual(store.state.runChoice, { ...DEFAULT_CHOICE, seed: 3 });
  for (const seed of ["-1", "1.5", "abc", "2147483648", "99999999999999999999", " "]) assert.equal(choice.setSeed(seed), false);
  choice.setSeed("214748364"); // the beginning of what is refused
  choice.refuseSeed("21474836470", 3);
  choice.refuseSeed("", 3);
  assert.equal(said.length, 1);
  assert.match(said[0], /must be a whole number from 0 to \d+, got 21474836470\. It is 3 still\./);
  choice.setEncoder("  ");
  assert.deepEqual(store.state.runChoice, { ...DEFAULT_CHOICE, seed: 3 });
  choice.reset();
  assert.deepEqual(store.state.runChoice, DEFAULT_CHOICE);
});

test("this browser keeps the choice of each project", () => {
  page().choice.setMethod("sam_decoder");
  page("other").choice.setSeed("5");
  const { store, choice } = page();
  assert.equal(store.state.runChoice.method, "sam_decoder");
  store.set({ project: { id: "p", name: "renamed" } });
  assert.equal(store.state.runChoice.method, "sam_decoder");
  store.set({ project: { id: "other", name: "" } });
  assert.deepEqual(store.state.runChoice, { ...DEFAULT_CHOICE, seed: 5 });
  choice.reset();
  assert.doesNotMatch(String(localStorage.getItem("fewshot-sam:run-choices")), /other/);
  store.set({ project: null });
  assert.deepEqual(store.state.runChoice, DEFAULT_CHOICE);
});

test("an encoder that was taken away is not chosen again", () => {
  page().choice.setEncoder("sam-vit-b");
  const fewer = system({ encoders: system().encoders.slice(0, 1) });
  assert.equal(page("p", fewer).store.state.runChoice.encoder, null);
});

test("what was stored by something else chooses nothing", () => {
  for (const text of ["[", "7", '[["p", null]]', '[["p", 7]]', '[["p", {"method": 3, "encoder": {}, "seed": -1}]]', '[["p", {"seed": "1"}]]']) {
    localStorage.setItem("fewshot-sam:run-choices", text);
    assert.deepEqual(page().store.state.runChoice, DEFAULT_CHOICE);
  }
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { newPage } from "../support/page.js";
import { PreferencesController } from "../../../../ui/static/controllers/preferences.js";
import { initialState, Store } from "../../../../ui/static/state/store.js";

/** What a new visit finds. */
function visit() {
  const store = new Store(initialState());
  return { store, preferences: new PreferencesController(store) };
}

test("what was chosen is there at the next visit", () => {
  newPage();
  const first = visit();
  assert.deepEqual([first.store.state.labelPatterns, first.store.state.penPressure], [false, false]);
  first.preferences.toggle("penPressure");
  const { store } = visit();
  assert.deepEqual([store.state.labelPatterns, store.state.penPressure], [false, true]);
});

test("storage that holds something else counts as empty", () => {
  newPage();
  for (const kept of ["{", "3", "null", '{"penPressure":"yes"}']) {
    localStorage.setItem("fewshot-sam:preferences", kept);
    assert.equal(visit().store.state.penPressure, false, kept);
  }
});

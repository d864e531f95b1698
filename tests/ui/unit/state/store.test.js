import assert from "node:assert/strict";
import { test } from "node:test";

import { initialState, Store } from "../../../../ui/static/state/store.js";

test("listeners run once for a change of any of their keys, and once at first", () => {
  const store = new Store(initialState());
  /** @type {number[]} */
  const seen = [];
  store.on(["brushMm", "tolerance"], (state) => seen.push(state.brushMm));
  store.set({ brushMm: 3, tolerance: 0.5 });
  store.set({ smooth: false });
  assert.deepEqual(seen, [8, 3]);
});

test("setting the same value is no change", () => {
  const store = new Store(initialState());
  let calls = 0;
  store.on("cursor", () => calls++, { now: false });
  const { state } = store;
  store.set({ cursor: state.cursor, brushMm: 8 });
  assert.equal(calls, 0);
  assert.equal(store.state, state);
});

test("listeners run in the order they subscribed to a key", () => {
  const store = new Store({ a: 1, b: 1 });
  /** @type {string[]} */
  const order = [];
  store.on("b", () => order.push("b"), { now: false });
  store.on(["a", "b"], () => order.push("both"), { now: false });
  store.set({ b: 2 });
  assert.deepEqual(order, ["b", "both"]);
});

test("a state is replaced, the one before stays as it was", () => {
  const store = new Store({ a: 1, b: 1 });
  const before = store.state;
  store.set({ a: 2 });
  assert.deepEqual([before, store.state], [{ a: 1, b: 1 }, { a: 2, b: 1 }]);
});

test("events reach those who listen for them, and no others", () => {
  const store = new Store(initialState());
  /** @type {number[]} */
  const edited = [];
  store.when("slice-edited", ({ index }) => edited.push(index));
  store.when("slice-saved", () => edited.push(-1));
  store.emit("slice-edited", { index: 4, reviewed: true });
  assert.deepEqual(edited, [4]);
});

test("every page starts with a state of its own", () => {
  assert.notEqual(initialState().hiddenLabels, initialState().hiddenLabels);
});

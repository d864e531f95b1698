import assert from "node:assert/strict";
import { test } from "node:test";

import "../support/page.js";
import { canBeAsked, edgesOf, moveSides, offerFrom, promptBlocker, sidesAt, unpackBits } from "../../../../ui/static/state/proposal.js";
import { bookOf, paintingStore, sliceWith } from "../support/painting.js";
import { proposalWith } from "../support/proposals.js";

const BOX = { x0: 2, y0: 3, x1: 10, y1: 9 };
const REACH = { column: 0.5, row: 1 };

test("sides and corners are held within reach, the inside and the outside are not", () => {
  assert.deepEqual(sidesAt(BOX, { column: 2.4, row: 6 }, REACH), { column: 10, row: null });
  assert.deepEqual(sidesAt(BOX, { column: 6, row: 9.9 }, REACH), { column: null, row: 3 });
  assert.deepEqual(sidesAt(BOX, { column: 9.7, row: 2.5 }, REACH), { column: 2, row: 9 });
  for (const [column, row] of [[6, 6], [1, 6], [2, 1], [12, 12]]) assert.equal(sidesAt(BOX, { column, row }, REACH), null);
});

test("a side that is dragged over the opposite one turns the box over, and it stays on the slice", () => {
  const size = { width: 20, height: 10 };
  assert.deepEqual(moveSides(BOX, { column: 10, row: null }, { column: 14, row: 0 }, size), { ...BOX, x0: 10, x1: 14 });
  assert.deepEqual(moveSides(BOX, { column: 2, row: 3 }, { column: 99, row: -4 }, size), { x0: 2, y0: 0, x1: 20, y1: 3 });
});

test("a box needs a cell, points need one", () => {
  assert.equal(canBeAsked(proposalWith({ box: BOX })), true);
  assert.equal(canBeAsked(proposalWith({ box: { ...BOX, x1: 2.5 } })), false);
  assert.equal(canBeAsked(proposalWith({ kind: "point" })), false);
  assert.equal(canBeAsked(proposalWith({ kind: "point", points: [{ column: 1, row: 1, inside: true }] })), true);
});

test("what the encoder does not answer is told", () => {
  const system = (/** @type {any} */ prompts) => ({ system: /** @type {any} */ ({ prompts }) });
  assert.equal(promptBlocker({ system: null }), null);
  assert.equal(promptBlocker(system(["box"]), "box"), null);
  assert.match(String(promptBlocker(system(["box"]), "point")), /not trained on points. Draw a box/);
  assert.match(String(promptBlocker(system([]), "box")), /no SAM decoder/);
  assert.match(String(promptBlocker(system(null), "box")), /still being loaded/);
});

test("a box is offered on slices nearby that do not hold its label yet", () => {
  const store = paintingStore();
  const taken = proposalWith({ index: 1, state: "answered", cells: new Uint8Array(48) });
  const at = (/** @type {number} */ index) => (store.set({ tool: "box", cursor: [0, 0, index] }), offerFrom(store.state, taken));
  const offered = /** @type {any} */ (at(2));
  assert.deepEqual([offered.index, offered.offered, offered.cells, offered.state, offered.box], [2, true, null, "asked", taken.box]);
  assert.equal(at(1), null);
  assert.equal(at(20), null);
  bookOf(store).slices.set(3, sliceWith({ 4: 1 }));
  assert.equal(at(3), null);
  assert.notEqual(at(0), null);
  store.set({ activeLabel: 2 });
  assert.equal(at(2), null);
  store.set({ activeLabel: 1, tool: "brush" });
  assert.equal(offerFrom(store.state, taken), null);
});

test("no box is offered on another picture", () => {
  const store = paintingStore();
  const taken = proposalWith({ index: 1, box: BOX });
  store.set({ tool: "box", cursor: [0, 0, 2] });
  assert.notEqual(offerFrom(store.state, taken), null);
  const pictures = [1, 2, 3, 4].map((n) => ({ name: `${n}.png`, rows: 6, columns: 8, pixel_mm: null }));
  store.set({ volume: /** @type {any} */ ({ ...store.state.volume, pictures }) });
  assert.equal(offerFrom(store.state, taken), null);
});

test("bits become cells, cells become edges", () => {
  assert.deepEqual([...unpackBits(new Uint8Array([0b10000001, 0b01000000]), 10)], [1, 0, 0, 0, 0, 0, 0, 1, 0, 1]);
  const edges = edgesOf(new Uint8Array([0, 0, 0, 1]), { width: 2, height: 2 });
  assert.deepEqual(edgesOf(new Uint8Array(4), { width: 2, height: 2 }), []);
  assert.deepEqual(edges, [1, 1, 1, 2, 1, 1, 2, 1, 2, 1, 2, 2, 1, 2, 2, 2]);
});

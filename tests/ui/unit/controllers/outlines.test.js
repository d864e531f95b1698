import assert from "node:assert/strict";
import { test } from "node:test";

import "../support/page.js";
import { OutlineController } from "../../../../ui/static/controllers/outlines.js";
import { apiError, bookOf, fakeNotify, HEIGHT, paintedCells, paintingStore, quietEdits, WIDTH } from "../support/painting.js";
import { proposalWith } from "../support/proposals.js";

/** @typedef {{ index: number, prompt: any, answer: (cells: number[]) => Promise<void>, fail: (error: Error) => Promise<void> }} Question */

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

/** Answers are given by the test; `prepared` are the slices that were only to be encoded. */
function setUp() {
  const store = paintingStore();
  store.set({ tool: "box", cursor: [0, 0, 1] });
  /** @type {number[]} */
  const prepared = [];
  const { edits, saved } = quietEdits(store);
  /** @type {Question[]} */
  const asked = [];
  const outline = (/** @type {string} */ _id, /** @type {string} */ _plane, /** @type {number} */ index, /** @type {any} */ prompt) =>
    new Promise((resolve, reject) => {
      if (!prompt.box && !prompt.points) return void prepared.push(index);
      const answer = (/** @type {number[]} */ cells) => {
        const bits = new Uint8Array((WIDTH * HEIGHT) / 8);
        for (const at of cells) bits[at >> 3] |= 128 >> (at & 7);
        resolve(bits);
        return settled().then(() => {});
      };
      asked.push({ index, prompt, answer, fail: (error) => (reject(error), settled().then(() => {})) });
    });
  /** @type {unknown[]} */
  const failed = [];
  const notify = { ...fakeNotify(), failed: (/** @type {unknown} */ error) => failed.push(error) };
  const outlines = new OutlineController(store, { server: /** @type {any} */ ({ outline }), edits, notify: /** @type {any} */ (notify), restMs: 0 });
  const propose = (given = {}) => store.set({ proposal: proposalWith(given) });
  const painted = (index = 1) => paintedCells(bookOf(store).ensure(index).labels);
  return { store, edits, saved, asked, prepared, failed, notify, outlines, propose, painted };
}

test("an outline is shown, and painted as one step when it is taken", async () => {
  const { store, edits, asked, outlines, propose, painted, saved } = setUp();
  propose();
  assert.deepEqual([asked[0].index, asked[0].prompt, store.state.outlining], [1, { box: [1, 1, 5, 4] }, true]);
  await asked[0].answer([9, 10]);
  assert.deepEqual([store.state.proposal?.state, store.state.outlining, painted(), saved], ["answered", false, [], []]);
  assert.equal(outlines.take(), true);
  assert.deepEqual([painted(), saved, store.state.proposal], [["1,1", "2,1"], [1], null]);
  edits.undo();
  assert.deepEqual(painted(), []);
  assert.equal(outlines.take(), false);
});

test("while one question is asked, only the latest box waits; what came is shown meanwhile", async () => {
  const { store, asked, propose } = setUp();
  propose();
  for (const x1 of [6, 7, 8]) store.set({ proposal: { .../** @type {any} */ (store.state.proposal), box: { x0: 1, y0: 1, x1, y1: 4 }, state: "asked" } });
  assert.equal(asked.length, 1);
  await asked[0].answer([9]);
  assert.deepEqual([asked.length, asked[1].prompt.box[2], store.state.proposal?.cells?.[9], store.state.proposal?.state], [2, 8, 1, "asked"]);
  await asked[1].answer([10]);
  assert.deepEqual([store.state.proposal?.cells?.[9], store.state.proposal?.state], [0, "answered"]);
});

test("an outline that is taken before it is here is painted when it comes, on its own slice", async () => {
  const { store, asked, propose, painted } = setUp();
  propose();
  store.set({ cursor: [0, 0, 2] });
  assert.deepEqual([store.state.proposal, painted()], [null, []]);
  await asked[0].answer([9]);
  assert.deepEqual([painted(1), painted(2)], [["1,1"], []]);
});

test("the next box, another label, another tool and a run take the outline", async () => {
  for (const go of [
    (/** @type {any} */ { store }) => store.emit("take-outline"),
    (/** @type {any} */ { store }) => store.set({ activeLabel: 2 }),
    (/** @type {any} */ { store }) => store.set({ tool: "brush" }),
    (/** @type {any} */ { store }) => store.set({ launching: true }),
  ]) {
    const given = setUp();
    given.propose();
    await given.asked[0].answer([9]);
    go(given);
    assert.deepEqual([given.painted(), bookOf(given.store).ensure(1).labels[9]], [["1,1"], 1]);
  }
});

test("other labels that are protected stay; erasing takes cells away", async () => {
  const { store, asked, outlines, propose, painted } = setUp();
  bookOf(store).ensure(1).labels.set([2, 1], 9);
  bookOf(store).ensure(1).state = "painted";
  store.set({ protect: true });
  propose();
  await asked[0].answer([9, 11]);
  outlines.take();
  assert.deepEqual(painted(), ["1,1", "2,1", "3,1"]);
  assert.equal(bookOf(store).ensure(1).labels[9], 2);
  propose({ erasing: true });
  await asked[1].answer([9, 10]);
  outlines.take();
  assert.deepEqual(painted(), ["1,1", "3,1"]);
});

test("a stroke that is going on ends before an outline is painted", async () => {
  const { edits, asked, outlines, propose, painted } = setUp();
  propose();
  outlines.take();
  edits.begin(1)[0] = 1;
  await asked[0].answer([9]);
  assert.deepEqual(painted(), ["0,0"]);
  edits.commit();
  await new Promise((resolve) => setTimeout(resolve, 80));
  assert.deepEqual(painted(), ["0,0", "1,1"]);
});

test("a box that was taken is offered on the next slice: left alone it is dropped, Enter takes it", async () => {
  const { store, asked, outlines, propose, painted } = setUp();
  propose();
  await asked[0].answer([9]);
  outlines.take();
  store.set({ cursor: [0, 0, 2] });
  await settled();
  assert.equal(store.state.proposal?.offered, true);
  await asked[1].answer([10]);
  assert.equal(outlines.drop(), false); // undo is for what a person did
  store.set({ cursor: [0, 0, 3] });
  assert.deepEqual(painted(2), []);
  await settled();
  await asked[2].answer([10]);
  outlines.take();
  assert.deepEqual([painted(3), store.state.proposal], [["2,1"], null]);
  store.set({ cursor: [0, 0, 2] });
  await settled();
  outlines.giveUp();
  store.set({ cursor: [0, 0, 0] });
  await settled();
  assert.equal(store.state.proposal, null);
});

test("a box that was taken and undone is offered nowhere, unless what was undone is something else", async () => {
  for (const [index, text, offered] of /** @type {[number, string, boolean][]} */ ([[1, "box", false], [1, "brush", true], [3, "box", true]])) {
    const { store, asked, outlines, propose } = setUp();
    propose();
    await asked[0].answer([9]);
    outlines.take();
    store.emit("undone", { text, slices: [/** @type {any} */ ({ index })] });
    store.set({ cursor: [0, 0, 2] });
    await settled();
    assert.equal(store.state.proposal?.offered ?? false, offered);
  }
});

test("nothing found is told and paints nothing; a failure is told, and the next change asks again", async () => {
  const { store, asked, failed, notify, outlines, propose, painted, saved } = setUp();
  propose();
  await asked[0].answer([]);
  outlines.take();
  assert.deepEqual([painted(), saved, notify.said.length], [[], [], 1]);
  propose();
  await asked[1].fail(apiError(503, "busy"));
  assert.deepEqual([failed.length, store.state.proposal?.state, asked.length], [1, "failed", 2]);
  propose({ box: { x0: 0, y0: 0, x1: 3, y1: 3 } });
  assert.equal(asked.length, 3);
});

test("a failed outline that was taken is gone, and another volume's slices forget all", async () => {
  const { store, asked, outlines, propose, painted } = setUp();
  propose();
  outlines.take();
  await asked[0].fail(apiError(503));
  assert.deepEqual([painted(), asked.length], [[], 1]);
  propose();
  store.set({ annotations: null });
  assert.equal(store.state.proposal, null);
  await asked[1].answer([9]);
  assert.equal(asked.length, 2);
});

test("a slice that is rested on is made ready once, while such a tool is chosen", async () => {
  const { store, asked, prepared } = setUp();
  for (const [index, tool] of /** @type {const} */ ([[2, "box"], [3, "brush"], [2, "box"], [1, "box"]])) {
    store.set({ cursor: [0, 0, 0] });
    store.set({ cursor: [0, 0, index], tool });
    await settled();
  }
  store.set({ mainPane: "coronal" });
  store.set({ cursor: [0, 0, 0] });
  await settled();
  assert.deepEqual([prepared, asked], [[2, 1], []]);
});

test("points are asked with their sign", async () => {
  const { asked, store, propose } = setUp();
  store.set({ tool: "point" });
  const points = [{ column: 1.5, row: 2, inside: true }, { column: 3, row: 3, inside: false }];
  propose({ kind: "point", points });
  assert.deepEqual(asked[0].prompt, { points });
});

test("undo takes back a box that was taken and is not here yet, and no step before it", async () => {
  const { store, asked, outlines, propose, painted, saved } = setUp();
  propose();
  outlines.take();
  assert.equal(store.state.taking, 1);
  assert.equal(outlines.drop(), true);
  assert.equal(store.state.taking, 0);
  await asked[0].answer([9]);
  assert.deepEqual([painted(), saved, outlines.drop()], [[], [], false]);
});

test("clearing a slice drops its outlines, on screen and taken, and no others", async () => {
  const { store, asked, outlines, propose, painted } = setUp();
  propose();
  outlines.take();
  propose();
  store.emit("drop-outlines", { index: 2 });
  assert.deepEqual([store.state.taking, store.state.proposal === null], [1, false]);
  store.emit("drop-outlines", { index: 1 });
  assert.deepEqual([store.state.taking, store.state.proposal], [0, null]);
  await asked[0].answer([9]);
  assert.deepEqual(painted(), []);
});

test("outlines of a label that is deleted are dropped before anything is painted", async () => {
  const { store, asked, outlines, propose, painted, saved } = setUp();
  propose();
  outlines.take();
  propose();
  store.set({ activeLabel: 2, labels: /** @type {any} */ ([{ value: 2 }]) });
  await asked[0].answer([9]);
  assert.deepEqual([painted(), saved, store.state.proposal, store.state.taking], [[], [], null, 0]);
});

test("a run and what comes next leave a box that is being dragged", async () => {
  const { store, asked, propose, painted } = setUp();
  propose({ held: { column: 1, row: 1 } });
  await asked[0].answer([9]);
  store.set({ launching: true });
  store.emit("take-outline");
  assert.deepEqual([painted(), store.state.proposal?.state], [[], "answered"]);
});

test("an outline that was taken and is not here when other slices come is told of, once", () => {
  const { store, notify, outlines, propose } = setUp();
  propose();
  outlines.take();
  store.set({ annotations: null });
  assert.deepEqual(notify.said, ["The outline on slice 2 was not ready and is dropped."]);
});

test("a box takes the place of the active label on a slice that nobody has reviewed, and adds on a painted one", async () => {
  const { store, asked, outlines, propose } = setUp();
  const slice = bookOf(store).ensure(1);
  slice.labels.set([1, 1, 2], 20);
  slice.state = "interpolated";
  propose();
  await asked[0].answer([9]);
  outlines.take();
  assert.deepEqual([[...slice.labels.slice(20, 23)], slice.labels[9], slice.state], [[0, 0, 2], 1, "painted"]);
  propose();
  await asked[1].answer([12]);
  outlines.take();
  assert.deepEqual([slice.labels[9], slice.labels[12]], [1, 1]);
});

test("a box without a cell is told of", () => {
  const { store, notify } = setUp();
  store.emit("box-too-small");
  assert.deepEqual(notify.said, ["Drag a larger box."]);
});

test("what comes while readings are compared is painted when they are not, and what is offered is out of sight", async () => {
  const { store, asked, outlines, propose, painted } = setUp();
  const comparison = /** @type {any} */ ({ runs: [{ id: "reading:a" }, { id: "reading:b" }], chosen: ["reading:a", "reading:b"], masks: null, beside: false, found: null });
  propose();
  outlines.take();
  store.set({ comparison });
  await asked[0].answer([9]);
  assert.deepEqual([painted(), store.state.taking], [[], 1]);
  store.set({ comparison: null });
  assert.deepEqual([painted(), store.state.taking], [["1,1"], 0]);
  store.set({ comparison });
  propose({ offered: true });
  assert.equal(outlines.take(), false);
});

test("an outline that is dropped from a picture is told by the picture's name", () => {
  const { store, notify, outlines, propose } = setUp();
  store.set({ volume: /** @type {any} */ ({ ...store.state.volume, pictures: [0, 1, 2, 3].map((n) => ({ name: `${n}.png`, rows: 6, columns: 8, pixel_mm: null })) }) });
  propose();
  outlines.take();
  store.set({ volume: null, annotations: null });
  assert.deepEqual(notify.said, ["The outline on 1.png was not ready and is dropped."]);
});

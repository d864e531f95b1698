import assert from "node:assert/strict";
import { test } from "node:test";

import { cut, differingRect, fingerprint, History, placeOf, turn } from "../../../../ui/static/state/history.js";

const WIDTH = 8;

function edited() {
  const before = Uint8Array.from({ length: 48 }, (_, n) => n % 3);
  const after = before.slice();
  for (const at of [9, 10, 27]) after[at] = 7;
  const rect = { x0: 1, y0: 1, x1: 4, y1: 4 };
  return { before, after, rect, cells: [cut(before, WIDTH, rect), cut(after, WIDTH, rect)] };
}

/** @param {number} bytes @returns {import("../../../../ui/static/state/history.js").Step} */
const step = (bytes = 1) => ({
  text: "brush",
  slices: [{
    index: 0,
    rect: { x0: 0, y0: 0, x1: 1, y1: 1 },
    before: new Uint8Array(bytes),
    after: new Uint8Array(bytes),
    stateBefore: "cleared",
    stateAfter: "painted",
    printBefore: 0,
    printAfter: 0,
  }],
});

test("the smallest rectangle around what differs", () => {
  const { before, after, rect } = edited();
  assert.deepEqual(differingRect(before, after, WIDTH, 6), rect);
  assert.equal(differingRect(before, before.slice(), WIDTH, 6), null);
});

test("undo and redo restore exactly", () => {
  const { before, after, rect, cells } = edited();
  const labels = after.slice();
  turn(labels, WIDTH, rect, cells[1], cells[0]);
  assert.deepEqual(labels, before);
  turn(labels, WIDTH, rect, cells[0], cells[1]);
  assert.deepEqual(labels, after);
});

test("cells that another window painted since stay", () => {
  const { before, after, rect, cells } = edited();
  const labels = after.slice();
  labels[10] = 2; // over what the edit had painted
  labels[18] = 5; // inside its rectangle, where it had painted nothing
  turn(labels, WIDTH, rect, cells[1], cells[0]);
  assert.deepEqual([labels[9], labels[10], labels[18], labels[27]], [before[9], 2, 5, before[27]]);
});

test("undo and redo go back and forth, a new step drops what could be redone", () => {
  const history = new History();
  const [first, second] = [step(), step()];
  history.push(first);
  history.push(second);
  assert.equal(history.undo(), second);
  assert.equal(history.redo(), second);
  assert.equal(history.redo(), null);
  history.undo();
  history.push(step());
  assert.deepEqual([Boolean(history.next("undo")), history.next("redo")], [true, null]);
  history.clear();
  assert.equal(history.undo(), null);
});

test("the oldest steps go when all together are too large", () => {
  const history = new History();
  const bytes = 40 * 1024 * 1024;
  for (let n = 0; n < 3; n++) history.push(step(bytes));
  assert.ok(history.undo());
  assert.equal(history.undo(), null);
});

test("commands stay when other slices are on screen", () => {
  const history = new History();
  const command = { undo: async () => {}, redo: async () => {} };
  const renamed = { text: "rename", slices: [], command };
  history.push({ ...step(), place: placeOf("v", "axial") });
  history.push(renamed);
  history.push({ ...step(), place: placeOf("v", "axial") });
  history.undo();
  history.forgetOutOfReach(placeOf("v", "coronal"));
  assert.deepEqual([history.next("redo"), history.undo(), history.undo()], [null, renamed, null]);
});

/** Strokes on axial slices, an import that leads to sagittal ones, and strokes there. @param {string} [volumeId] of the import */
function acrossPlanes(volumeId = "v") {
  const command = { undo: async () => {}, redo: async () => {} };
  const shows = /** @type {const} */ ({ plane: "sagittal", planeBefore: "axial" });
  const axial = { ...step(), text: "axial", place: placeOf("v", "axial") };
  const imported = { text: "import", slices: [], command, shows: { volumeId, ...shows, indices: [1] } };
  const sagittal = { ...step(), text: "sagittal", place: placeOf("v", "sagittal") };
  const history = new History();
  for (const each of [axial, imported, sagittal]) history.push(each);
  const all = (/** @type {"undo" | "redo"} */ direction) => {
    const texts = [];
    for (let each = history[direction](); each; each = history[direction]()) texts.push(each.text);
    return texts;
  };
  return { history, all };
}

test("strokes before an import that switched the plane stay: its undo leads back to them", () => {
  const { history, all } = acrossPlanes();
  history.forgetOutOfReach(placeOf("v", "sagittal"));
  assert.deepEqual(all("undo"), ["sagittal", "import", "axial"]);
  history.forgetOutOfReach(placeOf("v", "axial"));
  assert.deepEqual(all("redo"), ["axial", "import", "sagittal"]);
});

test("where a person chose another plane, strokes that no step leads to are forgotten", () => {
  const back = acrossPlanes();
  back.history.forgetOutOfReach(placeOf("v", "axial"));
  assert.deepEqual(back.all("undo"), ["import", "axial"]);
  const [coronal, gone, other] = [acrossPlanes(), acrossPlanes(), acrossPlanes("w")];
  coronal.history.forgetOutOfReach(placeOf("v", "coronal"));
  gone.history.forgetOutOfReach(null);
  other.history.forgetOutOfReach(placeOf("v", "sagittal"));
  assert.deepEqual([coronal, gone, other].map(({ all }) => all("undo")), [["import"], ["import"], ["sagittal", "import"]]);
});

test("what was done to a volume that was deleted is forgotten", () => {
  const history = new History();
  const command = { undo: async () => {}, redo: async () => {} };
  const [one, two] = ["v", "w"].map((volumeId) => ({ text: `import ${volumeId}`, slices: [], command, volumeId }));
  const renamed = { text: "rename", slices: [], command };
  for (const each of [renamed, one, two]) history.push(each);
  history.undo();
  history.forgetVolumesBut(new Set(["v"]));
  assert.deepEqual([history.next("redo"), history.undo(), history.undo()], [null, one, renamed]);
});

test("slices that differ have different fingerprints", () => {
  const [a, b] = [new Uint8Array(9), new Uint8Array(9)];
  assert.equal(fingerprint(a), fingerprint(b));
  b[4] = 1;
  assert.notEqual(fingerprint(a), fingerprint(b));
});

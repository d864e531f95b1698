import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { keep } from "../../../../ui/static/controllers/backup.js";
import { restoreUnsaved } from "../../../../ui/static/controllers/restore.js";
import { AnnotationBook } from "../../../../ui/static/state/annotations.js";
import { HEIGHT, installStorage, labelsWith, paintedCells, WIDTH } from "../support/painting.js";

beforeEach(() => installStorage());

/** @param {{ version?: number, base?: number, cells?: Record<number, number> }} given */
function restore({ version = 0, base = 0, cells = {} }) {
  const book = new AnnotationBook([WIDTH, HEIGHT, 4], "axial");
  const slice = Object.assign(book.ensure(2), { version, state: version ? "painted" : "cleared", labels: labelsWith(cells) });
  keep("volume", "axial", 2, { labels: labelsWith({ 5: 1 }), state: "painted", base });
  keep("volume", "coronal", 2, { labels: labelsWith({ 5: 1 }), state: "painted", base });
  keep("volume", "axial", 3, { labels: new Uint8Array(4), state: "painted", base }); // of another size
  /** @type {number[]} */
  const saved = [];
  const saver = { refused: () => [], enqueue: (/** @type {string} */ _volume, /** @type {string} */ _plane, /** @type {number} */ index) => saved.push(index) };
  const count = restoreUnsaved(book, "volume", /** @type {any} */ (saver));
  return { count, saved, shown: paintedCells(slice.labels), state: slice.state, base: slice.version };
}

test("strokes that never reached the server are put back and saved", () => {
  assert.deepEqual(restore({}), { count: 1, saved: [2], shown: ["5,0"], state: "painted", base: 0 });
});

test("what the server has already is sent again without a word", () => {
  const found = restore({ version: 4, base: 3, cells: { 5: 1 } });
  assert.deepEqual(found, { count: 0, saved: [2], shown: ["5,0"], state: "painted", base: 4 });
});

test("strokes on an older version are saved as based on it, so that the server merges them", () => {
  const found = restore({ version: 4, base: 3, cells: { 6: 1 } });
  assert.deepEqual(found, { count: 1, saved: [2], shown: ["5,0"], state: "painted", base: 3 });
});

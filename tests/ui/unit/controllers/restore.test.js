import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { keep } from "../../../../ui/static/controllers/backup.js";
import { restoreUnsaved } from "../../../../ui/static/controllers/restore.js";
import { AnnotationBook } from "../../../../ui/static/state/annotations.js";
import { fakeNotify, HEIGHT, installStorage, labelsWith, WIDTH } from "../support/painting.js";

beforeEach(() => installStorage());

/** @param {{ version?: number, base?: number, cells?: Record<number, number>, answer?: boolean }} given */
async function restore({ version = 0, base = 0, cells = {}, answer = true }) {
  const book = new AnnotationBook([WIDTH, HEIGHT, 4], "axial");
  Object.assign(book.ensure(2), { version, state: version ? "painted" : "cleared", labels: labelsWith(cells) });
  keep("volume", "axial", 2, { labels: labelsWith({ 5: 1 }), state: "painted", base });
  keep("volume", "coronal", 2, { labels: labelsWith({ 5: 1 }), state: "painted", base });
  /** @type {number[]} */
  const saved = [];
  const notify = fakeNotify(answer);
  const saver = { enqueue: (/** @type {string} */ _volume, /** @type {string} */ _plane, /** @type {number} */ index) => saved.push(index) };
  const count = await restoreUnsaved(book, "volume", { saver, notify });
  return { count, saved, asked: notify.asked, cell: book.ensure(2).labels[5], state: book.state(2) };
}

test("strokes that never reached the server are put back and saved", async () => {
  assert.deepEqual(await restore({}), { count: 1, saved: [2], asked: [], cell: 1, state: "painted" });
});

test("what the server has already is sent again without a word", async () => {
  const found = await restore({ version: 4, base: 3, cells: { 5: 1 } });
  assert.deepEqual(found, { count: 0, saved: [2], asked: [], cell: 1, state: "painted" });
});

test("a newer version on the server is replaced only when told to", async () => {
  const kept = await restore({ version: 4, base: 3, cells: { 6: 1 }, answer: false });
  assert.deepEqual(kept, { count: 0, saved: [], asked: ["Slice 3 was painted again"], cell: 0, state: "painted" });
  const replaced = await restore({ version: 4, base: 3, cells: { 6: 1 }, answer: true });
  assert.deepEqual([replaced.count, replaced.saved, replaced.cell], [1, [2], 1]);
});

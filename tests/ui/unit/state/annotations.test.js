import assert from "node:assert/strict";
import { test } from "node:test";

import { AnnotationBook } from "../../../../ui/static/state/annotations.js";

test("a slice nobody touched says nothing", () => {
  const book = new AnnotationBook([3, 4, 5], "axial");
  assert.deepEqual([book.state(2), book.get(2), book.covering(2), book.values(2)], ["cleared", null, null, []]);
});

test("slices are listed by state, ascending", () => {
  const book = new AnnotationBook([3, 4, 5], "axial");
  for (const index of [4, 1]) book.ensure(index).state = "painted";
  book.ensure(2).state = "empty";
  book.ensure(0);
  assert.deepEqual(book.indices("painted"), [1, 4]);
  assert.deepEqual(book.indices("painted", "empty"), [1, 2, 4]);
  assert.deepEqual([...book.coveringSlices()].map(([index]) => index), [4, 1, 2]);
  assert.equal(book.covering(2)?.length, 12);
});

test("a slice begun afresh hides its prediction though nobody said anything of it", () => {
  const book = new AnnotationBook([3, 4, 5], "axial");
  book.ensure(2);
  book.afresh = 2;
  assert.deepEqual([book.covering(2)?.length, book.state(2), [...book.coveringSlices()].length], [12, "cleared", 1]);
  assert.equal(book.covering(1), null);
});

test("label values are counted again after a change", () => {
  const book = new AnnotationBook([2, 2, 1], "axial");
  const slice = book.ensure(0);
  slice.state = "painted";
  slice.labels.set([0, 7, 2, 7]);
  assert.deepEqual(book.values(0), [2, 7]);
  slice.labels.set([0, 0, 2, 0]);
  assert.deepEqual(book.values(0), [2, 7]);
  book.changed(0);
  assert.deepEqual(book.values(0), [2]);
});

test("a rectangle of a slice is a box of canonical voxels", () => {
  const book = new AnnotationBook([7, 8, 9], "coronal"); // columns run along axis 0, rows along axis 2, both backwards
  assert.deepEqual(book.box(3, { x0: 1, y0: 2, x1: 4, y1: 5 }), { low: [3, 3, 4], high: [5, 3, 6] });
  assert.deepEqual(book.box(3, book.everything), { low: [0, 3, 0], high: [6, 3, 8] });
});

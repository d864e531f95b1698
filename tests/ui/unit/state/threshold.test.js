import assert from "node:assert/strict";
import { test } from "node:test";

import { AnnotationBook } from "../../../../ui/static/state/annotations.js";
import { activeRange, rangeLimits, startRange } from "../../../../ui/static/state/threshold.js";
import { Volume } from "../../../../ui/static/viewer/volume.js";
import { storeWith, summary } from "../support/controllers.js";
import { counting } from "../support/volumes.js";

/** @import { Triple } from "../../../../ui/static/api/types.d.ts" */

/** A volume of 20 x 10 x 2 voxels that count up; label 1 is painted on slice 1, whose intensities are 200 to 399. */
function page(painted = 200) {
  /** @type {Triple} */
  const shape = [20, 10, 2];
  const facts = summary({ shape, value_range: [0, 399], window: [100, 300] });
  const voxels = new Volume(facts, counting(shape).buffer);
  const book = new AnnotationBook(shape, "axial");
  Object.assign(book.ensure(1), { state: "painted", labels: new Uint8Array(200).fill(1, 0, painted) });
  return storeWith({ volume: facts, voxels, annotations: book, activeLabel: 1, window: [100, 300] }).state;
}

test("a range begins at the 5th and 95th percentile of what is painted with the active label", () => {
  assert.deepEqual(startRange(page()), [210, 389]);
});

test("where too little is painted, or all of it alike, it begins with the window", () => {
  assert.deepEqual(startRange(page(5)), [100, 300]);
  assert.deepEqual(startRange({ ...page(), activeLabel: 2 }), [100, 300]);
  assert.deepEqual(startRange({ ...page(), activeLabel: null }), [100, 300]);
  const alike = page();
  alike.voxels?.data.fill(7);
  assert.deepEqual(startRange(alike), [100, 300]);
});

test("the control spans the window and some more, within the volume, and the range itself", () => {
  assert.deepEqual(rangeLimits(page()), [50, 350]);
  assert.deepEqual(rangeLimits({ ...page(), volume: summary({ window: [10, 390] }) }), [0, 399]);
  assert.deepEqual(rangeLimits({ ...page(), volume: summary({ window: [200, 220] }) }), [195, 225]);
  assert.deepEqual(rangeLimits({ ...page(), threshold: { on: true, low: -50, high: 900 } }), [-50, 900]);
});

test("only a range that is on counts", () => {
  assert.equal(activeRange({ threshold: null }), null);
  assert.equal(activeRange({ threshold: { on: false, low: 1, high: 2 } }), null);
  assert.deepEqual(activeRange({ threshold: { on: true, low: 1, high: 2 } }), [1, 2]);
});

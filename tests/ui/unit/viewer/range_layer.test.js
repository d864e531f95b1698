import assert from "node:assert/strict";
import { test } from "node:test";

import "../support/page.js";
import { RangeLayer } from "../../../../ui/static/viewer/range_layer.js";

/** @import { FakeContext } from "../support/canvas.js" */

test("cells whose intensity lies within are tinted, both ends included, while there is a range", () => {
  const layer = new RangeLayer();
  layer.resize(3, 2);
  const values = Int16Array.of(9, 10, 15, 20, 21, -4);
  const tinted = () => [.../** @type {FakeContext} */ (/** @type {unknown} */ (layer.drawing.context)).pixels].map(Boolean);
  layer.compose(values, [10, 20]);
  assert.deepEqual([tinted(), layer.shown], [[false, true, true, true, false, false], true]);
  layer.compose(values, null);
  assert.equal(layer.shown, false);
});

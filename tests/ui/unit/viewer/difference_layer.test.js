import assert from "node:assert/strict";
import { test } from "node:test";

import "../support/page.js";
import { DIFFERENCE_COLOURS, DifferenceLayer } from "../../../../ui/static/viewer/difference_layer.js";
import { makePalette } from "../../../../ui/static/viewer/palette.js";

/** @import { FakeContext } from "../support/canvas.js" */

const LABELS = [1, 2].map((value) => ({ value, color: "#ff0000" }));

/** @param {Set<number>} hidden */
function colours(hidden = new Set()) {
  const layer = new DifferenceLayer();
  layer.resize(5, 1);
  layer.compose(Uint8Array.of(0, 1, 0, 1, 2), Uint8Array.of(0, 0, 2, 2, 2), makePalette(LABELS, hidden, 0.5, true, true));
  const { pixels } = /** @type {FakeContext} */ (/** @type {unknown} */ (layer.drawing.context));
  const names = new Map(Object.entries(DIFFERENCE_COLOURS).map(([name, [red, green, blue]]) => [`${red},${green},${blue}`, name]));
  return [...pixels].map((word) => (word ? names.get([word & 255, (word >> 8) & 255, (word >> 16) & 255].join()) : null));
}

test("each kind of difference has its colour, and what is the same has none", () => {
  assert.deepEqual(colours(), [null, "first", "second", "other", null]);
});

test("a label that is hidden counts as background", () => {
  assert.deepEqual(colours(new Set([2])), [null, "first", null, "first", null]);
});

test("without a second mask there is nothing to show", () => {
  const layer = new DifferenceLayer();
  layer.resize(1, 1);
  layer.compose(Uint8Array.of(1), null, makePalette(LABELS, new Set(), 0.5, true));
  assert.equal(layer.shown, false);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { isBetweenLines, isInGap, PATTERNS } from "../../../../ui/static/viewer/hatch.js";
import { INTERPOLATED, makePalette, PAINTED } from "../../../../ui/static/viewer/palette.js";

const LABELS = [{ value: 3, color: "#102030" }];
/** @param {number} word */
const parts = (word) => ({ colour: [word & 255, (word >>> 8) & 255, (word >>> 16) & 255], alpha: word >>> 24 });

test("what is painted is nearly solid, what is predicted light", () => {
  const { fill, stroke } = makePalette(LABELS, new Set(), 1, true);
  assert.deepEqual(parts(fill[3]), { colour: [16, 32, 48], alpha: Math.round(0.4 * 255) });
  assert.deepEqual(parts(fill[3 | PAINTED]), { colour: [16, 32, 48], alpha: Math.round(0.9 * 255) });
  assert.deepEqual([stroke[3], stroke[3 | PAINTED]], ["rgba(16,32,48,0.85)", "#102030"]);
});

test("hidden labels, and all labels when none are shown, have no colour", () => {
  for (const palette of [makePalette(LABELS, new Set([3]), 1, true), makePalette(LABELS, new Set(), 1, false)]) {
    assert.ok(palette.fill.every((word) => word === 0));
    assert.ok(palette.stroke.every((colour) => colour === null));
  }
});

test("under another layer's colours a prediction is an outline only", () => {
  const { fill, stroke } = makePalette(LABELS, new Set(), 1, true, true);
  assert.equal(fill[3], 0);
  assert.match(String(stroke[3]), /^rgba\(198, 216, 236/);
  assert.equal(stroke[3 | PAINTED], "#102030");
});

test("interpolated labels have lines, and are pale between them", () => {
  const { fill, stroke } = makePalette(LABELS, new Set(), 1, true);
  const [line, between] = [fill[3 | INTERPOLATED], fill[3 | INTERPOLATED | PAINTED]].map((word) => parts(word).alpha);
  assert.ok(line > 3 * between && between > 0);
  assert.equal(stroke[3 | INTERPOLATED], "#102030");
});

test("with patterns each label has one by its place in the list, and its gaps are pale", () => {
  const { patterns, fill, gap } = makePalette([...LABELS, { value: 7, color: "#ff0000" }], new Set(), 1, true, false, true);
  assert.deepEqual([patterns?.[3], patterns?.[7]], [0, 1]);
  assert.equal(parts(gap[7 | PAINTED]).alpha < parts(fill[7 | PAINTED]).alpha / 2, true);
  assert.equal(makePalette(LABELS, new Set(), 1, true).patterns, null);
});

test("no two patterns are the same, and none is the diagonal of interpolated labels", () => {
  const tile = (/** @type {(column: number, row: number) => boolean} */ isDrawn) => Array.from({ length: 36 }, (_, at) => Number(isDrawn(at % 6, Math.floor(at / 6)))).join("");
  const seen = PATTERNS.map((_, pattern) => tile((column, row) => !isInGap(pattern, column, row, 64)));
  const interpolated = tile((column, row) => !isBetweenLines(column, row, 64));
  assert.equal(new Set([...seen, interpolated]).size, PATTERNS.length + 1);
});

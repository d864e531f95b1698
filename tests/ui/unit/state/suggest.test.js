import assert from "node:assert/strict";
import { test } from "node:test";

import { suggestSlices } from "../../../../ui/static/state/suggest.js";

/** @param {Partial<Parameters<typeof suggestSlices>[0]>} known */
const suggest = (known) => suggestSlices({ count: 200, stepMm: 1, painted: [], empty: [], extent: null, ...known });

/** @type {[number[], number[]][]} */
const SPREAD = [
  [[], []],
  [[50], [30, 70]],
  [[20, 60], [40]],
  [[20, 40, 80], [30, 60]],
];
for (const [painted, expected] of SPREAD) {
  test(`after ${painted.length ? painted : "nothing"}, suggestions spread evenly`, () => assert.deepEqual(suggest({ painted }), expected));
}

test("suggestions look where the prediction runs out", () => {
  assert.deepEqual(suggest({ painted: [60, 70, 120], extent: [10, 190] }), [35, 95, 155]);
});

/** @type {[string, Record<number, number>, number[], number[]][]} */
const UNCERTAIN = [
  ["at the most uncertain slices, not where there is little", { 30: 9, 60: 20, 90: 8, 120: 1 }, [10, 150], [30, 60, 90]],
  ["away from reviewed slices", { 30: 9, 60: 20 }, [10, 58], [30]],
  ["at one of two neighbours", { 30: 9, 34: 8 }, [10, 150], [30]],
  ["where nothing is painted, after a prediction from another scan", { 60: 9 }, [], [60]],
  ["spread evenly once all that is uncertain is painted over", { 10: 9 }, [10, 60], [35]],
];
for (const [where, bySlice, painted, expected] of UNCERTAIN) {
  test(`a run that is uncertain leads there: ${where}`, () => {
    const uncertainty = Array.from({ length: 200 }, (_, slice) => bySlice[slice] ?? 0);
    assert.deepEqual(suggest({ painted, uncertainty }), expected);
  });
}

test("reviewed slices that hold nothing count as seen", () => {
  assert.deepEqual(suggest({ painted: [20, 60], empty: [40] }), [30, 50]);
});

test("a volume of two slices needs no suggestions", () => assert.deepEqual(suggest({ count: 2, painted: [0] }), []));

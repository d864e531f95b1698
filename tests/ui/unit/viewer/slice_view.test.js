import assert from "node:assert/strict";
import { test } from "node:test";

import { nextFrame } from "../support/page.js";
import { bookOf, counting, summaryOf } from "../support/volumes.js";
import { makePalette } from "../../../../ui/static/viewer/palette.js";
import { SliceView } from "../../../../ui/static/viewer/slice_view.js";
import { Volume, WindowLut } from "../../../../ui/static/viewer/volume.js";

/**
 * @import { FakeContext } from "../support/canvas.js"
 * @import { Triple } from "../../../../ui/static/api/types.d.ts"
 */

/** @type {Triple} */
const SHAPE = [3, 4, 5];

/** A view of axial slice 0 of a small volume, drawn once; `source` can be changed. */
function shown() {
  const source = {
    lutCalls: 0,
    mask: /** @type {Uint8Array | null} */ (null),
    other: /** @type {Uint8Array | null} */ (null),
    certain: /** @type {Uint8Array | null} */ (null),
    lut: () => (source.lutCalls++, new WindowLut([0, 60], true)),
    palette: () => makePalette([{ value: 1, color: "#ff0000" }], new Set(), 1, true),
    range: () => /** @type {[number, number] | null} */ (null),
    smooth: () => true,
    maskVoxels: () => source.mask,
    otherMask: () => source.other,
    confidence: () => source.certain,
    book: bookOf(SHAPE, "axial", {}),
  };
  let draws = 0;
  const view = new SliceView("axial", { onDraw: () => draws++ });
  view.resize(100, 100, 1);
  view.setVolume(new Volume(summaryOf(), counting(SHAPE).buffer), source);
  nextFrame();
  const context = /** @type {FakeContext} */ (/** @type {unknown} */ (view.context));
  context.calls.length = 0;
  return { view, source, context, draws: () => draws };
}

/** @param {FakeContext} context @param {string} method */
const count = (context, method) => context.calls.filter(([name]) => name === method).length;

test("before there is a volume the view is black", () => {
  const view = new SliceView("axial");
  view.resize(10, 10, 1);
  nextFrame();
  assert.deepEqual(/** @type {FakeContext} */ (/** @type {unknown} */ (view.context)).calls, [["fillRect", 0, 0, 10, 10]]);
});

test("many changes are drawn once, at the next frame", () => {
  const { view, context, draws } = shown();
  view.setIndex(1);
  view.invalidate("labels");
  view.panBy(1, 1);
  assert.equal(context.calls.length, 0);
  nextFrame();
  nextFrame();
  assert.equal(draws(), 2);
  assert.equal(count(context, "drawImage"), 2); // image and labels
});

test("another slice shows its own intensities", () => {
  const { view } = shown();
  const before = [...(view.values ?? [])];
  view.setIndex(4);
  nextFrame();
  assert.deepEqual([...(view.values ?? [])], before.map((value) => value + 4 * 12));
});

test("what moves with the pointer never redraws the image", () => {
  const { view, context } = shown();
  let painted = 0;
  view.hudPainters.push(() => painted++);
  view.invalidate("hud");
  nextFrame();
  assert.equal(painted, 1);
  assert.equal(count(context, "drawImage"), 0);
});

test("a stroke redraws only the part of the canvas around it", () => {
  const { view, source, context } = shown();
  source.book.ensure(0).state = "painted";
  source.book.ensure(0).labels[5] = 1;
  view.invalidate("labels", { x0: 2, y0: 1, x1: 3, y1: 2 });
  nextFrame();
  assert.equal(count(context, "clip"), 1);
  assert.equal(view.layer.codes[5], 1 | 256);
});

test("a mask that came meanwhile is read when labels are redrawn", () => {
  const { view, source } = shown();
  source.mask = new Uint8Array(60).fill(1);
  view.invalidate("labels");
  nextFrame();
  assert.ok(view.layer.codes.every((code) => code === 1));
  source.mask = null;
  view.invalidate("labels");
  nextFrame();
  assert.ok(view.layer.codes.every((code) => code === 0));
});

test("uncertainty is a layer of its own while there is one", () => {
  const { view, source, context } = shown();
  source.certain = new Uint8Array(60).fill(100);
  view.invalidate("labels");
  nextFrame();
  assert.ok(view.uncertainty.shown);
  assert.equal(count(context, "drawImage"), 3);
});

test("what two masks differ in is a layer of its own, of the labels that are shown", () => {
  const { view, source, context } = shown();
  source.mask = new Uint8Array(60).fill(1);
  source.other = new Uint8Array(60);
  view.invalidate("labels");
  nextFrame();
  assert.ok(view.difference.shown);
  assert.equal(count(context, "drawImage"), 3);
  source.other = null;
  view.invalidate("labels");
  nextFrame();
  assert.equal(view.difference.shown, false);
});

test("a new window takes the slice from memory", () => {
  const { view, source } = shown();
  const calls = source.lutCalls;
  const { values } = view;
  view.invalidate("window");
  nextFrame();
  assert.deepEqual([source.lutCalls, view.values], [calls + 1, values]);
});

test("new colours do not read labels again", () => {
  const { view, source } = shown();
  source.mask = new Uint8Array(60).fill(1);
  view.invalidate("palette");
  nextFrame();
  assert.ok(view.layer.codes.every((code) => code === 0));
});

test("another volume starts fitted", () => {
  const { view, source } = shown();
  view.zoomAt(4, 10, 10);
  view.setVolume(new Volume(summaryOf({ id: "other" })), source);
  assert.equal(view.zoom, 1);
});

/** Paints a ball: the slice under the pointer at once, the slices before and behind it when the button is let go. */
import { capsule } from "./raster.js";
import { drawRing, strokes } from "./strokes.js";
import { t } from "../words/index.js";
import { registerTool } from "./tool.js";

/** @import { Gesture } from "./gesture.js" */
/** @import { Point } from "./tool.js" */

export const sphere = registerTool({
  id: "sphere",
  label: t("tools.sphere.label"),
  step: t("tools.sphere.step"),
  hint: t("tools.sphere.hint"),
  hintOfPictures: t("tools.sphere.hintOfPictures"),
  icon: ["M10 16.500a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13z", "M3.500 10c0 1.500 2.900 2.600 6.500 2.600s6.500-1.100 6.500-2.600"],
  key: "Q",
  cursor: "none",
  paints: true,
  options: ["brushMm", "protect"],
  down: strokes.down,

  move(gesture, point) {
    const last = gesture.points.at(-1) ?? point;
    gesture.points.push(point);
    gesture.touch(capsule(last, point, gesture.settings.brushMm / 2, gesture.size, gesture.write));
  },

  up: paintBall,
  cancel: paintBall,
  draw: (context, hud) => drawRing(context, hud, hud.colour),
});

/** The discs of the ball on the other slices, along the way the pointer took. @param {Gesture} gesture */
function paintBall(gesture) {
  const radiusMm = gesture.settings.brushMm / 2;
  const { slices, sliceStepMm, pixelWidthMm, pixelHeightMm } = gesture.size;
  const reach = Math.floor(radiusMm / sliceStepMm);
  const path = thinned(gesture, radiusMm / 5);
  const changes = [];
  for (let index = Math.max(0, gesture.index - reach); index <= Math.min(slices - 1, gesture.index + reach); index++) {
    if (index === gesture.index) continue;
    const discMm = Math.sqrt(radiusMm ** 2 - ((index - gesture.index) * sliceStepMm) ** 2);
    if (discMm < Math.min(pixelWidthMm, pixelHeightMm) / 2) continue; // it covers no cell's centre, or hardly
    changes.push(gesture.changeOf(index, (write) => path.forEach((point, n) => capsule(path[n - 1] ?? point, point, discMm, gesture.size, write))));
  }
  gesture.commit(changes.filter((change) => change !== null));
}

/**
 * The pointer's way without points that hardly differ from the one before: a ball is painted many times.
 *
 * @param {Gesture} gesture
 * @param {number} stepMm
 */
function thinned({ points, size: { pixelWidthMm, pixelHeightMm } }, stepMm) {
  /** @type {Point[]} */
  const kept = [];
  points.forEach((point, n) => {
    const last = kept.at(-1);
    const apart = last ? Math.hypot((point.column - last.column) * pixelWidthMm, (point.row - last.row) * pixelHeightMm) : Infinity;
    if (apart >= stepMm || n === points.length - 1) kept.push(point);
  });
  return kept;
}

/** Strokes of a round brush: what the brush and the eraser share. */
import { capsule } from "./raster.js";

/** @import { Tool } from "./tool.js" */
/** @import { Hud } from "./hud.js" */

/** @type {Required<Pick<Tool, "down" | "move" | "up" | "cancel">>} */
export const strokes = {
  down(gesture, point) {
    const { similarOnly } = gesture.settings;
    const restricted = similarOnly && gesture.tool.options.includes("similarOnly") && !gesture.erasing;
    gesture.begin({ range: restricted ? gesture.similarRange(point) : null });
  },

  /** Paint the capsule between the point before and this one. */
  move(gesture, point) {
    const last = gesture.points.at(-1) ?? point;
    gesture.points = [point];
    gesture.touch(capsule(last, point, gesture.radiusMm, gesture.size, gesture.write));
  },

  up(gesture) {
    gesture.commit();
  },

  /** A stroke that another tool or slice interrupts is kept. */
  cancel(gesture) {
    gesture.commit();
  },
};

/**
 * Draw the brush's outline around the pointer.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Hud} hud
 * @param {string} colour CSS colour
 */
export function drawRing(context, hud, colour) {
  if (!hud.pointer) return;
  const { x, y } = hud.place(hud.pointer);
  const radius = Math.max(2, (hud.settings.brushMm / 2) * hud.pixelsPerMm);
  /** @type {[string, number][]} */
  const lines = [["rgba(0,0,0,0.65)", 3], [colour, 1.25]];
  for (const [style, width] of lines) {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.strokeStyle = style;
    context.lineWidth = width * hud.pixelRatio;
    context.stroke();
  }
}

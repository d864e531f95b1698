/** Closed contours: what the lasso and the polygon share. */
import { fillContour } from "./raster.js";

/** @import { Gesture } from "./gesture.js" */
/** @import { Hud } from "./hud.js" */
/** @import { Point } from "./tool.js" */

/**
 * Fill the gesture's points as one closed contour; fewer than three enclose nothing.
 *
 * @param {Gesture} gesture
 */
export function fillPoints(gesture) {
  if (gesture.points.length < 3) return;
  gesture.begin();
  gesture.touch(fillContour(gesture.points, gesture.size, gesture.write));
  gesture.commit();
}

/**
 * Draw the line through the points, and dashed what would close it.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Hud} hud
 * @param {Point[]} points
 */
export function drawContour(context, hud, points) {
  const [first] = points;
  if (!first) return;
  const lineTo = (/** @type {Point} */ point) => {
    const { x, y } = hud.place(point);
    context.lineTo(x, y);
  };
  const dash = 4 * hud.pixelRatio;
  context.beginPath();
  points.forEach(lineTo);
  context.lineWidth = 1.5 * hud.pixelRatio;
  context.strokeStyle = hud.colour;
  context.stroke();
  context.setLineDash([dash, dash]);
  lineTo(first);
  context.globalAlpha = 0.6;
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
}

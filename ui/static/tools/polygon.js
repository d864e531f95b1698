/** Fills a polygon whose corners are clicked; a click on the first corner, a double-click or Enter closes it. */
import { drawContour, fillPoints } from "./contours.js";
import { t } from "../words/index.js";
import { registerTool } from "./tool.js";

const CLOSING_DISTANCE_PX = 8; // CSS pixels around the first corner

export const polygon = registerTool({
  id: "polygon",
  label: t("tools.polygon.label"),
  step: t("tools.polygon.step"),
  hint: t("tools.polygon.hint"),
  icon: "polygon",
  key: "P",
  cursor: "crosshair",
  paints: true,
  options: ["protect"],
  multiClick: true,

  down(gesture, point) {
    const { points } = gesture;
    if (points.length > 2 && points[0] && gesture.distancePx(point, points[0]) < CLOSING_DISTANCE_PX) {
      fillPoints(gesture);
      return true;
    }
    points.push(point);
    return false;
  },

  finish: fillPoints,

  draw(context, hud) {
    if (!hud.gesture) return;
    const { points } = hud.gesture;
    drawContour(context, hud, hud.pointer ? [...points, hud.pointer] : points);
    context.fillStyle = hud.colour;
    for (const point of points) {
      const { x, y } = hud.place(point);
      context.beginPath();
      context.arc(x, y, 3 * hud.pixelRatio, 0, 2 * Math.PI);
      context.fill();
    }
  },
});

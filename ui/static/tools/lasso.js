/** Fills what is drawn around while the button is down. */
import { drawContour, fillPoints } from "./contours.js";
import { registerTool } from "./tool.js";

export const lasso = registerTool({
  id: "lasso",
  label: "Lasso",
  hint: "Draw around a structure; its inside is filled. Hold Alt to cut out",
  icon: "lasso",
  key: "L",
  cursor: "crosshair",
  paints: true,
  options: ["protect"],
  down() {},
  move(gesture, point) {
    gesture.points.push(point);
  },
  up: fillPoints,
  draw(context, hud) {
    if (hud.gesture) drawContour(context, hud, hud.gesture.points);
  },
});

/** Fills what is drawn around while the button is down. */
import { drawContour, fillPoints } from "./contours.js";
import { t } from "../words/index.js";
import { registerTool } from "./tool.js";

export const lasso = registerTool({
  id: "lasso",
  label: t("tools.lasso.label"),
  step: t("tools.lasso.step"),
  hint: t("tools.lasso.hint"),
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

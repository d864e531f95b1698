/** Erases under a round brush. */
import { drawRing, strokes } from "./strokes.js";
import { t } from "../words/index.js";
import { registerTool } from "./tool.js";

export const eraser = registerTool({
  id: "eraser",
  label: t("tools.eraser.label"),
  hint: t("tools.eraser.hint"),
  icon: "eraser",
  key: "E",
  cursor: "none",
  paints: true,
  options: ["brushMm", "penPressure", "protect"],
  ...strokes,
  down(gesture, point) {
    gesture.erasing = true;
    strokes.down(gesture, point);
  },
  draw: (context, hud) => drawRing(context, hud, "#ffffff"),
});

/** Paints with the active label under a round brush. */
import { drawRing, strokes } from "./strokes.js";
import { t } from "../words/index.js";
import { registerTool } from "./tool.js";

export const brush = registerTool({
  id: "brush",
  label: t("tools.brush.label"),
  step: t("tools.brush.step"),
  hint: t("tools.brush.hint"),
  icon: "brush",
  key: "B",
  cursor: "none",
  paints: true,
  options: ["brushMm", "penPressure", "similarOnly", "tolerance", "protect"],
  ...strokes,
  draw: (context, hud) => drawRing(context, hud, hud.colour),
});

/** Paints with the active label under a round brush. */
import { drawRing, strokes } from "./strokes.js";
import { registerTool } from "./tool.js";

export const brush = registerTool({
  id: "brush",
  label: "Brush",
  hint: "Paint with the active label; hold Alt to erase",
  icon: "brush",
  key: "B",
  cursor: "none",
  paints: true,
  options: ["brushMm", "penPressure", "similarOnly", "tolerance", "protect"],
  ...strokes,
  draw: (context, hud) => drawRing(context, hud, hud.colour),
});

/** Erases under a round brush. */
import { drawRing, strokes } from "./strokes.js";
import { registerTool } from "./tool.js";

export const eraser = registerTool({
  id: "eraser",
  label: "Eraser",
  hint: "Erase",
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

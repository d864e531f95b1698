/** Moves the crosshair. It paints nothing, so the panes handle its drags as they do on planes that are not painted. */
import { registerTool } from "./tool.js";

export const navigate = registerTool({
  id: "navigate",
  label: "Navigate",
  hint: "Drag to move the crosshair",
  icon: "navigate",
  key: "V",
  cursor: "crosshair",
  paints: false,
  options: [],
});

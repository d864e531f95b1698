/** Chooses the label that is clicked, painted or predicted, and gives the tool before back. */
import { t } from "../words/index.js";
import { registerTool } from "./tool.js";

export const pick = registerTool({
  id: "pick",
  label: t("tools.pick.label"),
  hint: t("tools.pick.hint"),
  icon: ["M12 3.500l4.500 4.500", "M10.500 5l4.500 4.500", "M11.500 7.500L5 14l-1.500 2.500L6 15l6.500-6.500"],
  key: "I",
  cursor: "crosshair",
  paints: true,
  options: [],
  down(gesture, point) {
    const value = gesture.labelAt(point);
    if (value) gesture.store.set({ activeLabel: value, tool: gesture.settings.toolBefore });
    return true;
  },
});

/** Fills connected cells of similar intensity with one click. */
import { fillSimilar } from "./cells.js";
import { t } from "../words/index.js";
import { registerTool } from "./tool.js";

export const fill = registerTool({
  id: "fill",
  label: t("tools.fill.label"),
  step: t("tools.fill.step"),
  hint: t("tools.fill.hint"),
  icon: "fill",
  key: "F",
  cursor: "crosshair",
  paints: true,
  options: ["tolerance", "protect"],
  down(gesture, point) {
    const range = gesture.similarRange(point);
    const labels = gesture.begin();
    const slice = { ...gesture.size, intensities: gesture.intensities };
    gesture.touch(fillSimilar(point, slice, range, labels, gesture.write));
    gesture.commit();
    return true;
  },
});

/** Fills connected cells of similar intensity with one click. */
import { fillSimilar } from "./cells.js";
import { registerTool } from "./tool.js";

export const fill = registerTool({
  id: "fill",
  label: "Fill similar",
  hint: "Click a structure to fill connected voxels of similar intensity",
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

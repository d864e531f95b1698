/** Keeps the piece of a label that is clicked and takes its other pieces on the slice away. */
import { flood } from "./raster.js";
import { t } from "../words/index.js";
import { registerTool } from "./tool.js";

export const keep = registerTool({
  id: "keep",
  label: t("tools.keep.label"),
  step: t("tools.keep.step"),
  hint: t("tools.keep.hint"),
  hintOfPictures: t("tools.keep.hintOfPictures"),
  icon: ["M10 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6z", "M3.500 5.500l2 2", "M5.500 5.500l-2 2", "M14.500 12.500l2 2", "M16.500 12.500l-2 2"],
  key: "K",
  cursor: "crosshair",
  paints: true,
  options: [],
  down(gesture, point) {
    const value = gesture.labelAt(point);
    if (!value) return true;
    const { width, height } = gesture.size;
    const labels = gesture.begin({ paints: false });
    const start = Math.floor(point.row) * width + Math.floor(point.column);
    const kept = new Uint8Array(labels.length);
    flood(start, { width, height }, (at) => labels[at] === value && !kept[at], (at) => (kept[at] = 1));
    for (let at = 0; at < labels.length; at++) if (labels[at] === value && !kept[at]) labels[at] = 0;
    gesture.touch({ x0: 0, y0: 0, x1: width, y1: height });
    gesture.commit();
    return true;
  },
});

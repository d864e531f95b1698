/** Moves the crosshair. It paints nothing, so the panes handle its drags as they do on planes that are not painted. */
import { t } from "../words/index.js";
import { registerTool } from "./tool.js";

export const navigate = registerTool({
  id: "navigate",
  label: t("tools.navigate.label"),
  hint: t("tools.navigate.hint"),
  icon: "navigate",
  key: "V",
  cursor: "crosshair",
  paints: false,
  options: [],
});

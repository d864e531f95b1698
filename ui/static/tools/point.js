/** Points inside and outside a structure, which SAM's own decoder outlines; for encoders that were trained on points. */
import { MAX_POINTS, PromptKind } from "../api/contract.js";
import { beginProposal, changeProposal, drawOutline, proposalOf } from "./proposals.js";
import { t } from "../words/index.js";
import { registerTool } from "./tool.js";

const RADIUS_PX = 5;

export const point = registerTool({
  id: "point",
  label: t("tools.point.label"),
  hint: t("tools.point.hint"),
  icon: ["M10 16.500a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13z", "M10 7v6", "M7 10h6"],
  key: "Shift+X",
  cursor: "crosshair",
  paints: true,
  options: ["protect"],
  prompt: PromptKind.POINT,

  down(gesture, { column, row }) {
    const { width, height } = gesture.size;
    if (column < 0 || row < 0 || column > width || row > height) return true;
    const shown = proposalOf(gesture);
    const points = [...(shown?.points ?? []), { column, row, inside: !gesture.erasing }];
    if (shown && points.length <= MAX_POINTS) changeProposal(gesture, shown, { points });
    else if (!shown) beginProposal(gesture, PromptKind.POINT, { points, erasing: false });
    return true;
  },

  draw(context, hud) {
    const { proposal } = hud.settings;
    if (proposal?.kind !== PromptKind.POINT) return;
    drawOutline(context, hud, proposal);
    for (const place of proposal.points) {
      const { x, y } = hud.place(place);
      context.beginPath();
      context.arc(x, y, RADIUS_PX * hud.pixelRatio, 0, 2 * Math.PI);
      context.fillStyle = place.inside ? hud.colour : "#ffffff";
      context.fill();
      context.strokeStyle = "#10151c";
      context.lineWidth = 1.5 * hud.pixelRatio;
      context.stroke();
    }
  },
});

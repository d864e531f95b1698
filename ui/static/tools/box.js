/** A box around a structure, which SAM's own decoder outlines; its sides and corners can be dragged afterwards. */
import { PromptKind } from "../api/contract.js";
import { clamp } from "../lib/dom.js";
import { canBeAsked, handleAt, moveSides, sidesAt } from "../state/proposal.js";
import { beginProposal, changeProposal, drawBox, drawOutline, proposalOf } from "./proposals.js";
import { t } from "../words/index.js";
import { registerTool } from "./tool.js";

/** @import { Gesture } from "./gesture.js" */

const REACH_PX = 6; // CSS pixels around a side
const MIN_DRAG_PX = 4; // less is a click, which changes nothing

export const box = registerTool({
  id: "box",
  label: t("tools.box.label"),
  hint: t("tools.box.hint"),
  icon: ["M4 6V4h2", "M14 4h2v2", "M16 14v2h-2", "M6 16H4v-2", "M9 4h2", "M9 16h2", "M4 9v2", "M16 9v2", "M10 7.500c1.700 0 2.700 1 2.700 2.500s-1.200 2.700-2.700 2.700-2.700-1.200-2.700-2.700 1-2.500 2.700-2.500z"],
  key: "X",
  cursor: "crosshair",
  paints: true,
  options: ["protect"],
  prompt: PromptKind.BOX,

  down(gesture, point) {
    const shown = proposalOf(gesture);
    const held = shown && (shown.offered ? handleAt : sidesAt)(shown.box, point, reachOf(gesture));
    if (shown && held) gesture.store.set({ proposal: { ...shown, held } });
    else gesture.points = [point];
  },

  move(gesture, point) {
    const [start] = gesture.points;
    if (start) {
      if (gesture.distancePx(start, point) < MIN_DRAG_PX) return;
      gesture.points = [];
      const { width, height } = gesture.size;
      beginProposal(gesture, PromptKind.BOX, { held: { column: clamp(start.column, 0, width), row: clamp(start.row, 0, height) } });
    }
    const shown = proposalOf(gesture);
    if (shown?.held) changeProposal(gesture, shown, { box: moveSides(shown.box, shown.held, point, gesture.size) });
  },

  up(gesture) {
    if (!release(gesture)) gesture.store.emit("box-too-small");
  },
  cancel: (gesture) => void release(gesture),

  draw(context, hud) {
    const { proposal } = hud.settings;
    if (proposal?.kind !== PromptKind.BOX) return;
    drawOutline(context, hud, proposal);
    drawBox(context, hud, proposal);
  },
});

/** The sides stay where they are; a box without a cell is none: false. @param {Gesture} gesture */
function release(gesture) {
  const { proposal } = gesture.settings;
  if (!proposal?.held) return true;
  const holdsCell = canBeAsked(proposal);
  gesture.store.set({ proposal: holdsCell ? { ...proposal, held: null } : null });
  return holdsCell;
}

/** @param {Gesture} gesture */
function reachOf({ view }) {
  const { map, pixelRatio } = view;
  return { column: (REACH_PX * pixelRatio) / map.scaleX, row: (REACH_PX * pixelRatio) / map.scaleY };
}

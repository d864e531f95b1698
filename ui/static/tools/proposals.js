/** What the tools that ask SAM share: the proposal of the slice they are used on, and how it is drawn. */
import { isOnScreen } from "../state/proposal.js";

/** @import { PromptKind } from "../api/types.d.ts" */
/** @import { Proposal, Rect } from "../state/types.d.ts" */
/** @import { Gesture } from "./gesture.js" */
/** @import { Hud } from "./hud.js" */

const HANDLE_PX = 7;

/**
 * The proposal that a gesture goes on with, or null.
 *
 * @param {Gesture} gesture
 */
export function proposalOf({ settings }) {
  const { proposal } = settings;
  return proposal && isOnScreen(settings, proposal) ? proposal : null;
}

/**
 * A new proposal in place of the one on screen, which is taken.
 *
 * @param {Gesture} gesture
 * @param {PromptKind} kind
 * @param {Partial<Proposal>} prompt
 */
export function beginProposal({ store, index, settings, erasing }, kind, prompt) {
  store.emit("take-outline");
  if (!erasing && settings.activeLabel !== null) store.emit("label-used", { value: settings.activeLabel });
  const box = { x0: 0, y0: 0, x1: 0, y1: 0 };
  store.set({
    proposal: {
      ...{ id: Symbol(kind), kind, plane: settings.plane, index, value: settings.activeLabel ?? 0, erasing, box, points: [], held: null },
      ...{ offered: false, cells: null, edges: [], state: "asked" },
      ...prompt,
    },
  });
}

/**
 * Ask again with another prompt. A proposal that was offered is the person's own from here on.
 *
 * @param {Gesture} gesture
 * @param {Proposal} proposal
 * @param {Partial<Proposal>} prompt
 */
export function changeProposal({ store }, proposal, prompt) {
  store.set({ proposal: { ...proposal, ...prompt, offered: false, state: "asked" } });
}

/**
 * Draw the outline of a proposal, dashed while it is offered.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Hud} hud
 * @param {Proposal} proposal
 */
export function drawOutline(context, hud, { edges, offered, erasing }) {
  context.beginPath();
  for (let n = 0; n < edges.length; n += 4) {
    const from = hud.place({ column: edges[n], row: edges[n + 1] });
    const to = hud.place({ column: edges[n + 2], row: edges[n + 3] });
    context.moveTo(from.x, from.y);
    context.lineTo(to.x, to.y);
  }
  context.lineCap = "square";
  strokeTwice(context, hud, { colour: erasing ? "#ffffff" : hud.colour, width: 2, alpha: offered ? 0.7 : 1 });
}

/**
 * Draw a box with its handles.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Hud} hud
 * @param {Proposal} proposal
 */
export function drawBox(context, hud, { box, offered }) {
  const { x, y } = hud.place({ column: box.x0, row: box.y0 });
  const far = hud.place({ column: box.x1, row: box.y1 });
  const dash = 5 * hud.pixelRatio;
  context.beginPath();
  context.rect(x, y, far.x - x, far.y - y);
  if (offered) context.setLineDash([dash, dash]);
  strokeTwice(context, hud, { colour: "#ffffff", width: 1.25, alpha: 0.9 });
  context.setLineDash([]);
  const side = HANDLE_PX * hud.pixelRatio;
  const middle = { x: (x + far.x) / 2, y: (y + far.y) / 2 };
  context.beginPath();
  for (const [column, row] of [[x, y], [middle.x, y], [far.x, y], [x, middle.y], [far.x, middle.y], [x, far.y], [middle.x, far.y], [far.x, far.y]]) {
    context.rect(column - side / 2, row - side / 2, side, side);
  }
  context.fillStyle = offered ? "#10151c" : "#ffffff";
  context.fill();
  strokeTwice(context, hud, { colour: offered ? "#ffffff" : "#10151c", width: 1, alpha: 1 });
}

/**
 * Stroke the path, over a dark line that is seen on bright tissue.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Hud} hud
 * @param {{ colour: string, width: number, alpha: number }} line width in CSS pixels
 */
function strokeTwice(context, hud, { colour, width, alpha }) {
  context.globalAlpha = 0.55 * alpha;
  context.strokeStyle = "#000000";
  context.lineWidth = (width + 1.5) * hud.pixelRatio;
  context.stroke();
  context.globalAlpha = alpha;
  context.strokeStyle = colour;
  context.lineWidth = width * hud.pixelRatio;
  context.stroke();
  context.globalAlpha = 1;
}

/** Marks on the ribbon of how slices came to be, told apart by their shape, and of those that a filter means. */
import { OriginKind } from "../api/contract.js";
import { clamp } from "../lib/dom.js";
import { kindsOf } from "../state/provenance.js";

/**
 * @import { OriginKindName } from "../api/types.d.ts"
 * @import { AppState } from "../state/types.d.ts"
 * @import { Strip } from "./ribbon_drawing.js"
 */

const COLOUR = "#c3ccd6";
const MARKED = "#8ab8ff";

/**
 * A small sign below each slice that was not simply painted: a tick where it was accepted, a filled dot where it was
 * corrected, a ring where SAM outlined it, a square where it was imported. What is painted, interpolated or only predicted
 * shows that by itself.
 * @param {CanvasRenderingContext2D} context
 * @param {Strip} strip
 * @param {AppState} state
 */
export function drawOrigins(context, strip, state) {
  const y = strip.height - 4;
  context.strokeStyle = context.fillStyle = COLOUR;
  context.lineWidth = 1.25;
  for (const index of state.annotations?.indices("painted") ?? []) SIGNS[kindsOf(state, index)[0]]?.(context, strip.x(index), y);
}

/** @type {Partial<Record<OriginKindName, (context: CanvasRenderingContext2D, x: number, y: number) => void>>} */
const SIGNS = {
  [OriginKind.ACCEPTED](context, x, y) {
    context.beginPath();
    context.moveTo(x - 2.5, y);
    context.lineTo(x - 0.5, y + 2);
    context.lineTo(x + 2.5, y - 2.5);
    context.stroke();
  },
  [OriginKind.CORRECTED](context, x, y) {
    context.beginPath();
    context.arc(x, y, 2, 0, 2 * Math.PI);
    context.fill();
  },
  [OriginKind.OUTLINED](context, x, y) {
    context.beginPath();
    context.arc(x, y, 2, 0, 2 * Math.PI);
    context.stroke();
  },
  [OriginKind.IMPORTED]: (context, x, y) => context.strokeRect(x - 2, y - 2, 4, 4),
};

/**
 * What a filter does not mean is dimmed; what it means has a line above it.
 * @param {CanvasRenderingContext2D} context
 * @param {Strip} strip
 * @param {number[] | null} marked null while there is no filter
 */
export function drawMarked(context, strip, marked) {
  if (!marked) return;
  const { height, step, count } = strip;
  const found = new Set(marked);
  const width = clamp(step, 3, 9);
  context.fillStyle = "rgba(16, 20, 26, 0.68)";
  for (let index = 0; index < count; index++) if (!found.has(index)) context.fillRect(strip.x(index) - step / 2, 8, step, height - 16);
  context.fillStyle = MARKED;
  for (const index of marked) context.fillRect(strip.x(index) - width / 2, 4, width, 2);
}

/** What a slice is after a change: painted, interpolated, reviewed and empty, or cleared. Pure. */
import { cut, differingRect, fingerprint } from "../state/history.js";

/** @import { SliceState } from "../api/types.d.ts" */
/** @import { AnnotationBook, Content } from "../state/annotations.js" */
/** @import { Edit } from "../state/history.js" */

/** @param {Uint8Array} labels */
const holds = (labels) => labels.some((value) => value !== 0);

/** @param {SliceState} state */
export const holdsLabels = (state) => state === "painted" || state === "interpolated";

/**
 * After a stroke.
 *
 * @param {Content} slice
 * @param {Content} begun what it was before
 * @param {boolean} proposed what was seen on it nobody had reviewed
 * @returns {SliceState}
 */
export function stateAfterPainting(slice, begun, proposed) {
  if (holds(slice.labels)) return "painted";
  // Erasing a whole prediction says "nothing here"; erasing one's own strokes takes the slice back.
  return proposed || begun.state === "empty" ? "empty" : "cleared";
}

/**
 * After its labels were replaced.
 *
 * @param {Uint8Array} labels
 * @param {SliceState} wanted
 * @param {SliceState} before
 * @returns {SliceState}
 */
export function stateOf(labels, wanted, before) {
  if (!holds(labels)) return holdsLabels(wanted) ? "cleared" : wanted;
  return holdsLabels(wanted) ? wanted : before; // locked labels stayed
}

/**
 * After undo or redo. What another window painted meanwhile stays, and a slice that holds paint is painted.
 *
 * @param {Uint8Array} labels
 * @param {SliceState} state what the slice was then
 * @param {number} print `fingerprint` of what it held then
 * @returns {SliceState}
 */
export function stateAfterTurning(labels, state, print) {
  if (!holds(labels)) return state === "interpolated" ? "cleared" : state;
  return state === "interpolated" && fingerprint(labels) === print ? "interpolated" : "painted";
}

/** Only of interpolated slices the print is asked for. @param {Content} slice */
const printOf = ({ labels, state }) => (state === "interpolated" ? fingerprint(labels) : 0);

/**
 * A change of a slice as a difference; null when there is none.
 *
 * @param {AnnotationBook} book
 * @param {number} index
 * @param {Content} before
 * @param {Content} after
 * @returns {Edit | null}
 */
export function stepOnSlice({ size: { width, height } }, index, before, after) {
  const rect = differingRect(before.labels, after.labels, width, height);
  if (!rect && before.state === after.state) return null;
  const area = rect ?? { x0: 0, y0: 0, x1: 0, y1: 0 };
  return {
    index,
    rect: area,
    before: cut(before.labels, width, area),
    after: cut(after.labels, width, area),
    stateBefore: before.state,
    stateAfter: after.state,
    printBefore: printOf(before),
    printAfter: printOf(after),
  };
}

/** What undo and redo make of a slice, and the locks that forbid it. Pure. */
import { turn } from "../state/history.js";
import { stateAfterTurning } from "./slice_states.js";

/** @import { SliceState } from "../api/types.d.ts" */
/** @import { AnnotationBook, Content } from "../state/annotations.js" */
/** @import { Edit } from "../state/history.js" */

/** @param {SliceState} state */
const isReviewed = (state) => state === "painted" || state === "empty";

/**
 * The slices of a step as they will be, and those they will be made of; without those that stand.
 *
 * @param {AnnotationBook} book
 * @param {Edit[]} edits of different slices
 * @param {"undo" | "redo"} direction
 */
export function turnsOf(book, edits, direction) {
  return edits.flatMap((edit) => {
    const content = turned(book, edit, direction);
    return content ? [{ edit, content, slice: book.ensure(edit.index) }] : [];
  });
}

/**
 * A slice with an edit taken back, or made again. Null where another window painted or accepted a slice that was only
 * interpolated then, or would be: what a person said stands.
 *
 * @param {AnnotationBook} book
 * @param {Edit} edit
 * @param {"undo" | "redo"} direction
 * @returns {Content | null} rows x columns labels, a copy
 */
function turned(book, edit, direction) {
  const { before, after, stateBefore, stateAfter, printBefore, printAfter, rect } = edit;
  const [from, then, to, state, print] = direction === "undo" ? [after, stateAfter, before, stateBefore, printBefore] : [before, stateBefore, after, stateAfter, printAfter];
  const slice = book.ensure(edit.index);
  const wasProposed = !isReviewed(then) && [then, state].includes("interpolated");
  if (wasProposed && isReviewed(slice.state)) return null;
  const labels = slice.labels.slice();
  turn(labels, book.size.width, rect, from, to);
  return { labels, state: stateAfterTurning(labels, state, print) };
}

/**
 * A locked label that a change of a slice would add or take away, 0 for none. What a prediction shows in its place stays.
 *
 * @param {Content} before
 * @param {Content} after both hold rows x columns labels
 * @param {Set<number>} locked label values
 * @param {Uint8Array | null} prediction of the slice: it is seen where the slice is cleared
 */
export function lockedBy(before, after, locked, prediction) {
  if (!locked.size) return 0;
  const [seen, then] = [before, after].map(({ state, labels }) => (state === "cleared" && prediction) || labels);
  for (let at = 0; at < seen.length; at++) {
    if (before.labels[at] === after.labels[at] || seen[at] === then[at]) continue;
    const held = [seen[at], then[at]].find((value) => locked.has(value));
    if (held) return held;
  }
  return 0;
}

/**
 * What the server cannot see of how a slice came to hold its labels; it is sent with the slice. Who painted is not among
 * it: the server knows. Pure.
 */

import { readingsOnScreen } from "./readings.js";

/** @import { Slice } from "./annotations.js" */
/** @import { Edit } from "./history.js" */
/** @import { AppState } from "./types.d.ts" */
/**
 * @typedef {object} OriginNotes
 * @property {string | null} mask the mask whose prediction the slice began from
 * @property {number[]} outlined labels whose last change was an outline of SAM's
 * @property {boolean} returned undo or redo brought it back to what it was before
 * @property {number | null} [version] the one that was restored
 */

/** @type {Readonly<OriginNotes>} */
export const NO_NOTES = Object.freeze({ mask: null, outlined: [], returned: false, version: null });

/** The mask whose prediction work goes on from, see `workVoxels`. @param {Pick<AppState, "comparison" | "mask">} state */
export function shownMask({ comparison, mask }) {
  if (!comparison?.masks || readingsOnScreen({ comparison }).length) return mask?.id ?? null;
  return comparison.runs.find(({ id }) => id === comparison.chosen[0])?.mask_id ?? null;
}

/**
 * Notes of a slice whose labels were changed.
 *
 * @param {Slice} slice
 * @param {Edit} edit
 * @param {boolean} returned by undo or redo
 * @returns {OriginNotes}
 */
export function notesAfter({ notes }, { before, after }, returned) {
  const changed = new Set();
  if (notes.outlined.length) before.forEach((value, at) => value !== after[at] && changed.add(value).add(after[at]));
  return { ...notes, outlined: notes.outlined.filter((value) => !changed.has(value)), returned };
}

/** The header that says them; empty where there is nothing to say. @param {Readonly<OriginNotes>} notes */
export function originHeader({ mask, outlined, returned, version }) {
  return [mask && `mask=${mask}`, outlined.length && `outlined=${outlined.join(",")}`, version && `version=${version}`, returned && "returned"].filter(Boolean).join(";");
}

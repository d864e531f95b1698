/** What no tool may change: cells of locked labels and, for tools that heed it, voxels outside the threshold range. */

import { activeRange } from "../state/threshold.js";

/** @import { AppState } from "../state/types.d.ts" */
/** @import { Intensities } from "./cells.js" */
/** @typedef {{ low: number, high: number, intensities: Intensities }} RangeGuard */

/**
 * Put cells back that must not have changed: those that held or now hold a locked label, and those outside the range.
 *
 * @param {Uint8Array} labels rows x columns, changed in place
 * @param {Uint8Array} before what the slice showed, as many cells
 * @param {Set<number>} locked label values
 * @param {RangeGuard | null} range intensities that may be changed; null: any
 * @returns {number} a locked label that was to be changed, 0 for none
 */
export function putBack(labels, before, locked, range = null) {
  let held = 0;
  if (!locked.size && !range) return held;
  for (let at = 0; at < labels.length; at++) {
    if (labels[at] === before[at]) continue;
    const intensity = range ? Number(range.intensities[at]) : 0;
    const outside = range !== null && (intensity < range.low || intensity > range.high);
    const kept = [labels[at], before[at]].find((value) => locked.has(value));
    if (kept) held = kept;
    if (outside || kept) labels[at] = before[at];
  }
  return held;
}

/**
 * Intensities of a slice that tools may change, null for any.
 *
 * @param {AppState} state
 * @param {number} index
 * @returns {RangeGuard | null}
 */
export function rangeGuard(state, index) {
  const { voxels, annotations } = state;
  const range = activeRange(state);
  if (!range || !voxels || !annotations) return null;
  return { low: range[0], high: range[1], intensities: voxels.slice(annotations.plane, index) };
}

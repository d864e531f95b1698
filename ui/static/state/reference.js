/** The reference as the second of two that are compared: never the first, which is what is painted on and accepted. Pure. */

/**
 * @import { Run } from "../api/types.d.ts"
 * @import { AppState, Comparison } from "./types.d.ts"
 */

export const REFERENCE = "reference";

/**
 * What can be compared with a run: other runs and, where the volume has one, its reference, which comes last.
 * @param {Run[]} runs with masks of their own, the newest first
 * @param {boolean} hasReference
 * @returns {Run[]}
 */
export const withReference = (runs, hasReference) => (hasReference ? [...runs, /** @type {Run} */ ({ id: REFERENCE })] : runs);

/**
 * What a choice makes of two that are compared; one that is compared already changes places with the other, but for the
 * reference, which stays second. Null where there is nothing to change places with.
 * @param {Pick<Comparison, "runs" | "chosen">} comparison
 * @param {0 | 1} place
 * @param {string} id
 * @returns {[string, string] | null}
 */
export function chosenWith({ runs, chosen }, place, id) {
  if (place === 0 && id === REFERENCE) return null;
  const [first, second] = chosen;
  if (place === 0) return id === second ? [id, first] : [id, second];
  if (id !== first) return [first, id];
  const instead = second === REFERENCE ? runs.find((run) => run.id !== id && run.id !== REFERENCE)?.id : second;
  return instead ? [instead, id] : null;
}

/**
 * The mask on screen that is held against the reference; null while none is.
 * @param {Pick<AppState, "comparison">} state
 */
export function scoredMask({ comparison }) {
  if (comparison?.chosen[1] !== REFERENCE) return null;
  return comparison.runs.find(({ id }) => id === comparison.chosen[0])?.mask_id ?? null;
}

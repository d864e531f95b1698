/** Masks of what is painted, by no model. Pure. */
import { VolumeState } from "../api/contract.js";
import { PLANES } from "../viewer/planes.js";

/** @import { VolumeSummary } from "../api/types.d.ts" */

const METHOD = "painted";

/** Whether nothing of a mask is predicted. @param {{choice?: {method: string}} | null} mask the mask, or the run that made it */
export const isPaintedMask = (mask) => mask?.choice?.method === METHOD;

/** Whether nothing of a volume's mask is predicted. @param {VolumeSummary} volume */
export const hasPaintedMask = ({ run, mask_id: maskId }) => Boolean(maskId) && run?.mask_id === maskId && isPaintedMask(run);

/**
 * Whether a volume's mask says of some slices only that nobody painted them: no training set has it then.
 * @param {VolumeSummary} volume
 */
export function isPartlyPainted(volume) {
  const { run, shape, state } = volume;
  return hasPaintedMask(volume) && state !== VolumeState.ACCEPTED && run !== null && run.slices < shape[PLANES[run.plane].axis];
}

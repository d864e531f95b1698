/** What the state says about uncertainty. Pure. */
import { sliceKind } from "./slices.js";
import { t } from "../words/index.js";

/**
 * Why uncertainty cannot be shown, in words that say what to do; null when it can.
 * @param {Pick<import("./types.d.ts").AppState, "mask"> & Partial<Pick<import("./types.d.ts").AppState, "volume">>} state
 */
export function uncertaintyBlocker(state) {
  if (!state.mask) return t("toolbar.uncertainty.noMask");
  if (!state.mask.has_confidence) return t(`toolbar.uncertainty.notSaid.${sliceKind(state)}`);
  return null;
}

/**
 * Expected wrong voxels of each slice of the annotation plane, or null where the run did not say.
 * @param {Pick<import("./types.d.ts").AppState, "mask" | "plane">} state
 * @param {number} count slices of the plane
 */
export function sliceUncertainty({ mask, plane }, count) {
  const found = mask?.slice_uncertainty?.[plane];
  return found?.length === count && found.some((each) => each > 0) ? found : null;
}

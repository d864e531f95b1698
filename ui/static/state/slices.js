/** What the state says about the slice on screen. Pure. */
import { mayEdit } from "./access.js";
import { PLANES } from "../viewer/planes.js";
import { isPictures } from "./pictures.js";

/**
 * @import { AppState } from "./types.d.ts"
 * @typedef {"accept" | "empty" | "afresh" | "copy" | "clear"} SliceAction what can be done with a slice as a whole
 * @typedef {"slice" | "picture"} SliceKind
 */

/** What people call a slice of the volume on screen, as keys of texts have it. @param {Partial<Pick<AppState, "volume">>} state @returns {SliceKind} */
export const sliceKind = (state) => (isPictures(state) ? "picture" : "slice");

/** @param {Pick<AppState, "cursor" | "plane">} state */
export const sliceOnScreen = ({ cursor, plane }) => cursor[PLANES[plane].axis];

/**
 * What the slice on screen is: "painted", "interpolated", "empty" (reviewed, holds nothing), "predicted", "blank"
 * (begun afresh) or "none".
 * @param {AppState} state
 */
export function sliceState(state) {
  const { annotations, mask } = state;
  const slice = sliceOnScreen(state);
  const painted = annotations?.state(slice) ?? "cleared";
  if (painted !== "cleared") return painted;
  if (annotations?.afresh === slice) return "blank";
  const runs = [...(mask?.extents?.values() ?? [])].flat();
  return runs.some(([first, last]) => first <= slice && slice <= last) ? "predicted" : "none";
}

/**
 * Whether there is a label on screen whose shape could be changed.
 * @param {AppState} state
 */
export function canReshape(state) {
  return mayEdit(state) && state.mainPane === state.plane && state.activeLabel !== null && ["painted", "interpolated", "predicted"].includes(sliceState(state));
}

/**
 * The actions offered for the slice on screen; none while another plane is large, or where nothing may be changed now. The last slice has no next to copy to.
 * @param {AppState} state
 * @returns {Set<SliceAction>}
 */
export function offeredActions(state) {
  if (state.mainPane !== state.plane || !mayEdit(state)) return new Set();
  /** @type {Record<string, SliceAction[]>} */
  const byState = { painted: ["copy", "clear"], interpolated: ["accept", "clear"], empty: ["clear"], predicted: ["accept", "empty", "afresh"], blank: ["empty"], none: ["empty"] };
  const offered = new Set(byState[sliceState(state)]);
  if (sliceOnScreen(state) + 1 >= (state.annotations?.size.slices ?? 0) || isPictures(state)) offered.delete("copy");
  return offered;
}

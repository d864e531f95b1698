/** What is said of a scan that differs from those its model was fitted on, and which slices to paint on it. Pure. */
import { listed, t } from "../words/index.js";
import { mayPaint } from "./access.js";
import { isPictures, pictureAt } from "./pictures.js";
import { sliceOnScreen } from "./slices.js";

/**
 * @import { AppState } from "./types.d.ts"
 * @typedef {{index: number, painted: boolean, onScreen: boolean}} AskedSlice painted: reviewed, as it may hold nothing
 */

const REVIEWED = ["painted", "empty"]; // not what was interpolated

/**
 * How the scan on screen differs; empty where it does not, or the result on screen was learnt from its own paint.
 * @param {Pick<AppState, "mask" | "comparison">} state
 */
export const shiftSentence = ({ mask, comparison }) => (comparison ? "" : (mask?.domain_shift?.sentence ?? ""));

/**
 * The slices to paint where it differs, ascending; none in another plane, or for those who may not paint.
 * @param {AppState} state
 * @returns {AskedSlice[]}
 */
export function askedSlices(state) {
  const { mask, annotations, plane } = state;
  const shift = mask?.domain_shift;
  if (!shift || !shiftSentence(state) || shift.plane !== plane || !annotations || !mayPaint(state)) return [];
  const here = sliceOnScreen(state);
  return shift.slices.map((index) => ({ index, painted: REVIEWED.includes(annotations.state(index)), onScreen: index === here }));
}

/**
 * What to do with these slices: paint them, or propagate once all of them are.
 * @param {AskedSlice[]} slices
 * @param {Partial<Pick<AppState, "volume">>} [state]
 */
export function shiftProposal(slices, state = {}) {
  if (!slices.length) return "";
  const count = slices.length;
  if (slices.every(({ painted }) => painted)) return t("shift.paintedAll", { count });
  const named = listed(slices.map(({ index }) => pictureAt(state, index)?.name ?? String(index + 1)));
  return isPictures(state) ? t("shift.paintPictures", { count, pictures: named }) : t("shift.paintSlices", { count, slices: named });
}

/**
 * Which slices to paint next: those asked for where a scan differs; else those a run named, in its order, less what was
 * reviewed since; without a run that did, see suggestSlices. Pure.
 */
import { GOOD_ENOUGH_CHANGE } from "../api/contract.js";
import { askedSlices, shiftSentence } from "./domain_shift.js";
import { warnedLabels } from "./runs.js";
import { isPictures, sliceInText, sliceName } from "./pictures.js";
import { sliceKind, sliceOnScreen } from "./slices.js";
import { mostUncertain, suggestSlices } from "./suggest.js";
import { t } from "../words/index.js";
import { sliceUncertainty } from "./uncertainty.js";

/**
 * @import { AppState } from "./types.d.ts"
 * @import { SliceSuggestion } from "../api/types.d.ts"
 */

const MOST_RINGS = 3;
const REVIEWED = ["painted", "empty"]; // not what was interpolated

/**
 * What the run of the mask on screen says comes next: a slice, or that none is worth it (null). Undefined where it does
 * not say, or all it named have been reviewed.
 * @param {Pick<AppState, "mask" | "annotations" | "plane">} state
 * @returns {SliceSuggestion | null | undefined}
 */
export function nextSlice(state) {
  const first = openSuggestions(state)[0];
  return first && first.change < GOOD_ENOUGH_CHANGE ? null : first;
}

/**
 * The suggestions that nobody reviewed yet.
 * @param {Pick<AppState, "mask" | "annotations" | "plane">} state
 */
function openSuggestions({ mask, annotations, plane }) {
  const found = annotations ? (mask?.next_slices ?? []) : [];
  return found.filter((each) => each.plane === plane && !REVIEWED.includes(annotations?.state(each.slice_index) ?? ""));
}

/**
 * The next slice and why, or that the result is good enough; empty where nothing can be said, a label was not learnt
 * and says so itself, or the scan differs, which says it too.
 * @param {Pick<AppState, "mask" | "annotations" | "plane" | "labels" | "comparison"> & Partial<Pick<AppState, "volume">>} state
 */
export function nextSliceText(state) {
  if (shiftSentence(state)) return "";
  const next = nextSlice(state);
  if (next === undefined) return "";
  if (next === null && warnedLabels(state).length) return "";
  if (next === null) return t(`slices.next.goodEnough.${sliceKind(state)}`, { percent: Math.round(GOOD_ENOUGH_CHANGE * 100) });
  const [first, second] = next.labels.map((value) => nameOf(state, value));
  const said = { slice: sliceName(state, next.slice_index), first, second };
  return next.reason === "end" ? t(`slices.next.end.${sliceKind(state)}`, said) : t(`slices.next.${next.reason}`, said);
}

/**
 * What the button to the next slice says; empty where there is none, or it is on screen.
 * @param {Pick<AppState, "mask" | "annotations" | "plane" | "cursor"> & Partial<Pick<AppState, "volume">>} state
 */
export function nextSliceGo(state) {
  const next = nextSlice(state);
  return next && next.slice_index !== sliceOnScreen(state) ? t("slices.next.go", { slice: sliceInText(state, next.slice_index) }) : "";
}

/**
 * @param {Pick<AppState, "mask" | "labels">} state
 * @param {number} value
 */
function nameOf({ mask, labels }, value) {
  const known = [...labels, ...(mask?.labels ?? [])].find((label) => label.value === value);
  return known?.name ?? t("labels.unknown.a");
}

/**
 * Those asked for where the scan differs that nobody painted yet; null where none are asked for.
 * @param {AppState} state
 */
function openAsked(state) {
  const asked = askedSlices(state);
  return asked.length ? asked.filter(({ painted }) => !painted).map(({ index }) => index) : null;
}

/**
 * The slices that are named to be painted next, the best first, and the labels that each is named for.
 * @param {AppState} state
 * @returns {Pick<SliceSuggestion, "slice_index" | "labels">[]}
 */
export function namedSlices(state) {
  return openAsked(state)?.map((index) => ({ slice_index: index, labels: [] })) ?? openSuggestions(state);
}

/**
 * The one slice that is named to be painted next; null where none is.
 * @param {AppState} state
 */
export function bestSlice(state) {
  const asked = openAsked(state);
  return (asked ? asked[0] : nextSlice(state)?.slice_index) ?? null;
}

/**
 * The slices to mark on the strip, the best first.
 * @param {AppState} state
 * @returns {number[]}
 */
export function slicesToMark(state) {
  const asked = openAsked(state);
  if (asked) return asked;
  const next = nextSlice(state);
  if (next === undefined) return spreadSlices(state);
  const worth = next ? openSuggestions(state).filter(({ change }) => change >= GOOD_ENOUGH_CHANGE) : [];
  return worth.slice(0, MOST_RINGS).map((each) => each.slice_index);
}

/**
 * The marked slice to go to from the one on screen: the best, where a run named it, else the nearest other one.
 * @param {AppState} state
 * @param {number} here
 * @returns {number | undefined}
 */
export function sliceToGoTo(state, here) {
  const marked = slicesToMark(state);
  const others = marked.filter((slice) => slice !== here);
  if (openAsked(state)) return others[0];
  if (nextSlice(state)) return marked[0];
  if (isPictures(state)) return others[0]; // none is nearer than another
  return others.sort((a, b) => Math.abs(a - here) - Math.abs(b - here))[0];
}

/**
 * Slices that would help most as far as paint and uncertainty tell.
 * @param {AppState} state
 */
function spreadSlices(state) {
  const { volume, voxels, plane, mask, annotations } = state;
  if (!voxels || !annotations || !volume) return [];
  const { slices: count, sliceStepMm: stepMm } = voxels.size(plane);
  if (isPictures(state)) return mostUncertain(sliceUncertainty(state, count) ?? [], annotations.indices("painted", "empty"), MOST_RINGS);
  return suggestSlices({
    count,
    stepMm,
    painted: annotations.indices("painted"),
    empty: annotations.indices("empty"),
    extent: mask ? maskRange(mask.extents) : null,
    uncertainty: sliceUncertainty(state, count),
  });
}

/**
 * First and last slice that hold any label; null when none does.
 * @param {import("./types.d.ts").Extents} extents
 * @returns {[number, number] | null}
 */
function maskRange(extents) {
  const runs = [...extents.values()].flat();
  if (!runs.length) return null;
  return [Math.min(...runs.map(([from]) => from)), Math.max(...runs.map(([, to]) => to))];
}

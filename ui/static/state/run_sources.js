/** Which other volumes a propagation learns from: all that are painted in its plane, none, or those that were chosen. Pure. */
import { sameKind } from "./pictures.js";
import { isReading } from "./readings.js";
import { choiceRequest } from "./run_choice.js";
import { t } from "../words/index.js";

/**
 * @import { AppState } from "./types.d.ts"
 * @import { VolumeSummary } from "../api/types.d.ts"
 */

/**
 * The other volumes of the project with a painted slice in the plane: scans of a scan, pictures of pictures. Blind readings are none of them.
 * @param {Pick<AppState, "volumes" | "volume" | "plane">} state
 * @returns {VolumeSummary[]}
 */
export const paintedOthers = ({ volumes, volume, plane }) => volumes.filter((each) => each.id !== volume?.id && sameKind(each, volume) && !isReading(each) && each.painted?.[plane] > 0);

/**
 * Those of them that the next run learns from.
 * @param {Pick<AppState, "volumes" | "volume" | "plane" | "runChoice">} state
 */
export function chosenOthers(state) {
  const sources = state.runChoice?.sources;
  const others = paintedOthers(state);
  return sources ? others.filter(({ id }) => sources.includes(id)) : others;
}

/**
 * What a run is asked for: only what was chosen, less what is painted no more.
 * @param {Pick<AppState, "volumes" | "volume" | "plane" | "runChoice">} state
 */
export function runRequest(state) {
  return { ...choiceRequest(state.runChoice), ...(state.runChoice.sources && { sources: chosenOthers(state).map(({ id }) => id) }) };
}

/**
 * What a run learns from, in words: "3 painted slices and 2 other volumes".
 * @param {number} slices painted ones of its volume
 * @param {number} others volumes
 * @param {import("./slices.js").SliceKind} [kind] what they are
 */
export function learntFromText(slices, others, kind = "slice") {
  const own = t(`runs.reason.painted.${kind}`, { count: slices });
  return others > 0 ? t("runs.reason.slicesAndVolumes", { slices: own, volumes: t("runs.reason.otherVolumes", { count: others }) }) : own;
}

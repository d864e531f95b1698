/** Two masks of one volume beside each other: how far they agree, and where they do not. Pure. */
import { Plane, RunKind, RunState } from "../api/contract.js";
import { worded } from "./known.js";
import { isPictures, picturesText, pixelText } from "./pictures.js";
import { REFERENCE } from "./reference.js";
import { methodWords } from "./run_choice.js";
import { readingsOnScreen } from "./readings.js";
import { isActive, isTaken } from "./runs.js";
import { decimal, shortMoment, t } from "../words/index.js";

/**
 * @import { Volume } from "../viewer/volume.js"
 * @import { PlaneName, Run, System, Triple } from "../api/types.d.ts"
 * @import { AppState, Comparison, MaskDifference } from "./types.d.ts"
 */

/**
 * Dice and sizes by label, and the voxels that differ on each slice of each plane.
 * @param {Uint8Array} first label values, X fastest
 * @param {Uint8Array} second
 * @param {Triple} shape
 * @param {Set<number>} hidden values that count as background: of labels that are hidden, or were deleted
 * @returns {MaskDifference}
 */
export function compareMasks(first, second, [nx, ny, nz], hidden) {
  const seen = Uint8Array.from({ length: 256 }, (_, value) => (hidden.has(value) ? 0 : value));
  const [inFirst, inSecond, inBoth] = [new Uint32Array(256), new Uint32Array(256), new Uint32Array(256)];
  const [byX, byY, byZ] = [new Array(nx).fill(0), new Array(ny).fill(0), new Array(nz).fill(0)];
  for (let z = 0, at = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++, at++) {
        const [one, other] = [seen[first[at]], seen[second[at]]];
        inFirst[one]++;
        inSecond[other]++;
        if (one === other) inBoth[one]++;
        else byX[x]++, byY[y]++, byZ[z]++;
      }
    }
  }
  /** @type {MaskDifference["labels"]} */
  const labels = new Map();
  for (let value = 1; value < 256; value++) {
    const voxels = inFirst[value] + inSecond[value];
    if (voxels) labels.set(value, { dice: (2 * inBoth[value]) / voxels, voxels: [inFirst[value], inSecond[value]] });
  }
  return { labels, slices: { sagittal: byX, coronal: byY, axial: byZ } };
}

/**
 * Slices that differ, those that differ most first.
 * @param {number[]} counts differing voxels of each slice
 */
export function differingSlices(counts) {
  const found = counts.map((voxels, index) => ({ index, voxels })).filter(({ voxels }) => voxels);
  return found.sort((a, b) => b.voxels - a.voxels || a.index - b.index);
}

/**
 * The areas of differing slices in words, in one unit for all of a list: of pictures by the pixels of each, and in pixels
 * where the size of any is not known.
 * @param {{index: number, voxels: number}[]} slices those that differ most first
 * @param {Pick<Volume, "size"> & Partial<Pick<Volume, "pictures">>} volume
 * @param {PlaneName} plane
 */
export function areaTexts(slices, volume, plane) {
  const { pixelWidthMm, pixelHeightMm } = volume.size(plane);
  const cells = slices.map(({ index }) => {
    const picture = volume.pictures?.[index];
    if (!picture) return pixelWidthMm * pixelHeightMm;
    return picture.pixel_mm && picture.pixel_mm[0] * picture.pixel_mm[1];
  });
  if (cells.some((mm2) => mm2 === null)) return slices.map(({ voxels }) => pixelText(voxels));
  const areas = slices.map(({ voxels }, n) => voxels * Number(cells[n]));
  const large = Math.max(...areas) >= 100;
  return areas.map((mm2) => (large ? `${decimal(mm2 / 100, 2)} cm\u00b2` : `${decimal(mm2, 1)} mm\u00b2`));
}

/**
 * The differing slice after this one in their order; the first one after the last, and from a slice that is none of them.
 * @param {number[]} counts
 * @param {number} here
 * @param {1 | -1} direction -1 goes back
 * @returns {number | undefined}
 */
export function nextDiffering(counts, here, direction = 1) {
  const order = differingSlices(counts).map(({ index }) => index);
  const at = order.indexOf(here);
  return direction === 1 || at > 0 ? order[(at + direction) % order.length] : order.at(-1);
}

/**
 * Differing voxels of each slice of the annotation plane while two runs are compared, or null.
 * @param {Pick<AppState, "comparison" | "plane">} state
 */
export const differingVoxels = ({ comparison, plane }) => comparison?.found?.slices[plane] ?? null;

/**
 * The label values on screen, X fastest: of the newest result or, while two are compared, of the first.
 * @param {Pick<AppState, "comparison" | "mask">} state
 * @returns {Uint8Array | null}
 */
export const shownVoxels = ({ comparison, mask }) => comparison?.masks?.[0] ?? mask?.voxels ?? null;

/**
 * The label values that work on the slices goes on from: those on screen, but never a reader's. Readings are only looked at.
 * @param {Pick<AppState, "comparison" | "mask">} state
 * @returns {Uint8Array | null}
 */
export const workVoxels = (state) => (readingsOnScreen(state).length ? (state.mask?.voxels ?? null) : shownVoxels(state));

/**
 * What is said in place of differing slices, or beside them where labels are left out; empty where there is nothing to say.
 * @param {Pick<AppState, "comparison" | "labels" | "hiddenLabels" | "plane" | "volume">} state
 */
export function comparisonNote(state) {
  const counts = differingVoxels(state);
  if (!counts) return t("comparison.note.loading");
  const hidden = state.labels.filter(({ value }) => state.hiddenLabels.has(value)).length;
  const same = !counts.some((count) => count > 0);
  const pictures = isPictures(state);
  if (hidden && hidden === state.labels.length) return t("comparison.note.allHidden");
  if (hidden && !same) return t("comparison.note.hidden");
  if (hidden) return t(pictures ? "comparison.note.samePicturesHidden" : "comparison.note.sameHidden");
  return same ? t(pictures ? "comparison.note.samePictures" : "comparison.note.same") : "";
}

/**
 * Why nothing can be compared, in words that say what to do; null when it can.
 * @param {Pick<AppState, "volume" | "mask" | "run">} state
 */
export function comparisonBlocker({ volume, mask, run }) {
  if (isActive(run?.state)) return t("comparison.blocker.running");
  if (!volume || !mask) return t("comparison.blocker.none");
  if (volume.mask_count < 2 && !volume.has_reference) return t("comparison.blocker.one");
  return null;
}

/**
 * Runs with a mask of their own, the newest first.
 * @param {Run[]} runs
 */
export const comparableRuns = (runs) => runs.filter(({ state, mask_id: maskId }) => state === RunState.DONE && maskId);

/**
 * The number of a run among those that can be compared; the oldest is 1.
 * @param {Comparison["runs"]} runs the newest first, and the reference
 * @param {string} id
 */
export function runNumber(runs, id) {
  const all = runs.filter((run) => run.id !== REFERENCE);
  return all.length - all.findIndex((run) => run.id === id);
}

/**
 * What one of two that are compared is called where it is seen: by its run, or by its reader.
 * @param {Comparison} comparison
 * @param {0 | 1} place
 */
export function comparedName({ runs, chosen }, place) {
  const id = chosen[place];
  const title = runs.find((run) => run.id === id)?.title;
  if (title) return title;
  if (id === REFERENCE) return t("comparison.run.reference");
  return t(place ? "comparison.pane.secondRun" : "comparison.pane.firstRun", { number: runNumber(runs, id) });
}

/**
 * What a run is called: its number among those that can be compared, what it was made with and from, and when.
 * @param {Run & { title?: string }} run
 * @param {number} number
 * @param {System | null} system
 * @param {boolean} [pictures] whether the volume is unrelated ones, which have no plane
 */
export function runTitle(run, number, system, pictures = false) {
  if (run.title) return run.title;
  if (run.id === REFERENCE) return t("comparison.run.reference");
  return [t("comparison.run.number", { number }), isTaken(run) ? "" : methodWords(run.choice, system), madeFrom(run, pictures), shortMoment(run.created_at)].filter(Boolean).join(" \u00b7 ");
}

/** @param {Run} run @param {boolean} pictures */
function madeFrom({ kind, slices, plane }, pictures) {
  if (kind === RunKind.PREDICT) return t("comparison.run.predicted");
  if (kind === RunKind.TAKE) return t("comparison.run.taken");
  if (pictures) return picturesText(slices);
  return t("comparison.run.fromSlices", { count: slices, plane: worded(Plane, plane, (each) => t(`viewer.planeInText.${each}`)) });
}

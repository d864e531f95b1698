/** The range of intensities that tools are kept to, in the volume's unit. Pure. */

/** @import { AppState } from "./types.d.ts" */

const FEWEST_CELLS = 10; // painted ones; fewer say little about a label's intensities
const PARTS = [0.05, 0.95];

/**
 * Where a range begins: around what is painted with the active label, else what the window shows.
 * @param {Pick<AppState, "annotations" | "voxels" | "activeLabel" | "window">} state
 * @returns {[number, number]}
 */
export function startRange({ annotations: book, voxels, activeLabel, window }) {
  if (!book || !voxels || activeLabel === null) return window;
  /** @type {number[]} */
  const found = [];
  for (const index of book.indices("painted")) {
    if (!book.values(index).includes(activeLabel)) continue;
    const intensities = voxels.slice(book.plane, index);
    book.ensure(index).labels.forEach((value, at) => value === activeLabel && found.push(intensities[at]));
  }
  if (found.length < FEWEST_CELLS) return window;
  const sorted = Float64Array.from(found).sort();
  const [low, high] = PARTS.map((part) => sorted[Math.round(part * (sorted.length - 1))]);
  return low < high ? [low, high] : window;
}

/**
 * What the range's control spans: the window and a quarter of it on each side, within the volume's intensities; the range
 * itself at least.
 * @param {Pick<AppState, "voxels" | "volume" | "window" | "threshold">} state
 * @returns {[number, number]}
 */
export function rangeLimits({ voxels, volume, window, threshold }) {
  const [low, high] = volume?.window ?? window;
  const [least, most] = voxels?.valueRange ?? [low, high];
  const beside = (high - low) / 4;
  const limits = [Math.max(least, low - beside), Math.min(most, high + beside)];
  return [Math.min(limits[0], threshold?.low ?? limits[0]), Math.max(limits[1], threshold?.high ?? limits[1])];
}

/**
 * The range while it is on, else null.
 * @param {Pick<AppState, "threshold">} state
 * @returns {[number, number] | null}
 */
export const activeRange = ({ threshold }) => (threshold?.on ? [threshold.low, threshold.high] : null);

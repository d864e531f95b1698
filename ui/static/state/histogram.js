/** How often intensities occur in a volume. Pure. */

/**
 * @import { AppState } from "./types.d.ts"
 * @import { Volume } from "../viewer/volume.js"
 */

export const BINS = 100;
const MAX_SAMPLES = 400000; // of voxels: what they miss is far below a pixel of the drawing

/**
 * What a histogram spans: all windows that the volume offers and the one in use, within the volume's intensities.
 * @param {Pick<AppState, "voxels" | "volume" | "window">} state
 * @returns {[number, number]}
 */
export function histogramLimits({ voxels, volume, window }) {
  const [least, most] = voxels?.valueRange ?? window;
  const lows = (volume?.presets ?? []).map(({ low }) => low);
  const highs = (volume?.presets ?? []).map(({ high }) => high);
  const low = Math.max(least, Math.min(window[0], ...lows));
  const high = Math.min(most, Math.max(window[1], ...highs));
  return [Math.min(low, window[0]), Math.max(high, window[1])];
}

/**
 * Counts of intensities in equal bins; what lies outside the limits is in none. Voxels that have not arrived yet are not
 * counted.
 * @param {Pick<Volume, "data" | "arrived">} voxels
 * @param {[number, number]} limits
 * @param {number} [bins]
 * @returns {Uint32Array}
 */
export function histogram({ data, arrived }, [low, high], bins = BINS) {
  const counts = new Uint32Array(bins);
  const step = Math.max(1, Math.ceil(arrived / MAX_SAMPLES));
  const scale = bins / Math.max(high - low, 1e-9);
  for (let at = 0; at < arrived; at += step) {
    const value = data[at];
    if (value >= low && value <= high) counts[Math.min(bins - 1, Math.floor((value - low) * scale))] += 1;
  }
  return counts;
}

/**
 * Heights of the bins, 0..1: logarithms of the counts, since air may be a hundred times as frequent as any tissue.
 * @param {Uint32Array} counts
 */
export function histogramHeights(counts) {
  const most = Math.log1p(counts.reduce((a, b) => Math.max(a, b), 0)) || 1;
  return Array.from(counts, (count) => Math.log1p(count) / most);
}

/** Which cells of a slice a tool may write, and which are similar to where it began. */
import { flood } from "./raster.js";

/** @import { Rect } from "../state/types.d.ts" */
/** @import { Point } from "./tool.js" */
/** @typedef {ArrayLike<number>} Intensities of a slice, rows x columns, in the volume's unit and type */

/**
 * A function that writes one cell (index = row * width + column). What may be overwritten is decided here alone.
 *
 * @param {Uint8Array} labels label values of the slice, rows x columns
 * @param {object} options
 * @param {number} options.value what is written, 0 erases
 * @param {number | null} options.active the active label's value
 * @param {boolean} options.protect leave other labels alone
 * @param {Set<number>} [options.locked] labels that stay as they are
 * @param {[number, number] | null} options.range intensities that may be written; null: any
 * @param {Intensities} options.intensities
 * @returns {(at: number) => void}
 */
export function writer(labels, { value, active, protect, locked, range, intensities }) {
  if (locked?.has(value)) return () => {};
  return (at) => {
    const current = labels[at];
    if (locked?.has(current)) return;
    if (protect && current && current !== active) return;
    if (range) {
      const intensity = Number(intensities[at]);
      if (intensity < range[0] || intensity > range[1]) return;
    }
    labels[at] = value;
  };
}

/**
 * The intensities a stroke that starts at `point` may touch: the mean of its 3 x 3 cells, plus and minus the tolerance.
 *
 * @param {Point} point
 * @param {{ intensities: Intensities, width: number, height: number }} slice
 * @param {number} toleranceUnits in the intensities' unit
 * @returns {[number, number]}
 */
export function similarRange(point, { intensities, width, height }, toleranceUnits) {
  const x = Math.floor(point.column);
  const y = Math.floor(point.row);
  let sum = 0;
  let count = 0;
  for (let dy = -1; dy <= 1; dy++) {
    for (let dx = -1; dx <= 1; dx++) {
      if (x + dx < 0 || y + dy < 0 || x + dx >= width || y + dy >= height) continue;
      sum += Number(intensities[(y + dy) * width + x + dx]);
      count += 1;
    }
  }
  return count ? [sum / count - toleranceUnits, sum / count + toleranceUnits] : [-Infinity, Infinity];
}

/**
 * Fill what is connected to the point and similar to it; other labels are a border.
 *
 * @param {Point} point
 * @param {{ intensities: Intensities, width: number, height: number }} slice
 * @param {[number, number]} range intensities that count as similar
 * @param {Uint8Array} labels
 * @param {(at: number) => void} write
 * @returns {Rect | null} the cells that were visited
 */
export function fillSimilar(point, slice, range, labels, write) {
  const { intensities, width, height } = slice;
  const x = Math.floor(point.column);
  const y = Math.floor(point.row);
  if (x < 0 || y < 0 || x >= width || y >= height) return null;
  const start = y * width + x;
  const under = labels[start];
  const accepts = (/** @type {number} */ at) => {
    const intensity = Number(intensities[at]);
    return labels[at] === under && intensity >= range[0] && intensity <= range[1];
  };
  /** @type {number[]} */
  const cells = [];
  const rect = flood(start, slice, accepts, (at) => cells.push(at));
  cells.forEach((at) => write(at)); // after the search: writing while it runs would move the border it looks at
  return rect;
}

/**
 * A slice with one of its labels in another place.
 *
 * @param {Uint8Array} labels rows x columns
 * @param {Uint8Array} inside where the label is to be, as many cells
 * @param {number} value of the label
 * @param {boolean} protect leave other labels alone
 */
export function withLabel(labels, inside, value, protect) {
  const moved = labels.slice();
  for (let at = 0; at < moved.length; at++) {
    const isOther = moved[at] !== 0 && moved[at] !== value;
    if (inside[at]) moved[at] = protect && isOther ? moved[at] : value;
    else if (!isOther) moved[at] = 0;
  }
  return moved;
}

/** The colours of labels on slices. */

/** @import { Label } from "../api/types.d.ts" */

/** Added to a label's value where a person painted it, see label_layer.js. */
export const PAINTED = 256;
/** Added to a label's value where it was interpolated. */
export const INTERPOLATED = 512;
const CODES = 1024;
const PALE = "rgba(198, 216, 236, 0.5)";

/**
 * By a cell's code: RGBA words to fill with, and CSS colours of outlines (null: none). Interpolated cells are hatched: those
 * between the lines are filled as the code with PAINTED added.
 * @typedef {{fill: Uint32Array, stroke: (string | null)[]}} Palette
 */

/**
 * Fill words and outline colours by code. Painted labels are nearly solid, predictions light; with `pale` a prediction is
 * nothing but a pale outline, so that other colours can lie in it.
 * @param {Pick<Label, "value" | "color">[]} labels
 * @param {Set<number>} hidden values
 * @param {number} opacity 0..1
 * @param {boolean} show false hides all
 * @returns {Palette}
 */
export function makePalette(labels, hidden, opacity, show, pale = false) {
  const fill = new Uint32Array(CODES);
  /** @type {(string | null)[]} */
  const stroke = new Array(CODES).fill(null);
  for (const label of labels) {
    if (!show || hidden.has(label.value)) continue;
    const [red, green, blue] = [1, 3, 5].map((at) => parseInt(label.color.slice(at, at + 2), 16));
    const word = (/** @type {number} */ alpha) => ((Math.round(alpha * 255) << 24) | (blue << 16) | (green << 8) | red) >>> 0;
    fill[label.value] = pale ? 0 : word(opacity * 0.4);
    fill[label.value | PAINTED] = word(opacity * 0.9);
    fill[label.value | INTERPOLATED] = word(opacity * 0.8);
    fill[label.value | INTERPOLATED | PAINTED] = word(opacity * 0.2);
    stroke[label.value] = pale ? PALE : `rgba(${red},${green},${blue},0.85)`;
    stroke[label.value | PAINTED] = label.color;
    stroke[label.value | INTERPOLATED] = label.color;
  }
  return { fill, stroke };
}

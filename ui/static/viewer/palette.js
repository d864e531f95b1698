/** The colours of labels on slices. */

import { PATTERNS } from "./hatch.js";

/** @import { Label } from "../api/types.d.ts" */

/** Added to a label's value where a person painted it, see label_layer.js. */
export const PAINTED = 256;
/** Added to a label's value where it was interpolated. */
export const INTERPOLATED = 512;
const CODES = 1024;
const PALE = "rgba(198, 216, 236, 0.5)";

/**
 * By a cell's code: RGBA words to fill with, and CSS colours of outlines (null: none). Interpolated cells are hatched: those
 * between the lines are filled as the code with PAINTED added. Where labels have patterns, `patterns` holds one by label
 * value, and `gap` fills the cells that the pattern leaves out.
 * @typedef {{fill: Uint32Array, stroke: (string | null)[], gap: Uint32Array, patterns: Uint8Array | null}} Palette
 */

/**
 * Fill words and outline colours by code. Painted labels are nearly solid, predictions light; with `pale` a prediction is
 * nothing but a pale outline, so that other colours can lie in it.
 * @param {Pick<Label, "value" | "color">[]} labels
 * @param {Set<number>} hidden values
 * @param {number} opacity 0..1
 * @param {boolean} show false hides all
 * @param {boolean} pale
 * @param {boolean} patterned each label has a pattern, by its place in the list
 * @returns {Palette}
 */
export function makePalette(labels, hidden, opacity, show, pale = false, patterned = false) {
  const fill = new Uint32Array(CODES);
  const gap = new Uint32Array(CODES);
  const patterns = patterned ? new Uint8Array(PAINTED) : null;
  /** @type {(string | null)[]} */
  const stroke = new Array(CODES).fill(null);
  for (const [place, label] of labels.entries()) {
    if (patterns) patterns[label.value] = place % PATTERNS.length;
    if (!show || hidden.has(label.value)) continue;
    const [red, green, blue] = [1, 3, 5].map((at) => parseInt(label.color.slice(at, at + 2), 16));
    const word = (/** @type {number} */ alpha) => ((Math.round(alpha * 255) << 24) | (blue << 16) | (green << 8) | red) >>> 0;
    fill[label.value] = pale ? 0 : word(opacity * 0.4);
    fill[label.value | PAINTED] = word(opacity * 0.9);
    fill[label.value | INTERPOLATED] = word(opacity * 0.8);
    fill[label.value | INTERPOLATED | PAINTED] = word(opacity * 0.2);
    gap[label.value] = pale ? 0 : word(opacity * 0.1);
    gap[label.value | PAINTED] = word(opacity * 0.3);
    stroke[label.value] = pale ? PALE : `rgba(${red},${green},${blue},0.85)`;
    stroke[label.value | PAINTED] = label.color;
    stroke[label.value | INTERPOLATED] = label.color;
  }
  return { fill, stroke, gap, patterns };
}

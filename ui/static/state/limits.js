/** Limits of what a person can set. */
import { clamp } from "../lib/dom.js";
import { isPictures } from "./pictures.js";

/** @import { AppState } from "./types.d.ts" */

/** Diameter of the brush on a scan. */
export const BRUSH_MM = { min: 0.5, max: 120 };

/**
 * The brush's least, largest and first diameter: in mm; on pictures in pixels, by the longest side of any.
 * @param {Partial<Pick<AppState, "volume">>} state
 */
export function brushLimits({ volume }) {
  if (!volume) return { ...BRUSH_MM, start: BRUSH_MM.min };
  const { shape, spacing_mm: spacingMm } = volume;
  if (!isPictures({ volume })) return { ...BRUSH_MM, start: clamp(Math.max(...shape.map((count, axis) => count * spacingMm[axis])) * 0.03, 1, 20) };
  const longest = Math.max(shape[0], shape[1]);
  return { min: BRUSH_MM.min, max: Math.max(BRUSH_MM.max, longest / 4), start: Math.max(1, longest * 0.03) };
}

/** Limits of what a person can set. */

/** Diameter of the brush. */
export const BRUSH_MM = { min: 0.5, max: 120 };

/** On which slices of a plane each label of a mask lies. Pure. */
import { PLANES } from "./planes.js";

/**
 * @import { PlaneName, Triple } from "../api/types.d.ts"
 * @import { Extents } from "../state/types.d.ts"
 */

/**
 * @param {Uint8Array} voxels label values, X fastest
 * @param {Triple} shape
 * @param {PlaneName} plane
 * @returns {Extents} label value to runs [first, last] of consecutive slices, ascending
 */
export function maskExtents(voxels, [nx, ny, nz], plane) {
  const { axis } = PLANES[plane];
  const count = [nx, ny, nz][axis];
  const held = new Uint8Array(256 * count);
  let at = 0;
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++, at++) {
        const value = voxels[at];
        if (value) held[value * count + (axis === 0 ? x : axis === 1 ? y : z)] = 1;
      }
    }
  }
  /** @type {Extents} */
  const extents = new Map();
  for (let value = 1; value < 256; value++) {
    const runs = runsOf(held.subarray(value * count, (value + 1) * count));
    if (runs.length) extents.set(value, runs);
  }
  return extents;
}

/** @param {Uint8Array} flags */
function runsOf(flags) {
  /** @type {[number, number][]} */
  const runs = [];
  for (let n = 0; n < flags.length; n++) {
    if (!flags[n]) continue;
    const last = runs.at(-1);
    if (last && last[1] === n - 1) last[1] = n;
    else runs.push([n, n]);
  }
  return runs;
}

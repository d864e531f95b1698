/** On which slices of a plane each label of a mask lies. Pure. */
import { PLANES } from "./planes.js";

/** @returns {Map<number, [number, number][]>} label value to runs [first, last] of consecutive slices, ascending */
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
  const extents = new Map();
  for (let value = 1; value < 256; value++) {
    const runs = runsOf(held.subarray(value * count, (value + 1) * count));
    if (runs.length) extents.set(value, runs);
  }
  return extents;
}

function runsOf(flags) {
  const runs = [];
  for (let n = 0; n < flags.length; n++) {
    if (!flags[n]) continue;
    if (n && flags[n - 1]) runs.at(-1)[1] = n;
    else runs.push([n, n]);
  }
  return runs;
}

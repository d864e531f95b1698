/**
 * Which slices to paint next: where a run is most uncertain; where none said so, evenly spread, between what is painted,
 * within what the prediction found. Pure.
 */

/**
 * @param {object} known
 * @param {number} known.count slices of the plane
 * @param {number} known.stepMm their distance
 * @param {number[]} known.painted slice indices, ascending
 * @param {number[]} known.empty slices marked as holding nothing, ascending
 * @param {[number, number] | null} known.extent first and last slice of the prediction
 * @param {number[] | null} [known.uncertainty] of each slice, in any unit
 * @returns {number[]} up to 3 slice indices, ascending
 */
export function suggestSlices({ count, stepMm, painted, empty, extent, uncertainty = null }) {
  const reviewed = [...painted, ...empty].sort((a, b) => a - b);
  if (count < 3) return [];
  const uncertain = uncertainty ? peaks(uncertainty, reviewed, stepMm) : [];
  if (uncertain.length) return uncertain;
  if (!painted.length) return [];
  if (painted.length === 1 && !extent) return aroundFirst(painted[0], count, stepMm, reviewed);
  const inside = gaps(reviewed, Math.max(3, Math.ceil(10 / stepMm)), 2);
  if (!extent || painted.length < 2) return inside;
  // Beyond the outermost reviewed slices a prediction is least certain: these come first.
  return [...new Set([...ends(extent, reviewed), ...inside])].slice(0, 3).sort((a, b) => a - b);
}

/**
 * The most uncertain slices, away from each other and from the reviewed ones; those with little are left out.
 * @param {number[]} uncertainty
 * @param {number[]} reviewed
 * @param {number} stepMm
 */
function peaks(uncertainty, reviewed, stepMm) {
  const apart = Math.max(2, Math.ceil(8 / stepMm));
  const smooth = uncertainty.map((here, n) => (uncertainty[n - 1] ?? here) + 2 * here + (uncertainty[n + 1] ?? here));
  /** @type {number[]} */
  const found = [];
  let least = 0;
  while (found.length < 3) {
    let best = -1;
    smooth.forEach((value, n) => {
      const far = [...reviewed, ...found].every((at) => Math.abs(at - n) >= apart);
      if (far && value > least && (best < 0 || value > smooth[best])) best = n;
    });
    if (best < 0) break;
    least ||= smooth[best] / 3;
    found.push(best);
  }
  return found.sort((a, b) => a - b);
}

/**
 * The most uncertain of slices that have nothing to do with each other, the best first.
 * @param {number[]} uncertainty of each slice, in any unit
 * @param {number[]} reviewed
 * @param {number} most
 */
export function mostUncertain(uncertainty, reviewed, most) {
  const open = [...uncertainty.keys()].filter((n) => uncertainty[n] > 0 && !reviewed.includes(n));
  return open.sort((a, b) => uncertainty[b] - uncertainty[a] || a - b).slice(0, most);
}

/**
 * One slice painted: one on either side, about 2 cm away (an eighth of a short volume).
 * @param {number} slice
 * @param {number} count
 * @param {number} stepMm
 * @param {number[]} reviewed
 */
function aroundFirst(slice, count, stepMm, reviewed) {
  const step = Math.max(1, Math.min(Math.round(20 / stepMm), Math.round(count / 8)));
  return [slice - step, slice + step].filter((at) => at >= 0 && at < count && !reviewed.includes(at));
}

/**
 * The middles of the `most` widest stretches between reviewed slices, of those wider than `least`.
 * @param {number[]} reviewed
 * @param {number} least
 * @param {number} most
 */
function gaps(reviewed, least, most) {
  const found = [];
  for (let n = 0; n + 1 < reviewed.length; n++) {
    const width = reviewed[n + 1] - reviewed[n];
    if (width > least) found.push({ middle: Math.round((reviewed[n] + reviewed[n + 1]) / 2), width });
  }
  return found.sort((a, b) => b.width - a.width).slice(0, most).map(({ middle }) => middle).sort((a, b) => a - b);
}

/**
 * Where the prediction goes on well past the outermost reviewed slices.
 * @param {[number, number]} extent
 * @param {number[]} reviewed ascending, at least one
 */
function ends([first, last], reviewed) {
  const found = [];
  const [low, high] = [reviewed[0], reviewed[reviewed.length - 1]];
  if (low - first > 4) found.push(Math.round((first + low) / 2));
  if (last - high > 4) found.push(Math.round((last + high) / 2));
  return found;
}

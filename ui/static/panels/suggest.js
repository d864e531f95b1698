/**
 * Which slices to paint next: where a run is most in doubt; where none said so, evenly spread, between what is painted,
 * within what the prediction found. Pure.
 */

/**
 * @param count slices of the plane; `stepMm` their distance; `painted`, `empty` slice indices, ascending;
 *   `extent` [first, last] slice of the prediction, or null; `doubt` of each slice in any unit, or null.
 * @returns up to 3 slice indices, ascending
 */
export function suggestSlices({ count, stepMm, painted, empty, extent, doubt = null }) {
  const seen = [...painted, ...empty].sort((a, b) => a - b);
  if (count < 3) return [];
  const doubtful = doubt ? peaks(doubt, seen, stepMm) : [];
  if (doubtful.length) return doubtful;
  if (!painted.length) return [];
  if (painted.length === 1 && !extent) return aroundFirst(painted[0], count, stepMm, seen);
  const inside = gaps(seen, Math.max(3, Math.ceil(10 / stepMm)), 2);
  if (!extent || painted.length < 2) return inside;
  // Beyond the outermost looked-at slices a prediction is least sure: these come first.
  return [...new Set([...ends(extent, seen), ...inside])].slice(0, 3).sort((a, b) => a - b);
}

/** The slices with most doubt, away from each other and from what was looked at; those with little are left out. */
function peaks(doubt, seen, stepMm) {
  const apart = Math.max(2, Math.ceil(8 / stepMm));
  const smooth = doubt.map((here, n) => (doubt[n - 1] ?? here) + 2 * here + (doubt[n + 1] ?? here));
  const found = [];
  let least = 0;
  while (found.length < 3) {
    let best = -1;
    smooth.forEach((value, n) => {
      const far = [...seen, ...found].every((at) => Math.abs(at - n) >= apart);
      if (far && value > least && (best < 0 || value > smooth[best])) best = n;
    });
    if (best < 0) break;
    least ||= smooth[best] / 3;
    found.push(best);
  }
  return found.sort((a, b) => a - b);
}

/** One slice painted: one on either side, about 2 cm away (a tenth of a short volume). */
function aroundFirst(slice, count, stepMm, seen) {
  const step = Math.max(1, Math.min(Math.round(20 / stepMm), Math.round(count / 8)));
  return [slice - step, slice + step].filter((at) => at >= 0 && at < count && !seen.includes(at));
}

/** The middles of the widest stretches between slices that were looked at. */
function gaps(seen, least, most) {
  const found = [];
  for (let n = 0; n + 1 < seen.length; n++) {
    const width = seen[n + 1] - seen[n];
    if (width > least) found.push({ middle: Math.round((seen[n] + seen[n + 1]) / 2), width });
  }
  return found.sort((a, b) => b.width - a.width).slice(0, most).map(({ middle }) => middle).sort((a, b) => a - b);
}

/** Where the prediction goes on well past the outermost slices that were looked at. */
function ends([first, last], seen) {
  const found = [];
  if (seen[0] - first > 4) found.push(Math.round((first + seen[0]) / 2));
  if (last - seen.at(-1) > 4) found.push(Math.round((last + seen.at(-1)) / 2));
  return found;
}

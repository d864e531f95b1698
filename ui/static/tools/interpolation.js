/**
 * Shapes between two given shapes, by interpolating their signed distances (in mm). Cells are rows x columns, 1 inside.
 * Pure functions.
 */

/** @import { Rect } from "../state/types.d.ts" */
/** @import { SliceSize } from "./shapes.js" */
/** @typedef {{ inside: Uint8Array, column: number, row: number, width: number, height: number }} Window A cut-out, and where it begins. */

const FAR = 1e12; // mm², further than any cell

/**
 * Distance in mm of each cell's centre to the border, positive inside.
 *
 * @param {Uint8Array} inside rows x columns
 * @param {SliceSize} size
 * @returns {Float32Array}
 */
export function signedDistance(inside, size) {
  const toOutside = squaredDistance(inside.map((value) => 1 - value), size);
  const toInside = squaredDistance(inside, size);
  const distances = new Float32Array(inside.length);
  for (let at = 0; at < distances.length; at++) distances[at] = Math.sqrt(toOutside[at]) - Math.sqrt(toInside[at]);
  return distances;
}

/**
 * Squared distance in mm² to the nearest cell that is set (Felzenszwalb and Huttenlocher: columns, then rows).
 *
 * @param {Uint8Array} set
 * @param {SliceSize} size
 */
function squaredDistance(set, { width, height, pixelWidthMm, pixelHeightMm }) {
  const squared = new Float64Array(set.length).fill(FAR);
  for (let at = 0; at < set.length; at++) if (set[at]) squared[at] = 0;
  const line = new Float64Array(Math.max(width, height));
  for (let column = 0; column < width; column++) transform(squared, line, column, width, height, pixelHeightMm);
  for (let row = 0; row < height; row++) transform(squared, line, row * width, 1, width, pixelWidthMm);
  return squared;
}

/**
 * The lower envelope of parabolas along one line of cells.
 *
 * @param {Float64Array} values changed in place
 * @param {Float64Array} line as long as a line at least
 * @param {number} start index of its first cell
 * @param {number} stride to the next one
 * @param {number} count cells
 * @param {number} stepMm between cells
 */
function transform(values, line, start, stride, count, stepMm) {
  const roots = new Int32Array(count);
  const from = new Float64Array(count + 1);
  for (let n = 0; n < count; n++) line[n] = values[start + n * stride];
  const crossing = (/** @type {number} */ p, /** @type {number} */ q) =>
    (line[q] - line[p]) / (2 * stepMm * stepMm * (q - p)) + (q + p) / 2;
  let last = 0;
  from[0] = -Infinity;
  from[1] = Infinity;
  for (let n = 1; n < count; n++) {
    let at = crossing(roots[last], n);
    while (at <= from[last]) at = crossing(roots[--last], n);
    roots[++last] = n;
    from[last] = at;
    from[last + 1] = Infinity;
  }
  for (let n = 0, k = 0; n < count; n++) {
    while (from[k + 1] < n) k++;
    values[start + n * stride] = ((n - roots[k]) * stepMm) ** 2 + line[roots[k]];
  }
}

/**
 * The shapes of the slices between two slices. Where the two do not overlap, the shape also moves from one to the other.
 *
 * @param {Uint8Array} first rows x columns, 1 inside
 * @param {Uint8Array} last
 * @param {number} count slices between them
 * @param {SliceSize} size
 * @returns {Uint8Array[]} one for each, rows x columns
 */
export function between(first, last, count, size) {
  const [a, b] = [boundsOf(first, size.width), boundsOf(last, size.width)];
  if (!a || !b) return Array.from({ length: count }, () => new Uint8Array(first.length));
  const overlap = first.some((value, at) => value && last[at]);
  const shift = overlap ? { column: 0, row: 0 } : difference(centreOf(first, size.width), centreOf(last, size.width));
  const moved = { x0: a.x0 + shift.column, y0: a.y0 + shift.row, x1: a.x1 + shift.column, y1: a.y1 + shift.row };
  // One cell more on each side, so that there is an outside.
  const frame = { x0: Math.min(moved.x0, b.x0) - 1, y0: Math.min(moved.y0, b.y0) - 1, x1: Math.max(moved.x1, b.x1) + 1, y1: Math.max(moved.y1, b.y1) + 1 };
  const framed = { ...size, width: frame.x1 - frame.x0, height: frame.y1 - frame.y0 };
  const distances = [
    signedDistance(cutOut(first, size, { column: frame.x0 - shift.column, row: frame.y0 - shift.row }, framed), framed),
    signedDistance(cutOut(last, size, { column: frame.x0, row: frame.y0 }, framed), framed),
  ];
  return Array.from({ length: count }, (_, n) => {
    const part = (n + 1) / (count + 1);
    const inside = insideOf(distances, part);
    const column = frame.x0 - Math.round((1 - part) * shift.column);
    const row = frame.y0 - Math.round((1 - part) * shift.row);
    return pasted({ inside, column, row, width: framed.width, height: framed.height }, size);
  });
}

/** @param {Float32Array[]} distances of two shapes @param {number} part of the way from the first to the second */
function insideOf([first, last], part) {
  const inside = new Uint8Array(first.length);
  for (let at = 0; at < inside.length; at++) if ((1 - part) * first[at] + part * last[at] > 0) inside[at] = 1;
  return inside;
}

/**
 * The rectangle around a shape, or null.
 *
 * @param {Uint8Array} inside
 * @param {number} width
 * @returns {Rect | null}
 */
function boundsOf(inside, width) {
  const rect = { x0: Infinity, y0: Infinity, x1: 0, y1: 0 };
  for (let at = 0; at < inside.length; at++) {
    if (!inside[at]) continue;
    const column = at % width;
    const row = (at - column) / width;
    if (column < rect.x0) rect.x0 = column;
    if (row < rect.y0) rect.y0 = row;
    if (column >= rect.x1) rect.x1 = column + 1;
    rect.y1 = row + 1;
  }
  return rect.x1 ? rect : null;
}

/** @param {Uint8Array} inside with at least one cell @param {number} width */
function centreOf(inside, width) {
  let [column, row, count] = [0, 0, 0];
  for (let at = 0; at < inside.length; at++) {
    if (!inside[at]) continue;
    column += at % width;
    row += Math.floor(at / width);
    count += 1;
  }
  return { column: column / count, row: row / count };
}

/** @typedef {{ column: number, row: number }} Cell */

/** @param {Cell} from @param {Cell} to in whole cells */
const difference = (from, to) => ({ column: Math.round(to.column - from.column), row: Math.round(to.row - from.row) });

/**
 * @param {Uint8Array} inside
 * @param {SliceSize} size
 * @param {Cell} corner may lie outside
 * @param {{ width: number, height: number }} framed
 */
function cutOut(inside, size, corner, { width, height }) {
  const out = new Uint8Array(width * height);
  eachShared({ ...corner, width, height }, size, (at, from) => (out[at] = inside[from]));
  return out;
}

/** @param {Window} window @param {SliceSize} size */
function pasted(window, size) {
  const out = new Uint8Array(size.width * size.height);
  eachShared(window, size, (at, to) => (out[to] = window.inside[at]));
  return out;
}

/**
 * Cells of a window that lie on the slice.
 *
 * @param {Omit<Window, "inside">} window
 * @param {SliceSize} size
 * @param {(inWindow: number, onSlice: number) => void} visit
 */
function eachShared({ column, row, width, height }, size, visit) {
  for (let y = Math.max(0, -row); y < Math.min(height, size.height - row); y++) {
    for (let x = Math.max(0, -column); x < Math.min(width, size.width - column); x++) {
      visit(y * width + x, (row + y) * size.width + column + x);
    }
  }
}

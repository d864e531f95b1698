/**
 * Shapes as cells of a slice (rows x columns, index = row * width + column). Pure functions; a cell belongs to a
 * shape when its centre does. `visit(index)` is called once per cell; the touched rectangle is returned (or null).
 */

/** @import { Rect } from "../state/types.d.ts" */
/** @import { Point } from "./tool.js" */
/** @typedef {{ width: number, height: number }} Size Columns and rows of a slice. */
/** @typedef {(at: number) => void} Visit */

/**
 * Cells within `radiusMm` of the segment from a to b; cell centres are at .5.
 *
 * @param {Point} a
 * @param {Point} b
 * @param {number} radiusMm
 * @param {Size & { pixelWidthMm: number, pixelHeightMm: number }} size
 * @param {Visit} visit
 * @returns {Rect | null}
 */
export function capsule(a, b, radiusMm, size, visit) {
  const { width, height, pixelWidthMm: px, pixelHeightMm: py } = size;
  const x0 = Math.max(0, Math.floor(Math.min(a.column, b.column) - radiusMm / px - 0.5));
  const x1 = Math.min(width, Math.ceil(Math.max(a.column, b.column) + radiusMm / px + 0.5));
  const y0 = Math.max(0, Math.floor(Math.min(a.row, b.row) - radiusMm / py - 0.5));
  const y1 = Math.min(height, Math.ceil(Math.max(a.row, b.row) + radiusMm / py + 0.5));
  const dx = (b.column - a.column) * px;
  const dy = (b.row - a.row) * py;
  const lengthSquared = dx * dx + dy * dy;
  const limit = radiusMm * radiusMm;
  /** @type {Rect | null} */
  let touched = null;
  for (let y = y0; y < y1; y++) {
    const fy = (y + 0.5 - a.row) * py;
    for (let x = x0; x < x1; x++) {
      const fx = (x + 0.5 - a.column) * px;
      const t = lengthSquared ? Math.min(1, Math.max(0, (fx * dx + fy * dy) / lengthSquared)) : 0;
      const ex = fx - t * dx;
      const ey = fy - t * dy;
      if (ex * ex + ey * ey > limit) continue;
      visit(y * width + x);
      touched = grow(touched, x, y);
    }
  }
  return touched ?? nearestCell(b, size, visit);
}

/**
 * A brush smaller than a cell still paints the cell it points at.
 *
 * @param {Point} point
 * @param {Size} size
 * @param {Visit} visit
 */
function nearestCell(point, { width, height }, visit) {
  const x = Math.floor(point.column);
  const y = Math.floor(point.row);
  if (x < 0 || y < 0 || x >= width || y >= height) return null;
  visit(y * width + x);
  return grow(null, x, y);
}

/**
 * @param {Rect | null} rect changed in place
 * @param {number} x
 * @param {number} y
 * @returns {Rect} with the cell in it
 */
function grow(rect, x, y) {
  if (!rect) return { x0: x, y0: y, x1: x + 1, y1: y + 1 };
  if (x < rect.x0) rect.x0 = x;
  if (x >= rect.x1) rect.x1 = x + 1;
  if (y < rect.y0) rect.y0 = y;
  if (y >= rect.y1) rect.y1 = y + 1;
  return rect;
}

/**
 * Cells whose centre is inside a closed contour (non-zero winding, so a contour that crosses itself leaves no holes).
 *
 * @param {Point[]} points
 * @param {Size} size
 * @param {Visit} visit
 * @returns {Rect | null}
 */
export function fillContour(points, { width, height }, visit) {
  if (points.length < 3) return null;
  /** @type {Rect | null} */
  let touched = null;
  const rows = points.map((point) => point.row);
  const y0 = Math.max(0, Math.floor(Math.min(...rows)));
  const y1 = Math.min(height, Math.ceil(Math.max(...rows)));
  for (let y = y0; y < y1; y++) {
    const crossings = contourCrossings(points, y + 0.5);
    let winding = 0;
    for (let n = 0; n + 1 < crossings.length; n++) {
      winding += crossings[n].direction;
      if (!winding) continue;
      const from = Math.max(0, Math.ceil(crossings[n].column - 0.5));
      const to = Math.min(width - 1, Math.ceil(crossings[n + 1].column - 0.5) - 1);
      for (let x = from; x <= to; x++) {
        visit(y * width + x);
        touched = grow(touched, x, y);
      }
    }
  }
  return touched;
}

/**
 * Where a contour crosses a row, from left to right.
 *
 * @param {Point[]} points
 * @param {number} row
 */
function contourCrossings(points, row) {
  const crossings = [];
  for (let n = 0; n < points.length; n++) {
    const a = points[n];
    const b = points[(n + 1) % points.length];
    if (a.row <= row === b.row <= row) continue;
    const t = (row - a.row) / (b.row - a.row);
    crossings.push({ column: a.column + t * (b.column - a.column), direction: a.row < b.row ? 1 : -1 });
  }
  return crossings.sort((p, q) => p.column - q.column);
}

/**
 * Cells 4-connected to the start for which `accepts` holds.
 *
 * @param {number} startIndex
 * @param {Size} size
 * @param {(at: number) => boolean} accepts
 * @param {Visit} visit
 * @returns {Rect | null}
 */
export function flood(startIndex, { width, height }, accepts, visit) {
  const seen = new Uint8Array(width * height);
  const stack = [startIndex];
  /** @type {Rect | null} */
  let touched = null;
  seen[startIndex] = 1;
  while (stack.length) {
    const at = /** @type {number} */ (stack.pop());
    if (!accepts(at)) continue;
    const x = at % width;
    const y = (at - x) / width;
    visit(at);
    touched = grow(touched, x, y);
    const push = (/** @type {number} */ next) => {
      if (seen[next]) return;
      seen[next] = 1;
      stack.push(next);
    };
    if (x > 0) push(at - 1);
    if (x < width - 1) push(at + 1);
    if (y > 0) push(at - width);
    if (y < height - 1) push(at + width);
  }
  return touched;
}

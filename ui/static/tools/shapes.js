/**
 * What can be done with the shape of a label on a slice. A shape change is one entry of `SHAPES`: the menu, the keyboard
 * and the help list read it. Pure functions from cells (1 inside, rows x columns) to cells.
 */
import { t } from "../words/index.js";
import { capsule, flood } from "./raster.js";

/** @typedef {{ width: number, height: number, pixelWidthMm: number, pixelHeightMm: number }} SliceSize */
/** @typedef {(inside: Uint8Array, size: SliceSize) => Uint8Array} Change */
/** @import { SliceKind } from "../state/slices.js" */
/** `step`: what undo calls it; `ofPictures`: both, where pixels have no size. */
/** @typedef {{ text: string, step: string }} ShapeWords */
/** @typedef {ShapeWords & { id: string, ofPictures?: ShapeWords, key: string, change: Change }} ShapeChange */

const STEP_MM = 1;

/** @type {ShapeChange[]} */
export const SHAPES = [
  { id: "grow", text: t("tools.shape.grow"), step: t("tools.step.grow"), ofPictures: { text: t("tools.shape.growPx"), step: t("tools.step.growPx") }, key: "G", change: (inside, size) => grown(inside, size, stepMm(size)) },
  { id: "shrink", text: t("tools.shape.shrink"), step: t("tools.step.shrink"), ofPictures: { text: t("tools.shape.shrinkPx"), step: t("tools.step.shrinkPx") }, key: "S", change: (inside, size) => inverse(grown(inverse(inside), size, stepMm(size))) },
  { id: "holes", text: t("tools.shape.holes"), step: t("tools.step.holes"), key: "H", change: withoutHoles },
  { id: "smooth", text: t("tools.shape.smooth"), step: t("tools.step.smooth"), key: "R", change: smoothed },
];

/** @param {ShapeChange} shape @param {SliceKind} kind @returns {ShapeWords} */
export const shapeWords = (shape, kind) => (kind === "picture" && shape.ofPictures) || shape;

/** A step smaller than a voxel would do nothing. @param {SliceSize} size */
const stepMm = ({ pixelWidthMm, pixelHeightMm }) => Math.max(STEP_MM, pixelWidthMm, pixelHeightMm);

/** @param {Uint8Array} inside */
const inverse = (inside) => inside.map((value) => 1 - value);

/**
 * Cells whose centre is at most `radiusMm` from the centre of one inside.
 * @param {Uint8Array} inside
 * @param {SliceSize} size
 * @param {number} radiusMm
 */
export function grown(inside, size, radiusMm) {
  const result = inside.slice();
  for (let at = 0; at < inside.length; at++) {
    if (!inside[at]) continue;
    const centre = { column: (at % size.width) + 0.5, row: Math.floor(at / size.width) + 0.5 };
    capsule(centre, centre, radiusMm + 1e-6, size, (cell) => (result[cell] = 1));
  }
  return result;
}

/**
 * What is enclosed by the shape belongs to it.
 * @type {Change}
 */
export function withoutHoles(inside, size) {
  const { width, height } = size;
  const outside = new Uint8Array(inside.length);
  const isOutside = (/** @type {number} */ at) => !inside[at] && !outside[at];
  for (let at = 0; at < inside.length; at++) {
    const column = at % width;
    const row = Math.floor(at / width);
    const onEdge = !column || !row || column === width - 1 || row === height - 1;
    if (onEdge && isOutside(at)) flood(at, size, isOutside, (cell) => (outside[cell] = 1));
  }
  return inverse(outside);
}

/**
 * Each cell as most of its 3 x 3 neighbourhood.
 * @type {Change}
 */
export function smoothed(inside, { width, height }) {
  const result = new Uint8Array(inside.length);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      let count = 0;
      let all = 0;
      for (let y = Math.max(0, row - 1); y <= Math.min(height - 1, row + 1); y++) {
        for (let x = Math.max(0, column - 1); x <= Math.min(width - 1, column + 1); x++) {
          count += inside[y * width + x];
          all += 1;
        }
      }
      result[row * width + column] = Number(2 * count > all);
    }
  }
  return result;
}

/**
 * A change that sees and changes a picture alone, not what pads it.
 * @param {Change} change
 * @param {{rows: number, columns: number} | undefined} picture
 * @returns {Change}
 */
export function withinPicture(change, picture) {
  if (!picture) return change;
  const { rows, columns } = picture;
  return (inside, size) => {
    const cells = new Uint8Array(rows * columns);
    for (let row = 0; row < rows; row++) cells.set(inside.subarray(row * size.width, row * size.width + columns), row * columns);
    const changed = change(cells, { ...size, width: columns, height: rows });
    const result = new Uint8Array(inside.length);
    for (let row = 0; row < rows; row++) result.set(changed.subarray(row * columns, (row + 1) * columns), row * size.width);
    return result;
  };
}

/**
 * Give a label a new shape; cells of other labels stay theirs.
 * @param {Uint8Array} labels changed in place
 * @param {number} value of the label
 * @param {SliceSize} size
 * @param {Change} change
 */
export function reshape(labels, value, size, change) {
  const wanted = change(labels.map((label) => Number(label === value)), size);
  for (let at = 0; at < labels.length; at++) {
    if (wanted[at] && !labels[at]) labels[at] = value;
    else if (!wanted[at] && labels[at] === value) labels[at] = 0;
  }
}

/**
 * Anatomical planes and how their slices lie on the screen (radiological convention).
 *
 * Canonical voxels are RAS: axis 0 grows to the right, axis 1 to anterior, axis 2 to superior. On screen
 * both in-plane axes run backwards (fewshot_sam.data.planes.to_display): row 0 is anterior or superior, column 0 the
 * patient's right or anterior.
 *
 * @import { PlaneName, Triple } from "../api/types.d.ts"
 * @import { Rect } from "../state/types.d.ts"
 */

import { t } from "../words/index.js";

/**
 * @typedef {object} PlaneGeometry
 * @property {number} axis the slices' axis: 0 X, 1 Y, 2 Z
 * @property {number} columnAxis
 * @property {number} rowAxis
 * @property {string} name
 * @property {{left: string, right: string, top: string, bottom: string}} letters of the directions on screen
 */

/** @type {Record<PlaneName, PlaneGeometry>} */
export const PLANES = {
  axial: { axis: 2, columnAxis: 0, rowAxis: 1, name: t("viewer.plane.axial"), letters: { left: "R", right: "L", top: "A", bottom: "P" } },
  coronal: { axis: 1, columnAxis: 0, rowAxis: 2, name: t("viewer.plane.coronal"), letters: { left: "R", right: "L", top: "S", bottom: "I" } },
  sagittal: { axis: 0, columnAxis: 1, rowAxis: 2, name: t("viewer.plane.sagittal"), letters: { left: "A", right: "P", top: "S", bottom: "I" } },
};
export const PLANE_NAMES = /** @type {PlaneName[]} */ (Object.keys(PLANES));

/** @typedef {ReturnType<typeof planeSize>} PlaneSize */

/**
 * Number of slices, columns and rows of a plane, and the voxel's width and height in mm.
 * @param {Triple} shape
 * @param {Triple} spacingMm
 * @param {PlaneName} plane
 */
export function planeSize(shape, spacingMm, plane) {
  const { axis, columnAxis, rowAxis } = PLANES[plane];
  return {
    slices: shape[axis],
    width: shape[columnAxis],
    height: shape[rowAxis],
    pixelWidthMm: spacingMm[columnAxis],
    pixelHeightMm: spacingMm[rowAxis],
    sliceStepMm: spacingMm[axis],
  };
}

/**
 * Columns and rows that there are of a slice: of one of several pictures without what pads it.
 * @param {{shape: Triple, pictures?: readonly {rows: number, columns: number}[]}} volume
 * @param {PlaneName} plane
 * @param {number} index
 */
export function sliceExtent({ shape, pictures = [] }, plane, index) {
  const { columnAxis, rowAxis } = PLANES[plane];
  const whole = { columns: shape[columnAxis], rows: shape[rowAxis] };
  return plane === "axial" ? (pictures[index] ?? whole) : whole;
}

/**
 * Where a plane's slice lies in an X-fastest array: element of (row, column) is start + row*rowStep + column*columnStep.
 * @param {Triple} shape
 * @param {PlaneName} plane
 * @param {number} index
 */
export function sliceStrides(shape, plane, index) {
  const strides = [1, shape[0], shape[0] * shape[1]];
  const { axis, columnAxis, rowAxis } = PLANES[plane];
  return {
    start: index * strides[axis] + (shape[columnAxis] - 1) * strides[columnAxis] + (shape[rowAxis] - 1) * strides[rowAxis],
    columnStep: -strides[columnAxis],
    rowStep: -strides[rowAxis],
  };
}

/**
 * Display (column, row) of slice `index` to canonical voxel [i, j, k]; fractions pass through.
 * @param {Triple} shape
 * @param {PlaneName} plane
 * @param {number} index
 * @param {number} column
 * @param {number} row
 */
export function displayToVoxel(shape, plane, index, column, row) {
  const { axis, columnAxis, rowAxis } = PLANES[plane];
  /** @type {Triple} */
  const voxel = [0, 0, 0];
  voxel[axis] = index;
  voxel[columnAxis] = shape[columnAxis] - 1 - column;
  voxel[rowAxis] = shape[rowAxis] - 1 - row;
  return voxel;
}

/**
 * Canonical voxel to display {column, row}.
 * @param {Triple} shape
 * @param {PlaneName} plane
 * @param {Triple} voxel
 */
export function voxelToDisplay(shape, plane, voxel) {
  const { columnAxis, rowAxis } = PLANES[plane];
  return { column: shape[columnAxis] - 1 - voxel[columnAxis], row: shape[rowAxis] - 1 - voxel[rowAxis] };
}

/**
 * Union of two display rectangles; null is empty.
 * @param {Rect | null} a
 * @param {Rect | null} b
 * @returns {Rect | null}
 */
export function unionRect(a, b) {
  if (!a) return b;
  if (!b) return a;
  return { x0: Math.min(a.x0, b.x0), y0: Math.min(a.y0, b.y0), x1: Math.max(a.x1, b.x1), y1: Math.max(a.y1, b.y1) };
}

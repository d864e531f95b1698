/** Small volumes and painted slices for tests. */
import { AnnotationBook } from "../../../../ui/static/state/annotations.js";

/** @import { PlaneName, Triple } from "../../../../ui/static/api/types.d.ts" */

/** @typedef {ConstructorParameters<typeof import("../../../../ui/static/viewer/volume.js").Volume>[0]} Summary */

/**
 * What a volume is made from.
 * @param {Partial<Summary>} differing
 * @returns {Summary}
 */
export const summaryOf = (differing = {}) => ({
  id: "v",
  shape: [3, 4, 5],
  spacing_mm: [1, 1, 1],
  affine: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
  value_range: [-7, 59],
  presets: [],
  modality: "CT",
  dtype: "int16",
  ...differing,
});

/** Voxels that count up from 0, X fastest. @param {Triple} shape */
export const counting = (shape) => Int16Array.from({ length: shape[0] * shape[1] * shape[2] }, (_, at) => at);

/**
 * A book with painted slices.
 * @param {Triple} shape
 * @param {PlaneName} plane
 * @param {Record<number, [at: number, value: number][]>} painted slice to its labelled cells
 */
export function bookOf(shape, plane, painted) {
  const book = new AnnotationBook(shape, plane);
  for (const [index, cells] of Object.entries(painted)) {
    const slice = book.ensure(Number(index));
    slice.state = "painted";
    for (const [at, value] of cells) slice.labels[at] = value;
  }
  return book;
}

/**
 * The painted slices of the volume on screen, of one plane. The store holds one book (`state.annotations`); it is replaced
 * when a volume or plane is opened, and changed in place while painting, which is announced by events:
 *
 *   painted {low, high}        cells inside a canonical box changed
 *   slice-edited {index}       the user changed a slice
 *   slice-saved {volumeId, plane, index}
 *   annotations-loaded         the book was replaced, or slices came from the server into it
 */
import { displayToVoxel, planeSize } from "../viewer/planes.js";
import { NO_NOTES } from "./origin_notes.js";

/** @import { PlaneName, SliceState, Triple } from "../api/types.d.ts" */
/** @import { OriginNotes } from "./origin_notes.js" */
/** @import { Rect } from "./types.d.ts" */

/** @typedef {{ labels: Uint8Array, state: SliceState }} Content Label values in display orientation, rows x columns. */
/**
 * `state`: "empty" is reviewed and holds nothing, "cleared" as if never touched, "interpolated" filled in between painted
 * slices, which nobody has accepted.
 *
 * @typedef {Content & {
 *   version: number,
 *   begun: Content | null,
 *   values: number[] | null,
 *   savedAt: string | null,
 *   notes: Readonly<OriginNotes>,
 * }} Slice `version`: the server's that it is based on, 0 for none; `begun`: what it was when the change that is going on
 *   began; `values`: its label values, null when they have to be counted; `savedAt`: when the server saved that version,
 *   null when it has not or the slice was changed since; `notes`: what goes to the server with it
 */

export class AnnotationBook {
  /**
   * @param {Triple} shape of the volume, canonical
   * @param {PlaneName} plane
   */
  constructor(shape, plane) {
    this.shape = shape;
    this.plane = plane;
    this.size = planeSize(shape, [1, 1, 1], plane);
    /** @type {Map<number, Slice>} */
    this.slices = new Map();
    /** @type {number | null} the slice that shows nothing instead of its prediction until something is painted on it */
    this.afresh = null;
  }

  /** Cells of a slice. */
  get cells() {
    return this.size.width * this.size.height;
  }

  /** All cells of a slice, as a display rectangle. */
  get everything() {
    return { x0: 0, y0: 0, x1: this.size.width, y1: this.size.height };
  }

  /** @param {number} index */
  get(index) {
    return this.slices.get(index) ?? null;
  }

  /**
   * The slice's record, made (cleared, version 0) when there is none.
   *
   * @param {number} index
   * @returns {Slice}
   */
  ensure(index) {
    let slice = this.slices.get(index);
    if (!slice) {
      slice = { labels: new Uint8Array(this.cells), state: "cleared", version: 0, begun: null, values: null, savedAt: null, notes: NO_NOTES };
      this.slices.set(index, slice);
    }
    return slice;
  }

  /**
   * @param {number} index
   * @returns {SliceState}
   */
  state(index) {
    return this.slices.get(index)?.state ?? "cleared";
  }

  /**
   * Labels of a slice that hides the prediction (painted, interpolated, marked empty or begun afresh), or null.
   *
   * @param {number} index
   */
  covering(index) {
    const slice = this.slices.get(index);
    return slice && this.#hides(index, slice) ? slice.labels : null;
  }

  /** @returns {Generator<[number, Slice]>} slices that hide the prediction */
  *coveringSlices() {
    for (const [index, slice] of this.slices) if (this.#hides(index, slice)) yield [index, slice];
  }

  /** @param {number} index @param {Slice} slice */
  #hides(index, slice) {
    return slice.state !== "cleared" || index === this.afresh;
  }

  /**
   * Slice indices with one of the states, ascending.
   *
   * @param {SliceState[]} states
   */
  indices(...states) {
    return [...this.slices].filter(([, slice]) => states.includes(slice.state)).map(([index]) => index).sort((a, b) => a - b);
  }

  /**
   * Label values painted or interpolated on a slice, ascending; remembered until `changed(index)`.
   *
   * @param {number} index
   * @returns {number[]}
   */
  values(index) {
    const slice = this.slices.get(index);
    if (!slice || (slice.state !== "painted" && slice.state !== "interpolated")) return [];
    slice.values ??= valuesOf(slice.labels);
    return slice.values;
  }

  /** @param {number} index */
  changed(index) {
    Object.assign(this.ensure(index), { values: null, savedAt: null });
  }

  /**
   * The canonical box (both ends inclusive) that a rectangle of a slice covers, as event `painted` tells it.
   *
   * @param {number} index
   * @param {Rect} rect
   */
  box(index, rect) {
    const a = displayToVoxel(this.shape, this.plane, index, rect.x0, rect.y0);
    const b = displayToVoxel(this.shape, this.plane, index, rect.x1 - 1, rect.y1 - 1);
    return { low: lower(a, b), high: higher(a, b) };
  }
}

/** @param {Triple} a @param {Triple} b @returns {Triple} */
const lower = (a, b) => [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.min(a[2], b[2])];

/** @param {Triple} a @param {Triple} b @returns {Triple} */
const higher = (a, b) => [Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.max(a[2], b[2])];

/**
 * @param {Uint8Array} labels
 * @returns {number[]} the values but 0, ascending
 */
function valuesOf(labels) {
  const found = new Uint8Array(256);
  for (const value of labels) found[value] = 1;
  return [...found.keys()].filter((value) => value && found[value]);
}

/**
 * What a slice holds without a change that is going on: a stroke may still be given up, so it is neither saved nor backed up.
 *
 * @param {Slice} slice
 * @returns {Content} the slice's own arrays, not a copy
 */
export const settled = (slice) => slice.begun ?? slice;

/**
 * @param {Content} content
 * @returns {Content} with labels of its own, which no later stroke changes
 */
export const copied = ({ labels, state }) => ({ labels: labels.slice(), state });

/** One use of a painting tool on one slice: what the tool has gathered so far, and the only way it changes the slice. */
import { similarRange, writer } from "./cells.js";
import { activeRange } from "../state/threshold.js";
import { t } from "../words/index.js";

/** @import { Store } from "../state/store.js" */
/** @import { Rect } from "../state/types.d.ts" */
/** @import { SliceView } from "../viewer/slice_view.js" */
/** @import { Intensities, Volume } from "../viewer/volume.js" */
/** @import { Edits, SliceChange } from "./edits.js" */
/** @import { Point, Tool } from "./tool.js" */

const LIGHTEST = 0.25; // of the brush's width, under a pen that hardly touches

export class Gesture {
  /** @type {Point[]} Whatever points the tool wants to keep. */
  points = [];
  /** @type {(at: number) => void} Writes one cell (index = row * width + column); set by `begin`. */
  write = () => {};
  #begun = false;
  #pressed = 1;

  /**
   * @param {object} parts
   * @param {Tool} parts.tool
   * @param {SliceView} parts.view the annotation plane's
   * @param {Store} parts.store
   * @param {Edits} parts.edits
   * @param {boolean} parts.erasing whether it writes background instead of the active label
   */
  constructor({ tool, view, store, edits, erasing }) {
    this.tool = tool;
    this.view = view;
    this.store = store;
    this.edits = edits;
    this.erasing = erasing;
    this.index = view.index; // the slice it was begun on
  }

  /** The store's state: brushMm, similarOnly, tolerance, protect, activeLabel, window and the rest. */
  get settings() {
    return this.store.state;
  }

  /** How hard a pen is pressed, where that matters. @param {{ pointerType: string, pressure: number }} event */
  press({ pointerType, pressure }) {
    this.#pressed = this.settings.penPressure && pointerType === "pen" ? LIGHTEST + (1 - LIGHTEST) * pressure : 1;
  }

  /** Of the brush at this point. */
  get radiusMm() {
    return (this.settings.brushMm / 2) * this.#pressed;
  }

  get #volume() {
    return /** @type {Volume} */ (this.view.volume); // nothing can be pressed before there is one
  }

  /** Columns and rows of the slice, a cell's width and height in mm, how many slices there are and how far apart. */
  get size() {
    const { width, height } = this.view;
    const { pixelWidthMm, pixelHeightMm, slices, sliceStepMm } = this.#volume.size(this.view.plane);
    const apart = this.#volume.pictures?.length ? Infinity : sliceStepMm; // no tool reaches another picture
    return { width, height, pixelWidthMm, pixelHeightMm, slices, sliceStepMm: apart };
  }

  /** Intensities of the slice, rows x columns, in the volume's unit and type. */
  get intensities() {
    return /** @type {Intensities} */ (this.view.values);
  }

  /**
   * The label that is seen at a point, painted or predicted; 0 is none.
   *
   * @param {Point} point
   */
  labelAt({ column, row }) {
    const { width, height } = this.size;
    if (column < 0 || row < 0 || column >= width || row >= height) return 0;
    return this.edits.shown(this.index)?.[Math.floor(row) * width + Math.floor(column)] ?? 0;
  }

  /**
   * Begin to change the slice; `write` works from here to `commit`.
   *
   * @param {{ range?: [number, number] | null, paints?: boolean }} [options] `range`: intensities that may be painted, null
   *   for any; `paints`: with the active label
   * @returns {Uint8Array} label values of the slice, rows x columns; a slice that showed a prediction starts with it
   */
  begin({ range = null, paints = true } = {}) {
    const labels = this.edits.begin(this.index);
    this.#begun = true;
    if (paints && this.settings.lockedLabels.has(this.#value)) this.store.emit("locked", { value: this.#value });
    if (paints && this.#value) this.store.emit("label-used", { value: this.#value });
    this.write = this.#writer(labels, both(range, activeRange(this.settings)), this.intensities);
    return labels;
  }

  /** What it writes. */
  get #value() {
    return this.erasing ? 0 : (this.settings.activeLabel ?? 0);
  }

  /**
   * @param {Uint8Array} labels
   * @param {[number, number] | null} range
   * @param {ArrayLike<number>} intensities of the slice, needed for a range only
   */
  #writer(labels, range, intensities) {
    const { activeLabel: active, protect, lockedLabels: locked } = this.settings;
    return writer(labels, { value: this.#value, active, protect, locked, range, intensities });
  }

  /**
   * What drawing on another slice would change there, for `commit`; null when nothing.
   *
   * @param {number} index the slice
   * @param {(write: (at: number) => void) => void} draw
   * @returns {SliceChange | null}
   */
  changeOf(index, draw) {
    const shown = this.edits.shown(index);
    const labels = shown?.slice() ?? new Uint8Array(this.size.width * this.size.height);
    const range = activeRange(this.settings);
    draw(this.#writer(labels, range, range ? this.#volume.slice(this.view.plane, index) : []));
    if (labels.every((value, at) => value === (shown?.[at] ?? 0))) return null;
    const isOwn = this.settings.annotations?.state(index) === "painted";
    return { index, labels, state: labels.some((value) => value !== 0) ? "painted" : isOwn ? "cleared" : "empty" };
  }

  /**
   * Show the cells that were written inside `rect`.
   *
   * @param {Rect | null} rect
   */
  touch(rect) {
    this.edits.touch(rect);
  }

  /**
   * End the change: it is remembered for undo and saved.
   *
   * @param {SliceChange[]} others changes of other slices, part of the same step
   */
  commit(others = []) {
    if (this.#begun) this.edits.commit(this.erasing ? t("tools.step.erasing") : (this.tool.step ?? this.tool.label), others);
    this.#end();
  }

  /** Take back what was begun and not committed. */
  abandon() {
    if (this.#begun) this.edits.abort();
    this.#end();
  }

  #end() {
    this.#begun = false;
    this.write = () => {};
  }

  /**
   * Intensities that count as similar to those around a point, by the tolerance.
   *
   * @param {Point} point
   * @returns {[number, number]}
   */
  similarRange(point) {
    const { tolerance, window } = this.settings;
    return similarRange(point, { ...this.size, intensities: this.intensities }, tolerance * (window[1] - window[0]));
  }

  /**
   * How far two points are from each other on the screen, in CSS pixels.
   *
   * @param {Point} a
   * @param {Point} b
   */
  distancePx(a, b) {
    const { map, pixelRatio } = this.view;
    return Math.hypot((a.column - b.column) * map.scaleX, (a.row - b.row) * map.scaleY) / pixelRatio;
  }
}

/**
 * What lies in both ranges; null is everything.
 *
 * @param {[number, number] | null} a
 * @param {[number, number] | null} b
 * @returns {[number, number] | null}
 */
function both(a, b) {
  if (!a || !b) return a ?? b;
  return [Math.max(a[0], b[0]), Math.min(a[1], b[1])];
}

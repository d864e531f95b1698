/** Undo and redo as differences: each entry holds the cells of one rectangle of one slice, before and after. */

/** @import { SliceState } from "../api/types.d.ts" */
/** @import { Rect } from "./types.d.ts" */
/**
 * @typedef {object} Edit One change of one slice.
 * @property {number} index the slice
 * @property {Rect} rect
 * @property {Uint8Array} before the rectangle's cells, row by row
 * @property {Uint8Array} after
 * @property {SliceState} stateBefore
 * @property {SliceState} stateAfter
 */

const MAX_BYTES = 96 * 1024 * 1024;

/**
 * The cells of `rect` of a rows x columns array.
 *
 * @param {Uint8Array} labels
 * @param {number} width
 * @param {Rect} rect
 */
export function cut(labels, width, rect) {
  const columns = rect.x1 - rect.x0;
  const out = new Uint8Array(columns * (rect.y1 - rect.y0));
  for (let y = rect.y0; y < rect.y1; y++) {
    out.set(labels.subarray(y * width + rect.x0, y * width + rect.x1), (y - rect.y0) * columns);
  }
  return out;
}

/**
 * Turn the cells of `rect` that an edit changed from `from` to `to`. Cells that hold something else by now were painted
 * in another window since, and stay.
 *
 * @param {Uint8Array} labels changed in place
 * @param {number} width
 * @param {Rect} rect
 * @param {Uint8Array} from
 * @param {Uint8Array} to
 */
export function turn(labels, width, rect, from, to) {
  let n = 0;
  for (let y = rect.y0; y < rect.y1; y++) {
    for (let at = y * width + rect.x0; at < y * width + rect.x1; at++, n++) {
      if (from[n] !== to[n] && labels[at] === from[n]) labels[at] = to[n];
    }
  }
}

/**
 * The smallest rectangle in which two slices differ, or null.
 *
 * @param {Uint8Array} before
 * @param {Uint8Array} after
 * @param {number} width
 * @param {number} height
 * @returns {Rect | null}
 */
export function differingRect(before, after, width, height) {
  /** @type {Rect | null} */
  let rect = null;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (before[y * width + x] === after[y * width + x]) continue;
      if (!rect) rect = { x0: x, y0: y, x1: x + 1, y1: y + 1 };
      else {
        rect.x0 = Math.min(rect.x0, x);
        rect.x1 = Math.max(rect.x1, x + 1);
        rect.y1 = y + 1;
      }
    }
  }
  return rect;
}

export class History {
  /** @type {Edit[]} */
  #past = [];
  /** @type {Edit[]} */
  #future = [];
  #bytes = 0;

  /** @param {{ maxBytes?: number }} [options] of all edits together; the oldest go first, the latest always stays */
  constructor({ maxBytes = MAX_BYTES } = {}) {
    this.maxBytes = maxBytes;
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  get canRedo() {
    return this.#future.length > 0;
  }

  /**
   * Remember an edit; drops what could be redone, and the oldest edits when all together are too large.
   *
   * @param {Edit} edit
   */
  push(edit) {
    for (const undone of this.#future) this.#bytes -= bytesOf(undone);
    this.#future = [];
    this.#past.push(edit);
    this.#bytes += bytesOf(edit);
    while (this.#bytes > this.maxBytes && this.#past.length > 1) {
      const [oldest] = this.#past.splice(0, 1);
      this.#bytes -= bytesOf(oldest);
    }
  }

  /** @returns {Edit | null} the edit to take back */
  undo() {
    const edit = this.#past.pop();
    if (edit) this.#future.push(edit);
    return edit ?? null;
  }

  /** @returns {Edit | null} the edit to make again */
  redo() {
    const edit = this.#future.pop();
    if (edit) this.#past.push(edit);
    return edit ?? null;
  }

  clear() {
    this.#past = [];
    this.#future = [];
    this.#bytes = 0;
  }
}

/** @param {Edit} edit */
const bytesOf = (edit) => edit.before.length + edit.after.length;

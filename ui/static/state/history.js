/**
 * One history of what a person did, step by step. A step that changed slices holds differences: the cells of one rectangle
 * of each slice, before and after. What the server did for a person, such as deleting a label, is a command.
 */

/** @import { PlaneName, SliceState } from "../api/types.d.ts" */
/** @import { Rect } from "./types.d.ts" */
/**
 * @typedef {object} Edit One change of one slice.
 * @property {number} index the slice
 * @property {Rect} rect
 * @property {Uint8Array} before the rectangle's cells, row by row
 * @property {Uint8Array} after
 * @property {SliceState} stateBefore
 * @property {SliceState} stateAfter
 * @property {number} printBefore `fingerprint` of the whole slice where it was interpolated, else 0
 * @property {number} printAfter
 */
/** @typedef {{ undo: () => Promise<void>, redo: () => Promise<void> }} Command */
/**
 * @typedef {object} Step What one undo takes back.
 * @property {string} text what was done, to be read after "Undone: "
 * @property {Edit[]} slices
 * @property {Command} [command]
 * @property {string} [volumeId] the volume that the command is about
 * @property {{volumeId: string, plane: PlaneName, planeBefore: PlaneName, indices: number[]}} [shows] slices that the command
 *   changes, and the plane that is painted in before it
 * @property {string | null} [place] the volume and plane of a step that is no command, by `placeOf`
 * @property {number} [afresh] the slice that was begun afresh
 */

/** @param {string} volumeId @param {PlaneName} plane */
export const placeOf = (volumeId, plane) => `${volumeId}/${plane}`;

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
 * A number that tells slices apart (FNV-1a).
 *
 * @param {Uint8Array} labels
 */
export function fingerprint(labels) {
  let hash = 0x811c9dc5;
  for (let at = 0; at < labels.length; at++) hash = Math.imul(hash ^ labels[at], 0x01000193);
  return hash >>> 0;
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
  /** @type {Step[]} */
  #past = [];
  /** @type {Step[]} */
  #future = [];
  #bytes = 0;

  /** @param {{ maxBytes?: number }} [options] of all steps together; the oldest go first, the latest always stays */
  constructor({ maxBytes = MAX_BYTES } = {}) {
    this.maxBytes = maxBytes;
  }

  /**
   * Remember a step; drops what could be redone, and the oldest steps when all together are too large.
   *
   * @param {Step} step
   */
  push(step) {
    this.#future = [];
    this.#past.push(step);
    this.#count();
    while (this.#bytes > this.maxBytes && this.#past.length > 1) {
      this.#past.shift();
      this.#count();
    }
  }

  /** The step to take back, or to make again, which stays. @param {"undo" | "redo"} direction */
  next(direction) {
    return (direction === "undo" ? this.#past : this.#future).at(-1) ?? null;
  }

  /** @returns {Step | null} the step to take back */
  undo() {
    const step = this.#past.pop();
    if (step) this.#future.push(step);
    return step ?? null;
  }

  /** @returns {Step | null} the step to make again */
  redo() {
    const step = this.#future.pop();
    if (step) this.#past.push(step);
    return step ?? null;
  }

  /**
   * Other slices may be on screen: steps on slices that are not there when their turn comes can no longer be taken back. An
   * import leads from one plane to another, so that steps before it are on others.
   *
   * @param {string | null} place on screen, null for none
   */
  forgetOutOfReach(place) {
    this.#past = withinReach(this.#past, place, "undo");
    this.#future = withinReach(this.#future, place, "redo");
    this.#count();
  }

  /** Volumes were deleted: what was done to them cannot be taken back. @param {Set<string>} left ids of the others */
  forgetVolumesBut(left) {
    this.#keep(({ volumeId }) => volumeId === undefined || left.has(volumeId));
  }

  /** @param {(step: Step) => boolean} stays */
  #keep(stays) {
    this.#past = this.#past.filter(stays);
    this.#future = this.#future.filter(stays);
    this.#count();
  }

  clear() {
    this.#past = [];
    this.#future = [];
    this.#bytes = 0;
  }

  #count() {
    this.#bytes = [...this.#past, ...this.#future].reduce((sum, step) => sum + bytesOf(step), 0);
  }
}

/**
 * @param {Step[]} steps the last is the next one
 * @param {string | null} place on screen before it
 * @param {"undo" | "redo"} direction
 */
function withinReach(steps, place, direction) {
  const isKept = (/** @type {Step} */ { command, shows, place: own }) => {
    if (!command) return place !== null && own === place;
    if (!shows) return true;
    const planes = [placeOf(shows.volumeId, shows.planeBefore), placeOf(shows.volumeId, shows.plane)];
    const [from, to] = direction === "redo" ? planes : planes.reverse();
    if (place === from) place = to;
    return true;
  };
  return [...steps].reverse().filter(isKept).reverse();
}

/** @param {Step} step */
const bytesOf = ({ slices }) => slices.reduce((sum, { before, after }) => sum + before.length + after.length, 0);

/**
 * Where the mask is uncertain, on one slice: clear where it is certain, amber to red where it is not. Painted slices (and
 * slices marked as holding nothing) are certain, in every plane, also those painted since the run.
 */
import { makeCanvas } from "./canvas.js";
import { UNCERTAIN_BELOW } from "../api/contract.js";
import { PLANES } from "./planes.js";

/**
 * @import { PlaneName, Triple } from "../api/types.d.ts"
 * @import { AnnotationBook } from "../state/annotations.js"
 * @import { Rect } from "../state/types.d.ts"
 */

const RED_FROM = 128; // as likely wrong as right
const AMBER = [255, 190, 70];
const RED = [255, 62, 48];

/**
 * Colour of an uncertainty as [red, green, blue].
 * @param {number} amount 0 (just below certain enough) to 1 (as likely wrong as right, or worse)
 */
export function uncertaintyColour(amount) {
  return AMBER.map((from, n) => Math.round(from + (RED[n] - from) * amount));
}

/** RGBA words by confidence, 0..255. */
export function uncertaintyPalette() {
  const words = new Uint32Array(256);
  for (let confidence = 0; confidence < UNCERTAIN_BELOW; confidence++) {
    const amount = Math.min(1, (UNCERTAIN_BELOW - confidence) / (UNCERTAIN_BELOW - RED_FROM));
    const [red, green, blue] = uncertaintyColour(amount);
    const alpha = Math.round(255 * (0.38 + 0.42 * amount));
    words[confidence] = ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  }
  return words;
}

const PALETTE = uncertaintyPalette();

export class UncertaintyLayer {
  width = 0;
  height = 0;
  drawing = makeCanvas(0, 0);
  /** Whether there is something to draw. */
  shown = false;

  /** @param {PlaneName} plane */
  constructor(plane) {
    this.plane = plane;
  }

  /**
   * @param {number} width columns of the slices to come
   * @param {number} height rows
   */
  resize(width, height) {
    Object.assign(this, { width, height, shown: false });
    this.drawing = makeCanvas(width, height);
  }

  /**
   * Colour a rectangle of display cells.
   * @param {Uint8Array | null} slice the slice's confidence in display orientation, 255 is certain; null for none
   * @param {{shape: Triple, book: AnnotationBook}} source
   * @param {number} index slice
   * @param {Rect} rect
   */
  compose(slice, { shape, book }, index, rect) {
    this.shown = Boolean(slice);
    const [width, height] = [rect.x1 - rect.x0, rect.y1 - rect.y0];
    if (!slice || width <= 0 || height <= 0) return;
    if (book.plane === this.plane && book.covering(index)) return this.drawing.context.clearRect(rect.x0, rect.y0, width, height);
    const image = this.drawing.context.createImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    for (let y = 0, at = 0; y < height; y++) {
      let from = (rect.y0 + y) * this.width + rect.x0;
      for (let x = 0; x < width; x++, at++, from++) pixels[at] = PALETTE[slice[from]];
    }
    this.drawing.context.putImageData(image, rect.x0, rect.y0);
    if (book.plane !== this.plane) this.#clearCrossing(shape, book);
  }

  /**
   * Painted slices of another plane cross this one as single columns or rows.
   * @param {Triple} shape
   * @param {AnnotationBook} book
   */
  #clearCrossing(shape, book) {
    const crossed = PLANES[book.plane].axis;
    const asColumns = PLANES[this.plane].columnAxis === crossed;
    for (const [slice] of book.coveringSlices()) {
      const line = shape[crossed] - 1 - slice;
      if (asColumns) this.drawing.context.clearRect(line, 0, 1, this.height);
      else this.drawing.context.clearRect(0, line, this.width, 1);
    }
  }
}

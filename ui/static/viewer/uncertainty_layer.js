/**
 * Where the mask is in doubt, on one slice: clear where it is sure, amber to red where it is not. Painted slices (and
 * slices marked as holding nothing) are certain, in every plane, also those painted since the run.
 */
import { PLANES } from "./planes.js";

export const DOUBT_BELOW = 204; // of 255: 80 % sure; the worker counts doubt from the same value (backend/jobs/results.py)
const RED_FROM = 128; // as likely wrong as right
const AMBER = [255, 190, 70];
const RED = [255, 62, 48];

/** Colour of doubt, 0 (just below sure enough) to 1 (as likely wrong as right, or worse), as [red, green, blue]. */
export function doubtColour(amount) {
  return AMBER.map((from, n) => Math.round(from + (RED[n] - from) * amount));
}

/** RGBA words by confidence, 0..255. */
export function doubtPalette() {
  const words = new Uint32Array(256);
  for (let confidence = 0; confidence < DOUBT_BELOW; confidence++) {
    const amount = Math.min(1, (DOUBT_BELOW - confidence) / (DOUBT_BELOW - RED_FROM));
    const [red, green, blue] = doubtColour(amount);
    const alpha = Math.round(255 * (0.38 + 0.42 * amount));
    words[confidence] = ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  }
  return words;
}

const PALETTE = doubtPalette();

export class DoubtLayer {
  constructor(plane) {
    this.plane = plane;
    this.shown = false;
  }

  resize(width, height) {
    this.canvas = document.createElement("canvas");
    Object.assign(this.canvas, { width, height });
    this.context = this.canvas.getContext("2d");
    Object.assign(this, { width, height, shown: false });
  }

  /** Colour `rect` (display cells) of slice `index`; `slice` is its confidence in display order, or null for none. */
  compose(slice, { shape, book }, index, rect) {
    this.shown = Boolean(slice);
    const [width, height] = [rect.x1 - rect.x0, rect.y1 - rect.y0];
    if (!slice || width <= 0 || height <= 0) return;
    if (book.plane === this.plane && book.covering(index)) return this.context.clearRect(rect.x0, rect.y0, width, height);
    const image = this.context.createImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    for (let y = 0, at = 0; y < height; y++) {
      let from = (rect.y0 + y) * this.width + rect.x0;
      for (let x = 0; x < width; x++, at++, from++) pixels[at] = PALETTE[slice[from]];
    }
    this.context.putImageData(image, rect.x0, rect.y0);
    if (book.plane !== this.plane) this.#clearCrossing(shape, book);
  }

  /** Painted slices of another plane cross this one as single columns or rows. */
  #clearCrossing(shape, book) {
    const crossed = PLANES[book.plane].axis;
    const asColumns = PLANES[this.plane].columnAxis === crossed;
    for (const [slice] of book.coveringSlices()) {
      const line = shape[crossed] - 1 - slice;
      if (asColumns) this.context.clearRect(line, 0, 1, this.height);
      else this.context.clearRect(0, line, this.width, 1);
    }
  }
}

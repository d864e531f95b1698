/** What colours single cells of a slice, on a canvas of one pixel a cell. */
import { makeCanvas } from "./canvas.js";

export class CellLayer {
  drawing = makeCanvas(0, 0);
  /** Whether there is something to draw. */
  shown = false;

  /**
   * @param {number} width columns of the slices to come
   * @param {number} height rows
   */
  resize(width, height) {
    this.shown = false;
    this.drawing = makeCanvas(width, height);
  }

  /**
   * Draw the slice anew.
   * @param {((words: Uint32Array) => void) | null} colour writes RGBA words, rows x columns as displayed, into clear
   *   ones; null shows nothing
   */
  draw(colour) {
    this.shown = colour !== null;
    if (!colour) return;
    const { canvas, context } = this.drawing;
    const image = context.createImageData(canvas.width, canvas.height);
    colour(new Uint32Array(image.data.buffer));
    context.putImageData(image, 0, 0);
  }
}

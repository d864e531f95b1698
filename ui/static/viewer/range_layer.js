/** A tint on the cells whose intensity lies in the range that tools are kept to. */
import { makeCanvas } from "./canvas.js";

/** @import { Intensities } from "./volume.js" */

const TINT = ((0x44 << 24) | (0xba << 16) | (0xd0 << 8) | 0x35) >>> 0; // an RGBA word

export class RangeLayer {
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
   * @param {Intensities | null} values of the slice, rows x columns as displayed
   * @param {[number, number] | null} range lowest and highest intensity; null shows nothing
   */
  compose(values, range) {
    this.shown = Boolean(values && range);
    if (!values || !range) return;
    const [low, high] = range;
    const { canvas, context } = this.drawing;
    const image = context.createImageData(canvas.width, canvas.height);
    const words = new Uint32Array(image.data.buffer);
    for (let at = 0; at < words.length; at++) if (values[at] >= low && values[at] <= high) words[at] = TINT;
    context.putImageData(image, 0, 0);
  }
}

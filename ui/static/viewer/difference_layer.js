/** Where two masks differ, on one slice: what the first alone labels, what the second alone does, and other labels. */
import { makeCanvas } from "./canvas.js";

/** @import { Palette } from "./palette.js" */

/** Red, green and blue; the page's stylesheet has the same under --first-only, --second-only and --other-label. */
export const DIFFERENCE_COLOURS = { first: [78, 150, 255], second: [255, 158, 44], other: [228, 92, 214] };
const ALPHA = 0x98; // what lies under it stays visible

/** An RGBA word. @param {number[]} colour */
const word = ([red, green, blue]) => ((ALPHA << 24) | (blue << 16) | (green << 8) | red) >>> 0;
const [FIRST, SECOND, OTHER] = [DIFFERENCE_COLOURS.first, DIFFERENCE_COLOURS.second, DIFFERENCE_COLOURS.other].map(word);

export class DifferenceLayer {
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
   * Labels that are not shown count as background.
   * @param {Uint8Array | null} first label values of the slice, rows x columns as displayed
   * @param {Uint8Array | null} second null shows nothing
   * @param {Palette} palette
   */
  compose(first, second, palette) {
    this.shown = Boolean(first && second);
    if (!first || !second) return;
    const seen = (/** @type {number} */ value) => (palette.stroke[value] ? value : 0);
    const { canvas, context } = this.drawing;
    const image = context.createImageData(canvas.width, canvas.height);
    const words = new Uint32Array(image.data.buffer);
    for (let at = 0; at < words.length; at++) {
      if (first[at] === second[at]) continue;
      const [one, other] = [seen(first[at]), seen(second[at])];
      if (one !== other) words[at] = !other ? FIRST : !one ? SECOND : OTHER;
    }
    context.putImageData(image, 0, 0);
  }
}

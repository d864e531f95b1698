/** Where two masks differ, on one slice: what the first alone labels, what the second alone does, and other labels. */
import { CellLayer } from "./cell_layer.js";

/** @import { Palette } from "./palette.js" */

/** Red, green and blue; the page's stylesheet has the same under --first-only, --second-only and --other-label. */
export const DIFFERENCE_COLOURS = { first: [78, 150, 255], second: [255, 158, 44], other: [228, 92, 214] };
const ALPHA = 0x98; // what lies under it stays visible

/** An RGBA word. @param {number[]} colour */
const word = ([red, green, blue]) => ((ALPHA << 24) | (blue << 16) | (green << 8) | red) >>> 0;
const [FIRST, SECOND, OTHER] = [DIFFERENCE_COLOURS.first, DIFFERENCE_COLOURS.second, DIFFERENCE_COLOURS.other].map(word);

export class DifferenceLayer extends CellLayer {
  /**
   * Labels that are not shown count as background.
   * @param {Uint8Array | null} first label values of the slice, rows x columns as displayed
   * @param {Uint8Array | null} second null shows nothing
   * @param {Palette} palette
   */
  compose(first, second, palette) {
    if (!first || !second) return this.draw(null);
    const seen = (/** @type {number} */ value) => (palette.stroke[value] ? value : 0);
    this.draw((words) => {
      for (let at = 0; at < words.length; at++) {
        if (first[at] === second[at]) continue;
        const [one, other] = [seen(first[at]), seen(second[at])];
        if (one !== other) words[at] = !other ? FIRST : !one ? SECOND : OTHER;
      }
    });
  }
}

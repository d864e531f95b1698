/** A tint on the cells whose intensity lies in the range that tools are kept to. */
import { CellLayer } from "./cell_layer.js";

/** @import { Intensities } from "./volume.js" */

const TINT = ((0x44 << 24) | (0xba << 16) | (0xd0 << 8) | 0x35) >>> 0; // an RGBA word

export class RangeLayer extends CellLayer {
  /**
   * @param {Intensities | null} values of the slice, rows x columns as displayed
   * @param {[number, number] | null} range lowest and highest intensity; null shows nothing
   */
  compose(values, range) {
    if (!values || !range) return this.draw(null);
    const [low, high] = range;
    this.draw((words) => {
      for (let at = 0; at < words.length; at++) if (values[at] >= low && values[at] <= high) words[at] = TINT;
    });
  }
}

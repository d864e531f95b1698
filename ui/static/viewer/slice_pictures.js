/** Small pictures of a slice with label values over it, in the window and the colours that are on screen. */
import { makeCanvas } from "./canvas.js";
import { makePalette, PAINTED } from "./palette.js";
import { sliceExtent } from "./planes.js";
import { WindowLut } from "./volume.js";

/**
 * @import { PlaneName } from "../api/types.d.ts"
 * @import { Store } from "../state/store.js"
 */

const LONGEST = 88; // pixels of a picture

export class SlicePictures {
  /** @param {Store} store */
  constructor(store) {
    this.store = store;
  }

  /**
   * @param {HTMLCanvasElement} canvas is given the picture's size
   * @param {{plane: PlaneName, index: number}} slice
   * @param {Uint8Array} labels rows x columns as displayed
   */
  draw(canvas, { plane, index }, labels) {
    const { voxels, window } = this.store.state;
    if (!voxels) return;
    const { width, height, pixelWidthMm, pixelHeightMm } = voxels.size(plane);
    const cells = makeCanvas(width, height);
    const pixels = cells.context.createImageData(width, height);
    const words = new Uint32Array(pixels.data.buffer);
    const colours = plane === "axial" ? voxels.colours.get(index) : undefined;
    if (colours) words.set(colours);
    else new WindowLut(window, voxels.data instanceof Int16Array).apply(voxels.slice(plane, index), words);
    this.#blend(words, labels);
    cells.context.putImageData(pixels, 0, 0);
    const { columns, rows } = sliceExtent(voxels, plane, index);
    const scale = LONGEST / Math.max(columns * pixelWidthMm, rows * pixelHeightMm);
    Object.assign(canvas, { width: Math.max(1, Math.round(columns * pixelWidthMm * scale)), height: Math.max(1, Math.round(rows * pixelHeightMm * scale)) });
    canvas.getContext("2d")?.drawImage(cells.canvas, 0, 0, columns, rows, 0, 0, canvas.width, canvas.height);
  }

  /**
   * Lay the labels' colours over grey words.
   * @param {Uint32Array} words changed in place
   * @param {Uint8Array} labels
   */
  #blend(words, labels) {
    const { fill } = makePalette(this.store.state.labels, new Set(), 0.7, true);
    for (let at = 0; at < words.length; at++) {
      const over = fill[labels[at] | PAINTED];
      if (!labels[at] || !over) continue;
      const alpha = (over >>> 24) / 255;
      const mix = (/** @type {number} */ shift) => Math.round(((over >>> shift) & 255) * alpha + ((words[at] >>> shift) & 255) * (1 - alpha)) << shift;
      words[at] = (0xff000000 | mix(16) | mix(8) | mix(0)) >>> 0;
    }
  }
}

/**
 * Voxels of one volume in the browser: canonical RAS, X fastest, int16 or float32. They may still be travelling: they
 * arrive from the first on, and single slices come ahead of them; what is not here yet shows the lowest intensity.
 */
import { PLANE_NAMES, PLANES, planeSize, sliceStrides } from "./planes.js";

/**
 * @import { PlaneName, Triple, VolumeSummary } from "../api/types.d.ts"
 * @typedef {Int16Array<ArrayBuffer> | Float32Array<ArrayBuffer>} Intensities
 */

const ARRAYS = { int16: Int16Array, float32: Float32Array };

const MAX_COLOUR_WORDS = 2 ** 26; // 256 MB
const ABOVE_HU = 400; // where the default window of a CT begins that lies above; in HU at -160

export class Volume {
  /** @type {Set<string>} "plane/index" of slices that came before the voxels around them */
  #ahead = new Set();
  /** @type {Map<number, Uint32Array>} opaque RGBA words of pictures in colour, by axial slice; what was on screen last is last */
  colours = new Map();
  /** Words of colours that are kept, of four pictures at least. */
  maxColourWords = MAX_COLOUR_WORDS;
  /** The picture on screen, whose colours stay. */
  #shownColours = -1;

  /**
   * @param {Pick<VolumeSummary, "id" | "shape" | "spacing_mm" | "affine" | "value_range" | "modality" | "dtype" | "presets"> & Partial<Pick<VolumeSummary, "pictures">>} summary
   * @param {ArrayBuffer | null} buffer little-endian voxels; without it none is here
   */
  constructor(summary, buffer = null) {
    this.id = summary.id;
    this.shape = summary.shape;
    this.spacingMm = summary.spacing_mm;
    this.affine = summary.affine;
    this.pictures = summary.pictures ?? [];
    this.valueRange = summary.value_range;
    this.unit = "";
    this.readAs(summary);
    /** @type {Intensities} */
    this.data = new ARRAYS[summary.dtype](buffer ?? new ArrayBuffer(Volume.byteLength(summary)));
    this.arrived = buffer ? this.data.length : 0; // elements from the first on
    /** @type {Promise<void> | null} while voxels travel: resolves once all are here */
    this.whole = null;
    if (!buffer) this.data.fill(summary.value_range[0]);
  }

  /**
   * What the intensities mean follows from what the volume is a scan of. The server moves the windows of a CT whose
   * values lie 1024 above Hounsfield units up by as much; its values have no unit then.
   * @param {Pick<VolumeSummary, "modality" | "presets">} summary the default window first
   */
  readAs({ modality, presets }) {
    this.unit = modality === "CT" && !(presets[0]?.low > ABOVE_HU) ? "HU" : "";
  }

  /**
   * Whether a slice can be shown as it is.
   * @param {PlaneName} plane
   * @param {number} index
   */
  has(plane, index) {
    const end = plane === "axial" ? (index + 1) * this.shape[0] * this.shape[1] : this.data.length;
    return this.arrived >= end || this.#ahead.has(`${plane}/${index}`);
  }

  /**
   * Take in a slice that came ahead.
   * @param {PlaneName} plane
   * @param {number} index
   * @param {ArrayBuffer} buffer the intensities in display orientation, rows x columns, little-endian
   */
  put(plane, index, buffer) {
    const values = this.data instanceof Int16Array ? new Int16Array(buffer) : new Float32Array(buffer);
    const { width, height } = this.size(plane);
    const { start, columnStep, rowStep } = sliceStrides(this.shape, plane, index);
    for (let row = 0, at = 0; row < height; row++) {
      let target = start + row * rowStep;
      for (let column = 0; column < width; column++, at++, target += columnStep) this.data[target] = values[at];
    }
    this.#ahead.add(`${plane}/${index}`);
  }

  /**
   * Take in the colours of a picture; those that were on screen the longest ago go where they would take too much memory.
   * @param {number} index
   * @param {Uint8Array} rgb rows x columns x 3
   */
  putColours(index, rgb) {
    const words = new Uint32Array(rgb.length / 3);
    for (let at = 0, from = 0; at < words.length; at++, from += 3) words[at] = 0xff000000 | (rgb[from + 2] << 16) | (rgb[from + 1] << 8) | rgb[from];
    this.colours.set(index, words);
    const kept = Math.max(4, Math.floor(this.maxColourWords / words.length));
    for (const old of this.colours.keys()) if (this.colours.size > kept && old !== this.#shownColours) this.colours.delete(old);
  }

  /**
   * The colours of the picture that comes on screen; undefined where they are not here.
   * @param {number} index
   */
  showColours(index) {
    this.#shownColours = index;
    const words = this.colours.get(index);
    if (words && this.colours.delete(index)) this.colours.set(index, words);
    return words;
  }

  /**
   * Planes whose slice through a voxel is not here yet.
   * @param {Triple} voxel
   */
  missing(voxel) {
    return PLANE_NAMES.filter((plane) => !this.has(plane, voxel[PLANES[plane].axis]));
  }

  /** @param {Pick<VolumeSummary, "shape" | "dtype">} summary */
  static byteLength(summary) {
    return summary.shape.reduce((a, b) => a * b, 1) * ARRAYS[summary.dtype].BYTES_PER_ELEMENT;
  }

  /** @param {PlaneName} plane */
  size(plane) {
    return planeSize(this.shape, this.spacingMm, plane);
  }

  /**
   * Intensities of one slice in display orientation (rows x columns), in the volume's own type.
   * @param {PlaneName} plane
   * @param {number} index
   * @param {Intensities | null} out reused when given
   * @returns {Intensities}
   */
  slice(plane, index, out = null) {
    return extractSlice(this.data, this.shape, plane, index, out);
  }

  /**
   * The intensity of a voxel; null outside the volume.
   * @param {Triple} voxel
   */
  valueAt([i, j, k]) {
    const [nx, ny, nz] = this.shape;
    if (i < 0 || j < 0 || k < 0 || i >= nx || j >= ny || k >= nz) return null;
    return this.data[i + nx * (j + ny * k)];
  }

  /**
   * World position in mm (RAS) of a voxel's centre.
   * @param {Triple} voxel
   */
  toMm([i, j, k]) {
    return this.affine.slice(0, 3).map((row) => row[0] * i + row[1] * j + row[2] * k + row[3]);
  }
}

/**
 * Copy a plane's slice out of an X-fastest array, as display rows x columns.
 * @template {Intensities | Uint8Array} A
 * @param {A} data
 * @param {Triple} shape
 * @param {PlaneName} plane
 * @param {number} index
 * @param {A | null} out reused when given
 * @returns {A}
 */
export function extractSlice(data, shape, plane, index, out = null) {
  const { width, height } = planeSize(shape, [1, 1, 1], plane);
  const { start, columnStep, rowStep } = sliceStrides(shape, plane, index);
  const target = out ?? new /** @type {new (length: number) => A} */ (data.constructor)(width * height);
  for (let row = 0, at = 0; row < height; row++) {
    let source = start + row * rowStep;
    for (let column = 0; column < width; column++, at++, source += columnStep) target[at] = data[source];
  }
  return target;
}

/** Grey levels (as opaque RGBA words) of a slice under a window [low, high]. */
export class WindowLut {
  /** @type {Uint32Array | null} words by the intensity's 16 bits */
  #table = null;

  /**
   * @param {[number, number]} window
   * @param {boolean} isInteger whether intensities are int16
   */
  constructor([low, high], isInteger) {
    this.low = low;
    this.scale = 255 / Math.max(high - low, 1e-9);
    if (isInteger) {
      this.#table = new Uint32Array(65536);
      for (let value = -32768; value < 32768; value++) this.#table[value & 0xffff] = this.#grey(value);
    }
  }

  /** @param {number} value */
  #grey(value) {
    const level = Math.min(255, Math.max(0, Math.round((value - this.low) * this.scale))) || 0;
    return 0xff000000 | (level << 16) | (level << 8) | level;
  }

  /**
   * @param {Intensities} values
   * @param {Uint32Array} out as many words
   */
  apply(values, out) {
    const table = this.#table;
    if (table) for (let n = 0; n < values.length; n++) out[n] = table[values[n] & 0xffff];
    else for (let n = 0; n < values.length; n++) out[n] = this.#grey(values[n]);
  }
}

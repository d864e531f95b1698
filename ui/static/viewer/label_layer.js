/**
 * The labels of one slice on screen: what is painted, over what is predicted.
 *
 * A cell's code is the label's value (0..255), plus PAINTED where a person painted it, or INTERPOLATED. Painted and
 * interpolated slices (and slices marked as holding nothing) hide the prediction under them, in every plane.
 */
import { makeCanvas } from "./canvas.js";
import { hatch, isBetweenLines, isInGap } from "./hatch.js";
import { INTERPOLATED, PAINTED } from "./palette.js";
import { PLANES } from "./planes.js";

/**
 * @import { PlaneName, SliceState, Triple } from "../api/types.d.ts"
 * @import { AnnotationBook } from "../state/annotations.js"
 * @import { Rect } from "../state/types.d.ts"
 * @import { Palette } from "./palette.js"
 */

/**
 * What a slice's labels are made of; `maskSlice` are predicted values in display orientation.
 * @typedef {{shape: Triple, maskSlice: Uint8Array | null, book: AnnotationBook}} LayerSource
 */

/**
 * How display cells lie on a canvas: `x` and `y` of the corner of cell (0, 0), and the size of a cell, in device pixels.
 * @typedef {{x: number, y: number, scaleX: number, scaleY: number}} CellMap
 */

/**
 * Outlines by code: [x0, y0, x1, y1, ...] in cell corners.
 * @typedef {Map<number, number[]>} Outlines
 */

const TILE = 64;

export class LabelLayer {
  width = 0;
  height = 0;
  drawing = makeCanvas(0, 0);
  codes = new Uint16Array(0);
  /** No cell has a label, the canvas is clear. */
  blank = true;
  /** @type {Map<number, Outlines>} by tile number */
  tiles = new Map();

  /** @type {Map<string, CanvasPattern | string>} what broken lines are stroked with, by colour and size */
  #hatches = new Map();

  /** @param {PlaneName} plane */
  constructor(plane) {
    this.plane = plane;
  }

  /**
   * @param {number} width columns of the slices to come
   * @param {number} height rows
   */
  resize(width, height) {
    Object.assign(this, { width, height, blank: true });
    this.drawing = makeCanvas(width, height);
    this.codes = new Uint16Array(width * height);
    this.tiles.clear();
  }

  get everything() {
    return { x0: 0, y0: 0, x1: this.width, y1: this.height };
  }

  /**
   * Recompute codes, colours and outlines inside a rectangle of display cells.
   * @param {LayerSource} source
   * @param {number} index slice
   * @param {Rect} rect
   * @param {Palette} palette
   */
  compose(source, index, rect, palette) {
    this.#readMask(source.maskSlice, rect);
    if (source.book.plane === this.plane) this.#readPaintedSlice(source.book.covering(index), markOf(source.book.state(index)), rect);
    else this.#readCrossing(source, index, rect);
    const blank = !this.#holds(this.everything);
    if (blank && this.blank) return; // nothing was shown and nothing is: most slices while scrolling
    this.blank = blank;
    this.#colour(rect, palette);
    this.#outline(rect);
  }

  /** @param {Palette} palette */
  recolour(palette) {
    this.#colour(this.everything, palette);
  }

  /**
   * @param {Uint8Array | null} maskSlice
   * @param {Rect} rect
   */
  #readMask(maskSlice, rect) {
    const { codes, width } = this;
    for (let y = rect.y0; y < rect.y1; y++) {
      const row = y * width;
      if (maskSlice) for (let x = rect.x0; x < rect.x1; x++) codes[row + x] = maskSlice[row + x];
      else codes.fill(0, row + rect.x0, row + rect.x1);
    }
  }

  /**
   * @param {Uint8Array | null} labels
   * @param {number} mark
   * @param {Rect} rect
   */
  #readPaintedSlice(labels, mark, rect) {
    if (!labels) return;
    const { codes, width } = this;
    for (let y = rect.y0; y < rect.y1; y++) {
      for (let at = y * width + rect.x0, end = y * width + rect.x1; at < end; at++) {
        codes[at] = labels[at] ? labels[at] | mark : 0;
      }
    }
  }

  /**
   * Painted slices of another plane cross this one as single columns or rows.
   * @param {LayerSource} source
   * @param {number} index
   * @param {Rect} rect
   */
  #readCrossing({ shape, book }, index, rect) {
    const own = PLANES[this.plane];
    const painted = PLANES[book.plane];
    const alongColumns = own.columnAxis === painted.axis; // they cross as columns
    const lineAxis = alongColumns ? own.rowAxis : own.columnAxis; // the axis a crossing line runs along
    const paintedWidth = shape[painted.columnAxis];
    const fixed = shape[own.axis] - 1 - index; // this slice, as a display position in the painted plane
    for (const [slice, { labels, state }] of book.coveringSlices()) {
      const mark = markOf(state);
      const line = shape[painted.axis] - 1 - slice;
      const [low, high] = alongColumns ? [rect.x0, rect.x1] : [rect.y0, rect.y1];
      if (line < low || line >= high) continue;
      const [from, to] = alongColumns ? [rect.y0, rect.y1] : [rect.x0, rect.x1];
      for (let at = from; at < to; at++) {
        const value = lineAxis === painted.columnAxis ? labels[fixed * paintedWidth + at] : labels[at * paintedWidth + fixed];
        this.codes[alongColumns ? at * this.width + line : line * this.width + at] = value ? value | mark : 0;
      }
    }
  }

  /**
   * @param {Rect} rect
   * @param {Palette} palette
   */
  #colour(rect, palette) {
    const width = rect.x1 - rect.x0;
    const height = rect.y1 - rect.y0;
    if (width <= 0 || height <= 0) return;
    const image = this.drawing.context.createImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    for (let y = 0, at = 0; y < height; y++) {
      let from = (rect.y0 + y) * this.width + rect.x0;
      for (let x = 0; x < width; x++, at++, from++) {
        const code = this.codes[from];
        if (!code) continue;
        if (code & INTERPOLATED) pixels[at] = palette.fill[isBetweenLines(rect.x0 + x, rect.y0 + y, this.width) ? code | PAINTED : code];
        else pixels[at] = (palette.patterns && isInGap(palette.patterns[code & 255], rect.x0 + x, rect.y0 + y, this.width) ? palette.gap : palette.fill)[code];
      }
    }
    this.drawing.context.putImageData(image, rect.x0, rect.y0);
  }

  /** @param {Rect} rect */
  #outline(rect) {
    // A cell's neighbours own edges too: redo every tile the rectangle, grown by one cell, touches.
    const perRow = Math.ceil(this.width / TILE);
    const tileX1 = Math.min(perRow - 1, Math.floor(rect.x1 / TILE));
    const tileY1 = Math.min(Math.ceil(this.height / TILE) - 1, Math.floor(rect.y1 / TILE));
    for (let ty = Math.max(0, Math.floor((rect.y0 - 1) / TILE)); ty <= tileY1; ty++) {
      for (let tx = Math.max(0, Math.floor((rect.x0 - 1) / TILE)); tx <= tileX1; tx++) {
        const box = { x0: tx * TILE, y0: ty * TILE, x1: Math.min((tx + 1) * TILE, this.width), y1: Math.min((ty + 1) * TILE, this.height) };
        if (this.#holds(box)) this.tiles.set(ty * perRow + tx, this.#tileOutline(box));
        else this.tiles.delete(ty * perRow + tx);
      }
    }
  }

  /**
   * Whether a rectangle holds any label. Most tiles of most slices do not, and cost nothing further.
   * @param {Rect} rect
   */
  #holds({ x0, y0, x1, y1 }) {
    const { codes, width } = this;
    for (let y = y0; y < y1; y++) {
      for (let at = y * width + x0, end = y * width + x1; at < end; at++) if (codes[at]) return true;
    }
    return false;
  }

  /**
   * The edges of a tile's cells where another label, or none, begins: along columns and rows, on each of their two sides.
   * @param {Rect} box
   */
  #tileOutline({ x0: left, y0: top, x1: right, y1: bottom }) {
    const { codes, width, height } = this;
    /** @type {Outlines} */
    const lines = new Map();
    for (const side of [-1, 1]) {
      const shift = side > 0 ? 1 : 0;
      for (let x = left; x < right; x++) {
        const atRim = x + side < 0 || x + side >= width;
        for (let y = top, owner = 0, start = top; y <= bottom; y++) {
          const own = y < bottom ? codes[y * width + x] : 0;
          const now = own && (atRim || codes[y * width + x + side] !== own) ? own : 0;
          if (now === owner) continue;
          if (owner) addSegment(lines, owner, x + shift, start, x + shift, y);
          owner = now;
          start = y;
        }
      }
      for (let y = top; y < bottom; y++) {
        const atRim = y + side < 0 || y + side >= height;
        for (let x = left, owner = 0, start = left; x <= right; x++) {
          const own = x < right ? codes[y * width + x] : 0;
          const now = own && (atRim || codes[(y + side) * width + x] !== own) ? own : 0;
          if (now === owner) continue;
          if (owner) addSegment(lines, owner, start, y + shift, x, y + shift);
          owner = now;
          start = x;
        }
      }
    }
    return lines;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {CellMap} map
   * @param {Palette} palette
   * @param {number} pixelRatio device pixels of a CSS pixel
   */
  strokeOutlines(context, map, palette, pixelRatio) {
    context.lineCap = "square";
    for (const [code, lists] of this.#segmentsByCode()) {
      const colour = palette.stroke[code];
      if (!colour) continue;
      context.beginPath();
      for (const segments of lists) {
        for (let n = 0; n < segments.length; n += 4) {
          context.moveTo(map.x + segments[n] * map.scaleX, map.y + segments[n + 1] * map.scaleY);
          context.lineTo(map.x + segments[n + 2] * map.scaleX, map.y + segments[n + 3] * map.scaleY);
        }
      }
      context.strokeStyle = code & INTERPOLATED ? this.#hatch(context, colour, pixelRatio) : colour;
      context.lineWidth = (code & (PAINTED | INTERPOLATED) ? 1.75 : 1) * pixelRatio;
      context.stroke();
    }
  }

  /** @param {CanvasRenderingContext2D} context @param {string} colour @param {number} pixelRatio */
  #hatch(context, colour, pixelRatio) {
    const name = `${colour} ${pixelRatio}`;
    const known = this.#hatches.get(name) ?? hatch(context, colour, pixelRatio);
    this.#hatches.set(name, known);
    return known;
  }

  /** All tiles' segments of each code. */
  #segmentsByCode() {
    /** @type {Map<number, number[][]>} */
    const byCode = new Map();
    for (const lines of this.tiles.values()) {
      for (const [code, segments] of lines) {
        const lists = byCode.get(code);
        if (lists) lists.push(segments);
        else byCode.set(code, [segments]);
      }
    }
    return byCode;
  }
}

/**
 * @param {Outlines} lines
 * @param {number} code
 * @param {number} x0
 * @param {number} y0
 * @param {number} x1
 * @param {number} y1
 */
function addSegment(lines, code, x0, y0, x1, y1) {
  const known = lines.get(code);
  if (known) known.push(x0, y0, x1, y1);
  else lines.set(code, [x0, y0, x1, y1]);
}

/** @param {SliceState} state of a slice that hides the prediction */
const markOf = (state) => (state === "interpolated" ? INTERPOLATED : PAINTED);

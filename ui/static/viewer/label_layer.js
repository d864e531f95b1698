/**
 * The labels of one slice on screen: what is painted, over what is predicted.
 *
 * A cell's code is the label's value (0..255), plus PAINTED where a person painted it. Painted slices (and slices
 * marked as holding nothing) hide the prediction under them, in every plane.
 */
import { PLANES } from "./planes.js";

export const PAINTED = 256;
const TILE = 64;
const PALE = "rgba(198, 216, 236, 0.5)";

export class LabelLayer {
  constructor(plane) {
    this.plane = plane;
    this.tiles = new Map(); // tile number -> Map(code -> [x0, y0, x1, y1, ...] outline in cell corners)
  }

  resize(width, height) {
    this.width = width;
    this.height = height;
    this.codes = new Uint16Array(width * height);
    this.canvas = document.createElement("canvas");
    this.canvas.width = width;
    this.canvas.height = height;
    this.context = this.canvas.getContext("2d");
    this.blank = true; // no cell has a label, the canvas is clear
    this.tiles.clear();
  }

  get everything() {
    return { x0: 0, y0: 0, x1: this.width, y1: this.height };
  }

  /** Recompute codes, colours and outlines inside `rect` (display cells). `source` = {shape, maskSlice, book}. */
  compose(source, index, rect, palette) {
    this.#readMask(source.maskSlice, rect);
    if (source.book.plane === this.plane) this.#readPaintedSlice(source.book.covering(index), rect);
    else this.#readCrossing(source, index, rect);
    const blank = !this.#holds(this.everything);
    if (blank && this.blank) return; // nothing was shown and nothing is: most slices while scrolling
    this.blank = blank;
    this.#colour(rect, palette);
    this.#outline(rect);
  }

  recolour(palette) {
    this.#colour(this.everything, palette);
  }

  #readMask(maskSlice, rect) {
    const { codes, width } = this;
    for (let y = rect.y0; y < rect.y1; y++) {
      const row = y * width;
      if (maskSlice) for (let x = rect.x0; x < rect.x1; x++) codes[row + x] = maskSlice[row + x];
      else codes.fill(0, row + rect.x0, row + rect.x1);
    }
  }

  #readPaintedSlice(labels, rect) {
    if (!labels) return;
    const { codes, width } = this;
    for (let y = rect.y0; y < rect.y1; y++) {
      for (let at = y * width + rect.x0, end = y * width + rect.x1; at < end; at++) {
        codes[at] = labels[at] ? labels[at] | PAINTED : 0;
      }
    }
  }

  /** Painted slices of another plane cross this one as single columns or rows. */
  #readCrossing({ shape, book }, index, rect) {
    const own = PLANES[this.plane];
    const painted = PLANES[book.plane];
    const alongColumns = own.columnAxis === painted.axis; // they cross as columns
    const lineAxis = alongColumns ? own.rowAxis : own.columnAxis; // the axis a crossing line runs along
    const paintedWidth = shape[painted.columnAxis];
    const fixed = shape[own.axis] - 1 - index; // this slice, as a display position in the painted plane
    for (const [slice, labels] of book.coveringSlices()) {
      const line = shape[painted.axis] - 1 - slice;
      const [low, high] = alongColumns ? [rect.x0, rect.x1] : [rect.y0, rect.y1];
      if (line < low || line >= high) continue;
      const [from, to] = alongColumns ? [rect.y0, rect.y1] : [rect.x0, rect.x1];
      for (let at = from; at < to; at++) {
        const value = lineAxis === painted.columnAxis ? labels[fixed * paintedWidth + at] : labels[at * paintedWidth + fixed];
        this.codes[alongColumns ? at * this.width + line : line * this.width + at] = value ? value | PAINTED : 0;
      }
    }
  }

  #colour(rect, palette) {
    const width = rect.x1 - rect.x0;
    const height = rect.y1 - rect.y0;
    if (width <= 0 || height <= 0) return;
    const image = this.context.createImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    for (let y = 0, at = 0; y < height; y++) {
      let from = (rect.y0 + y) * this.width + rect.x0;
      for (let x = 0; x < width; x++, at++, from++) pixels[at] = palette.fill[this.codes[from]];
    }
    this.context.putImageData(image, rect.x0, rect.y0);
  }

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

  /** Whether a rectangle holds any label. Most tiles of most slices do not, and cost nothing further. */
  #holds({ x0, y0, x1, y1 }) {
    const { codes, width } = this;
    for (let y = y0; y < y1; y++) {
      for (let at = y * width + x0, end = y * width + x1; at < end; at++) if (codes[at]) return true;
    }
    return false;
  }

  #tileOutline({ x0: left, y0: top, x1: right, y1: bottom }) {
    const { codes, width, height } = this;
    const lines = new Map();
    const add = (owner, x0, y0, x1, y1) => {
      if (!lines.has(owner)) lines.set(owner, []);
      lines.get(owner).push(x0, y0, x1, y1);
    };
    for (const side of [-1, 1]) {
      const shift = side > 0 ? 1 : 0;
      for (let x = left; x < right; x++) {
        const atRim = x + side < 0 || x + side >= width;
        for (let y = top, owner = 0, start = top; y <= bottom; y++) {
          const own = y < bottom ? codes[y * width + x] : 0;
          const now = own && (atRim || codes[y * width + x + side] !== own) ? own : 0;
          if (now === owner) continue;
          if (owner) add(owner, x + shift, start, x + shift, y);
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
          if (owner) add(owner, start, y + shift, x, y + shift);
          owner = now;
          start = x;
        }
      }
    }
    return lines;
  }

  /** Stroke outlines with a display-to-screen mapping {x, y, scaleX, scaleY} (x, y: screen place of cell corner 0, 0). */
  strokeOutlines(context, map, palette, pixelRatio) {
    const byCode = new Map();
    for (const lines of this.tiles.values()) {
      for (const [code, segments] of lines) {
        if (!palette.stroke[code]) continue;
        if (!byCode.has(code)) byCode.set(code, []);
        byCode.get(code).push(segments);
      }
    }
    context.lineCap = "square";
    for (const [code, lists] of byCode) {
      context.beginPath();
      for (const segments of lists) {
        for (let n = 0; n < segments.length; n += 4) {
          context.moveTo(map.x + segments[n] * map.scaleX, map.y + segments[n + 1] * map.scaleY);
          context.lineTo(map.x + segments[n + 2] * map.scaleX, map.y + segments[n + 3] * map.scaleY);
        }
      }
      context.strokeStyle = palette.stroke[code];
      context.lineWidth = (code & PAINTED ? 1.75 : 1) * pixelRatio;
      context.stroke();
    }
  }
}

/**
 * Fill words and outline colours by code. Painted labels are nearly solid, predictions light; with `pale` a prediction is
 * nothing but a pale outline, so that other colours can lie in it.
 */
export function makePalette(labels, hidden, opacity, show, pale = false) {
  const fill = new Uint32Array(512);
  const stroke = new Array(512).fill(null);
  for (const label of labels) {
    if (!show || hidden.has(label.value)) continue;
    const [red, green, blue] = [1, 3, 5].map((at) => parseInt(label.color.slice(at, at + 2), 16));
    const word = (alpha) => ((Math.round(alpha * 255) << 24) | (blue << 16) | (green << 8) | red) >>> 0;
    fill[label.value] = pale ? 0 : word(opacity * 0.4);
    fill[label.value | PAINTED] = word(opacity * 0.9);
    stroke[label.value] = pale ? PALE : `rgba(${red},${green},${blue},0.85)`;
    stroke[label.value | PAINTED] = label.color;
  }
  return { fill, stroke };
}

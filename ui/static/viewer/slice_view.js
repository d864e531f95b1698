/**
 * One plane on a 2D canvas: windowed image, labels, outlines; a second canvas on top for what moves with the pointer
 * (brush ring, crosshair, lasso), so that moving it never redraws the image.
 */
import { makeCanvas } from "./canvas.js";
import { DifferenceLayer } from "./difference_layer.js";
import { LabelLayer } from "./label_layer.js";
import { SlicePlacement } from "./placement.js";
import { unionRect } from "./planes.js";
import { RangeLayer } from "./range_layer.js";
import { UncertaintyLayer } from "./uncertainty_layer.js";
import { extractSlice } from "./volume.js";

/**
 * @import { PlaneName } from "../api/types.d.ts"
 * @import { AnnotationBook } from "../state/annotations.js"
 * @import { Rect } from "../state/types.d.ts"
 * @import { Palette } from "./palette.js"
 * @import { ViewMap } from "./placement.js"
 * @import { Intensities, Volume, WindowLut } from "./volume.js"
 */

/**
 * What all planes show; read at each redraw.
 * @typedef {object} ViewSource
 * @property {() => WindowLut} lut grey levels
 * @property {() => Palette} palette
 * @property {() => [number, number] | null} range intensities to tint
 * @property {() => boolean} smooth whether voxels are interpolated on screen
 * @property {() => Uint8Array | null} maskVoxels predicted label values, X fastest
 * @property {() => Uint8Array | null} otherMask what it is compared with, X fastest; null while it is not
 * @property {() => Uint8Array | null} confidence of the mask, X fastest; null while it is not shown
 * @property {AnnotationBook} book painted slices
 */

/** @typedef {(context: CanvasRenderingContext2D, view: SliceView) => void} HudPainter */

/**
 * What to redraw: "image" after another slice or its voxels, "hud" is the canvas on top, "view" is zoom and place.
 * @typedef {"image" | "window" | "range" | "labels" | "palette" | "view" | "hud"} Part
 */

/** The grey image of the slice on screen, one pixel a cell, and the words of its pixels. */
class SliceImage {
  /**
   * @param {number} width
   * @param {number} height
   */
  constructor(width, height) {
    this.drawing = makeCanvas(width, height);
    this.pixels = this.drawing.context.createImageData(width, height);
    this.words = new Uint32Array(this.pixels.data.buffer);
  }

  /**
   * @param {Intensities} values
   * @param {WindowLut} lut
   * @param {Uint32Array} [colours] of the picture, where it has some: no window applies
   */
  show(values, lut, colours) {
    if (colours) this.words.set(colours);
    else lut.apply(values, this.words);
    this.drawing.context.putImageData(this.pixels, 0, 0);
  }
}

/** The slice on screen of an array that is as large as the volume, such as the mask. */
class SliceOf {
  /** @type {Uint8Array | null} what was cut */
  voxels = null;
  /** @type {Uint8Array | null} rows x columns as displayed */
  slice = null;

  /**
   * @param {Uint8Array | null} voxels
   * @param {SlicePlacement} at
   */
  read(voxels, { shape, plane, index }) {
    this.voxels = voxels;
    this.slice = voxels ? extractSlice(voxels, shape, plane, index, this.slice) : null;
  }
}

export class SliceView extends SlicePlacement {
  #frame = 0;
  /** @type {Rect | null} display rectangle whose labels changed */
  #dirty = null;
  /** @type {{image?: boolean, window?: boolean, range?: boolean, palette?: boolean, all?: boolean, hud?: boolean}} */
  #stale = { image: true, window: true, all: true, hud: true };
  /** @type {Volume | null} */
  volume = null;
  /** @type {ViewSource | null} */
  source = null;
  /** @type {Intensities | null} of the slice, rows x columns as displayed */
  values = null;
  #image = new SliceImage(1, 1);
  #mask = new SliceOf();
  #other = new SliceOf();
  #confidence = new SliceOf();
  /** @type {HudPainter[]} */
  hudPainters = [];

  /**
   * @param {PlaneName} plane
   * @param {{onDraw?: (view: SliceView) => void}} [options]
   */
  constructor(plane, { onDraw = () => {} } = {}) {
    super(plane, () => this.hud.getBoundingClientRect());
    this.onDraw = onDraw;
    const below = makeCanvas(300, 150, { alpha: false });
    this.canvas = below.canvas;
    this.context = below.context;
    this.canvas.className = "slice-canvas";
    const above = makeCanvas(300, 150);
    this.hud = above.canvas;
    this.hudContext = above.context;
    this.hud.className = "hud-canvas";
    this.layer = new LabelLayer(plane);
    this.range = new RangeLayer();
    this.uncertainty = new UncertaintyLayer(plane);
    this.difference = new DifferenceLayer();
  }

  /**
   * @param {Volume | null} volume
   * @param {ViewSource} source
   */
  setVolume(volume, source) {
    this.volume = volume;
    this.source = source;
    super.fit();
    if (volume) {
      this.measure(volume);
      const { width, height } = this;
      for (const layer of [this.layer, this.range, this.uncertainty, this.difference]) layer.resize(width, height);
      this.#image = new SliceImage(width, height);
      this.#mask = new SliceOf();
      this.#other = new SliceOf();
      this.#confidence = new SliceOf();
      this.values = null;
    }
    this.invalidate("image");
  }

  /** @param {number} index */
  setIndex(index) {
    const changed = super.setIndex(index);
    if (changed) this.invalidate("image");
    return changed;
  }

  /**
   * Redraw at the next frame.
   * @param {Part} what
   * @param {Rect | null} rect of display cells: only these labels changed
   */
  invalidate(what, rect = null) {
    if (what === "image") Object.assign(this.#stale, { image: true, all: true });
    else if (what === "window") Object.assign(this.#stale, { window: true, all: true });
    else if (what === "range") Object.assign(this.#stale, { range: true, all: true });
    else if (what === "palette") Object.assign(this.#stale, { palette: true, all: true });
    else if (what === "view") this.#stale.all = this.#stale.hud = true;
    else if (what === "hud") this.#stale.hud = true;
    else if (rect) this.#dirty = unionRect(this.#dirty, rect);
    else this.#dirty = this.volume ? this.layer.everything : null;
    if (!this.#frame) this.#frame = requestAnimationFrame(() => this.#render());
  }

  /**
   * @param {number} cssWidth
   * @param {number} cssHeight
   * @param {number} pixelRatio device pixels of a CSS pixel
   */
  resize(cssWidth, cssHeight, pixelRatio) {
    super.resize(cssWidth, cssHeight, pixelRatio);
    for (const canvas of [this.canvas, this.hud]) Object.assign(canvas, this.canvasSize);
    this.invalidate("view");
  }

  #render() {
    this.#frame = 0;
    const stale = this.#stale;
    this.#stale = {};
    const { volume, source } = this;
    if (!volume || !source || !this.canvas.width) {
      this.context.fillStyle = "#000";
      this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
      return;
    }
    if (stale.image || !this.values) this.#readSlice(volume, source);
    else if (stale.window) this.#image.show(this.values, source.lut(), this.#colours);
    if (stale.image || stale.range) this.range.compose(this.values, source.range());
    const rect = stale.image ? this.layer.everything : this.#dirty;
    this.#dirty = null;
    if (rect) this.#compose(rect, volume, source);
    else if (stale.palette) this.#recolour(source.palette());
    if (stale.all || rect) this.#draw(stale.all ? null : rect, source);
    if (stale.all || stale.hud) this.#drawHud();
    this.onDraw(this);
  }

  /**
   * @param {Volume} volume
   * @param {ViewSource} source
   */
  #readSlice(volume, source) {
    this.values = volume.slice(this.plane, this.index, this.values);
    this.#mask.read(source.maskVoxels(), this);
    this.#other.read(source.otherMask(), this);
    this.#confidence.read(source.confidence(), this);
    this.#image.show(this.values, source.lut(), this.#colours);
  }

  get #colours() {
    return this.plane === "axial" ? this.volume?.showColours(this.index) : undefined;
  }

  /**
   * @param {Rect} rect
   * @param {Volume} volume
   * @param {ViewSource} source
   */
  #compose(rect, volume, source) {
    if (this.#mask.voxels !== source.maskVoxels() || this.#other.voxels !== source.otherMask()) this.#readSlice(volume, source);
    else if (this.#confidence.voxels !== source.confidence()) this.#confidence.read(source.confidence(), this);
    const composed = { shape: volume.shape, maskSlice: this.#mask.slice, book: source.book };
    this.layer.compose(composed, this.index, rect, source.palette());
    this.uncertainty.compose(this.#confidence.slice, composed, this.index, rect);
    this.difference.compose(this.#mask.slice, this.#other.slice, source.palette());
  }

  /** @param {Palette} palette */
  #recolour(palette) {
    this.layer.recolour(palette);
    this.difference.compose(this.#mask.slice, this.#other.slice, palette);
  }

  /**
   * @param {Rect | null} rect only these cells; null is all
   * @param {ViewSource} source
   */
  #draw(rect, source) {
    const { context, map } = this;
    const drawLayer = (/** @type {HTMLCanvasElement} */ canvas, /** @type {boolean} */ smooth) => {
      context.imageSmoothingEnabled = smooth;
      context.drawImage(canvas, map.x, map.y, this.width * map.scaleX, this.height * map.scaleY);
    };
    context.save();
    if (rect) this.#clip(rect, map);
    context.fillStyle = "#000";
    context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    context.imageSmoothingQuality = map.scaleX < 1 ? "medium" : "low";
    drawLayer(this.#image.drawing.canvas, source.smooth());
    if (this.range.shown) drawLayer(this.range.drawing.canvas, false);
    drawLayer(this.layer.drawing.canvas, false);
    if (this.uncertainty.shown) drawLayer(this.uncertainty.drawing.canvas, source.smooth());
    if (this.difference.shown) drawLayer(this.difference.drawing.canvas, false);
    this.layer.strokeOutlines(context, map, source.palette(), this.pixelRatio);
    context.restore();
  }

  /**
   * @param {Rect} rect
   * @param {ViewMap} map
   */
  #clip(rect, map) {
    const margin = 3 * this.pixelRatio + Math.max(map.scaleX, map.scaleY);
    const left = Math.floor(map.x + rect.x0 * map.scaleX - margin);
    const top = Math.floor(map.y + rect.y0 * map.scaleY - margin);
    const right = Math.ceil(map.x + rect.x1 * map.scaleX + margin);
    const bottom = Math.ceil(map.y + rect.y1 * map.scaleY + margin);
    this.context.beginPath();
    this.context.rect(left, top, right - left, bottom - top);
    this.context.clip();
  }

  #drawHud() {
    this.hudContext.clearRect(0, 0, this.hud.width, this.hud.height);
    for (const paint of this.hudPainters) paint(this.hudContext, this);
  }

  /**
   * @param {number} clientDx
   * @param {number} clientDy
   */
  panBy(clientDx, clientDy) {
    super.panBy(clientDx, clientDy);
    this.invalidate("view");
  }

  fit() {
    super.fit();
    this.invalidate("view");
  }
}

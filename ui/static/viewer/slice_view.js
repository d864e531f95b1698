/**
 * One plane on a 2D canvas: windowed image, labels, outlines; zoom and pan; a second canvas on top for what moves
 * with the pointer (brush ring, crosshair, lasso), so that moving it never redraws the image.
 *
 * Coordinates: "display" are columns and rows of the slice (fractions, cell n spans n..n+1), "canvas" are device
 * pixels, "client" are CSS pixels of the page.
 */
import { clamp } from "../lib/dom.js";
import { DoubtLayer } from "./uncertainty_layer.js";
import { LabelLayer } from "./label_layer.js";
import { displayToVoxel, unionRect, voxelToDisplay } from "./planes.js";
import { extractSlice } from "./volume.js";

export class SliceView {
  #frame = 0;
  #dirty = null; // display rectangle whose labels changed
  #stale = { image: true, window: true, all: true, hud: true };

  constructor(plane, { onDraw = () => {} } = {}) {
    this.plane = plane;
    this.onDraw = onDraw;
    this.canvas = document.createElement("canvas");
    this.canvas.className = "slice-canvas";
    this.hud = document.createElement("canvas");
    this.hud.className = "hud-canvas";
    this.context = this.canvas.getContext("2d", { alpha: false });
    this.hudContext = this.hud.getContext("2d");
    this.layer = new LabelLayer(plane);
    this.doubt = new DoubtLayer(plane);
    this.zoom = 1;
    this.panMm = { x: 0, y: 0 };
    this.index = 0;
    this.volume = null;
    this.hudPainters = [];
  }

  setVolume(volume, source) {
    this.volume = volume;
    this.source = source;
    this.zoom = 1;
    this.panMm = { x: 0, y: 0 };
    if (volume) {
      const { width, height } = volume.size(this.plane);
      Object.assign(this, { width, height });
      this.layer.resize(width, height);
      this.doubt.resize(width, height);
      this.image = document.createElement("canvas");
      Object.assign(this.image, { width, height });
      this.imageContext = this.image.getContext("2d");
      this.pixels = this.imageContext.createImageData(width, height);
      this.words = new Uint32Array(this.pixels.data.buffer);
      this.values = this.maskSlice = this.confidenceSlice = null;
    }
    this.invalidate("image");
  }

  setIndex(index) {
    if (index === this.index) return;
    this.index = index;
    this.invalidate("image");
  }

  /** Redraw at the next frame: "image" (new slice), "window", "labels" (optionally only a rect), "palette", "view", "hud". */
  invalidate(what, rect = null) {
    if (what === "image") Object.assign(this.#stale, { image: true, all: true });
    else if (what === "window") Object.assign(this.#stale, { window: true, all: true });
    else if (what === "palette") Object.assign(this.#stale, { palette: true, all: true });
    else if (what === "view") this.#stale.all = this.#stale.hud = true;
    else if (what === "hud") this.#stale.hud = true;
    else if (rect) this.#dirty = unionRect(this.#dirty, rect);
    else this.#dirty = this.volume ? this.layer.everything : null;
    if (!this.#frame) this.#frame = requestAnimationFrame(() => this.#render());
  }

  resize(cssWidth, cssHeight, pixelRatio) {
    this.pixelRatio = pixelRatio;
    for (const canvas of [this.canvas, this.hud]) {
      canvas.width = Math.max(1, Math.round(cssWidth * pixelRatio));
      canvas.height = Math.max(1, Math.round(cssHeight * pixelRatio));
    }
    this.invalidate("view");
  }

  #render() {
    this.#frame = 0;
    const stale = this.#stale;
    this.#stale = {};
    if (!this.volume || !this.canvas.width) {
      this.context.fillStyle = "#000";
      this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
      return;
    }
    if (stale.image || !this.values) this.#readSlice();
    else if (stale.window) this.#applyWindow();
    let rect = this.#dirty;
    this.#dirty = null;
    if (stale.image) rect = this.layer.everything;
    if (rect) this.#compose(rect);
    else if (stale.palette) this.layer.recolour(this.source.palette());
    if (stale.all || rect) this.#draw(stale.all ? null : rect);
    if (stale.all || stale.hud) this.#drawHud();
    this.onDraw(this);
  }

  #readSlice() {
    this.values = this.volume.slice(this.plane, this.index, this.values);
    const mask = this.source.maskVoxels();
    this.maskSlice = mask ? extractSlice(mask, this.volume.shape, this.plane, this.index, this.maskSlice ?? null) : null;
    this.maskFor = mask;
    this.#readConfidence();
    this.#applyWindow();
  }

  #readConfidence() {
    const confidence = this.source.confidence();
    const { shape } = this.volume;
    this.confidenceSlice = confidence ? extractSlice(confidence, shape, this.plane, this.index, this.confidenceSlice ?? null) : null;
    this.confidenceFor = confidence;
  }

  #compose(rect) {
    if (this.maskFor !== this.source.maskVoxels()) this.#readSlice();
    else if (this.confidenceFor !== this.source.confidence()) this.#readConfidence();
    const source = { shape: this.volume.shape, maskSlice: this.maskSlice, book: this.source.book };
    this.layer.compose(source, this.index, rect, this.source.palette());
    this.doubt.compose(this.confidenceSlice, source, this.index, rect);
  }

  #applyWindow() {
    this.source.lut().apply(this.values, this.words);
    this.imageContext.putImageData(this.pixels, 0, 0);
  }

  /** Where the slice lies on the canvas, in device pixels. */
  get map() {
    const { pixelWidthMm, pixelHeightMm } = this.volume.size(this.plane);
    const fit = Math.min(this.canvas.width / (this.width * pixelWidthMm), this.canvas.height / (this.height * pixelHeightMm));
    const pixelsPerMm = fit * 0.94 * this.zoom;
    const scaleX = pixelsPerMm * pixelWidthMm;
    const scaleY = pixelsPerMm * pixelHeightMm;
    return {
      pixelsPerMm,
      scaleX,
      scaleY,
      x: this.canvas.width / 2 + this.panMm.x * pixelsPerMm - (this.width * scaleX) / 2,
      y: this.canvas.height / 2 + this.panMm.y * pixelsPerMm - (this.height * scaleY) / 2,
    };
  }

  #draw(rect) {
    const { context, map } = this;
    context.save();
    if (rect) this.#clip(rect, map);
    context.fillStyle = "#000";
    context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    context.imageSmoothingEnabled = this.source.smooth();
    context.imageSmoothingQuality = map.scaleX < 1 ? "medium" : "low";
    context.drawImage(this.image, map.x, map.y, this.width * map.scaleX, this.height * map.scaleY);
    context.imageSmoothingEnabled = false;
    context.drawImage(this.layer.canvas, map.x, map.y, this.width * map.scaleX, this.height * map.scaleY);
    if (this.doubt.shown) {
      context.imageSmoothingEnabled = this.source.smooth();
      context.drawImage(this.doubt.canvas, map.x, map.y, this.width * map.scaleX, this.height * map.scaleY);
    }
    this.layer.strokeOutlines(context, map, this.source.palette(), this.pixelRatio);
    context.restore();
  }

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

  clientToDisplay(clientX, clientY) {
    const box = this.hud.getBoundingClientRect();
    const { map } = this;
    return {
      column: ((clientX - box.left) * this.pixelRatio - map.x) / map.scaleX,
      row: ((clientY - box.top) * this.pixelRatio - map.y) / map.scaleY,
    };
  }

  displayToClient(column, row) {
    const box = this.hud.getBoundingClientRect();
    const { map } = this;
    return {
      x: box.left + (map.x + column * map.scaleX) / this.pixelRatio,
      y: box.top + (map.y + row * map.scaleY) / this.pixelRatio,
    };
  }

  /** Canonical voxel under the pointer, clamped into the volume, and whether it was inside. */
  voxelAt(clientX, clientY) {
    const { column, row } = this.clientToDisplay(clientX, clientY);
    const inside = column >= 0 && row >= 0 && column < this.width && row < this.height;
    const cell = [clamp(Math.floor(column), 0, this.width - 1), clamp(Math.floor(row), 0, this.height - 1)];
    return { voxel: displayToVoxel(this.volume.shape, this.plane, this.index, ...cell), inside };
  }

  /** Canvas position (device pixels) of a voxel's centre. */
  voxelToCanvas(voxel) {
    const { column, row } = voxelToDisplay(this.volume.shape, this.plane, voxel);
    const { map } = this;
    return { x: map.x + (column + 0.5) * map.scaleX, y: map.y + (row + 0.5) * map.scaleY };
  }

  panBy(clientDx, clientDy) {
    const perMm = this.map.pixelsPerMm / this.pixelRatio;
    this.panMm = { x: this.panMm.x + clientDx / perMm, y: this.panMm.y + clientDy / perMm };
    this.invalidate("view");
  }

  /** Zoom by a factor, keeping what lies under the client point in place. */
  zoomAt(factor, clientX, clientY) {
    const before = this.clientToDisplay(clientX, clientY);
    this.zoom = clamp(this.zoom * factor, 0.5, 40);
    const after = this.displayToClient(before.column, before.row);
    this.panBy(clientX - after.x, clientY - after.y);
  }

  fit() {
    this.zoom = 1;
    this.panMm = { x: 0, y: 0 };
    this.invalidate("view");
  }
}

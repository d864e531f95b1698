/**
 * Where a slice lies on its canvas: fitted, zoomed and moved.
 *
 * Coordinates: "display" are columns and rows of the slice (fractions, cell n spans n..n+1), "canvas" are device
 * pixels, "client" are CSS pixels of the page.
 */
import { clamp } from "../lib/dom.js";
import { displayToVoxel, sliceExtent, voxelToDisplay } from "./planes.js";

/**
 * @import { PlaneName, Triple } from "../api/types.d.ts"
 * @import { CellMap } from "./label_layer.js"
 * @import { Volume } from "./volume.js"
 * @typedef {CellMap & {pixelsPerMm: number}} ViewMap
 */

const MARGIN = 0.94; // of the canvas that a fitted slice fills
const ZOOM = { min: 0.5, max: 40 };

export class SlicePlacement {
  /** @type {Triple} of the volume */
  shape = [1, 1, 1];
  /** Columns of a slice. */
  width = 1;
  /** Rows of a slice. */
  height = 1;
  pixelWidthMm = 1;
  pixelHeightMm = 1;
  index = 0;
  /** @type {readonly {rows: number, columns: number}[]} unrelated ones that the slices are; each is fitted by itself */
  pictures = [];
  zoom = 1;
  panMm = { x: 0, y: 0 };
  /** In device pixels. */
  canvasSize = { width: 1, height: 1 };
  /** Device pixels of a CSS pixel. */
  pixelRatio = 1;

  /**
   * @param {PlaneName} plane
   * @param {() => {left: number, top: number}} clientBox where the canvas lies on the page
   */
  constructor(plane, clientBox) {
    this.plane = plane;
    this.clientBox = clientBox;
  }

  /**
   * Take on a volume's measures.
   * @param {Pick<Volume, "shape" | "size"> & Partial<Pick<Volume, "pictures">>} volume
   */
  measure(volume) {
    const { width, height, pixelWidthMm, pixelHeightMm } = volume.size(this.plane);
    const { shape, pictures = [] } = volume;
    Object.assign(this, { shape, width, height, pixelWidthMm, pixelHeightMm, pictures });
  }

  /**
   * Show another slice.
   * @param {number} index
   * @returns {boolean} whether it is another one
   */
  setIndex(index) {
    const changed = index !== this.index;
    this.index = index;
    return changed;
  }

  /**
   * @param {number} cssWidth
   * @param {number} cssHeight
   * @param {number} pixelRatio device pixels of a CSS pixel
   */
  resize(cssWidth, cssHeight, pixelRatio) {
    this.pixelRatio = pixelRatio;
    this.canvasSize = {
      width: Math.max(1, Math.round(cssWidth * pixelRatio)),
      height: Math.max(1, Math.round(cssHeight * pixelRatio)),
    };
  }

  /** Columns and rows that there are: of the picture, without what pads it, or of the slice. */
  get extent() {
    return sliceExtent(this, this.plane, this.index);
  }

  /** @returns {ViewMap} where the slice lies on the canvas, in device pixels */
  get map() {
    const { canvasSize, pixelWidthMm, pixelHeightMm } = this;
    const { columns, rows } = this.extent;
    const fit = Math.min(canvasSize.width / (columns * pixelWidthMm), canvasSize.height / (rows * pixelHeightMm));
    const pixelsPerMm = fit * MARGIN * this.zoom;
    const scaleX = pixelsPerMm * pixelWidthMm;
    const scaleY = pixelsPerMm * pixelHeightMm;
    return {
      pixelsPerMm,
      scaleX,
      scaleY,
      x: canvasSize.width / 2 + this.panMm.x * pixelsPerMm - (columns * scaleX) / 2,
      y: canvasSize.height / 2 + this.panMm.y * pixelsPerMm - (rows * scaleY) / 2,
    };
  }

  /**
   * @param {number} clientX
   * @param {number} clientY
   */
  clientToDisplay(clientX, clientY) {
    const box = this.clientBox();
    const { map } = this;
    return {
      column: ((clientX - box.left) * this.pixelRatio - map.x) / map.scaleX,
      row: ((clientY - box.top) * this.pixelRatio - map.y) / map.scaleY,
    };
  }

  /**
   * @param {number} column
   * @param {number} row
   */
  displayToClient(column, row) {
    const box = this.clientBox();
    const { map } = this;
    return {
      x: box.left + (map.x + column * map.scaleX) / this.pixelRatio,
      y: box.top + (map.y + row * map.scaleY) / this.pixelRatio,
    };
  }

  /**
   * Canonical voxel under the pointer, clamped into the volume or its picture, and whether it was inside.
   * @param {number} clientX
   * @param {number} clientY
   */
  voxelAt(clientX, clientY) {
    const { column, row } = this.clientToDisplay(clientX, clientY);
    const { columns, rows } = this.extent;
    const inside = column >= 0 && row >= 0 && column < columns && row < rows;
    const nearestColumn = clamp(Math.floor(column), 0, columns - 1);
    const nearestRow = clamp(Math.floor(row), 0, rows - 1);
    return { voxel: displayToVoxel(this.shape, this.plane, this.index, nearestColumn, nearestRow), inside };
  }

  /**
   * Canvas position (device pixels) of a voxel's centre.
   * @param {Triple} voxel
   */
  voxelToCanvas(voxel) {
    const { column, row } = voxelToDisplay(this.shape, this.plane, voxel);
    const { map } = this;
    return { x: map.x + (column + 0.5) * map.scaleX, y: map.y + (row + 0.5) * map.scaleY };
  }

  /**
   * @param {number} clientDx
   * @param {number} clientDy
   */
  panBy(clientDx, clientDy) {
    const perMm = this.map.pixelsPerMm / this.pixelRatio;
    this.panMm = { x: this.panMm.x + clientDx / perMm, y: this.panMm.y + clientDy / perMm };
  }

  /**
   * Zoom by a factor, keeping what lies under the client point in place.
   * @param {number} factor
   * @param {number} clientX
   * @param {number} clientY
   */
  zoomAt(factor, clientX, clientY) {
    const before = this.clientToDisplay(clientX, clientY);
    this.zoom = clamp(this.zoom * factor, ZOOM.min, ZOOM.max);
    const after = this.displayToClient(before.column, before.row);
    this.panBy(clientX - after.x, clientY - after.y);
  }

  /** Show all of the slice. */
  fit() {
    this.zoom = 1;
    this.panMm = { x: 0, y: 0 };
  }
}

/** The four panes together: one cursor, one window, one palette; which pane is large; what has to be redrawn when. */
import { clamp } from "../lib/dom.js";
import { PenWatch } from "./fingers.js";
import { makePalette } from "./palette.js";
import { Pane } from "./pane.js";
import { PLANE_NAMES, PLANES, voxelToDisplay } from "./planes.js";
import { View3d } from "./view3d.js";
import { WindowLut } from "./volume.js";
import { AnnotationBook } from "../state/annotations.js";
import { shownVoxels } from "../state/comparison.js";
import { readingsOnScreen } from "../state/readings.js";
import { isPictures, onPicture } from "../state/pictures.js";
import { NO_NOTES } from "../state/origin_notes.js";
import { activeRange } from "../state/threshold.js";
import { toolById } from "../tools/registry.js";

/**
 * @import { PlaneName, SliceState, Triple } from "../api/types.d.ts"
 * @import { Store } from "../state/store.js"
 * @import { AppEvents, PaneName } from "../state/types.d.ts"
 * @import { Editor } from "../tools/editor.js"
 * @import { PaneApp } from "./pane.js"
 * @import { ViewSource, Part } from "./slice_view.js"
 * @import { Links } from "./view3d.js"
 */

const NO_BOOK = new AnnotationBook([1, 1, 1], "axial");

export class AppViews {
  #palette = makePalette([], new Set(), 0.5, true);
  #lut = new WindowLut([0, 1], false);

  /**
   * @param {Store} store
   * @param {object} options
   * @param {Editor} options.editor
   * @param {Set<string>} options.keys held down
   * @param {(steps: number) => void} options.changeBrush
   * @param {Links} options.links
   */
  constructor(store, { editor, keys, changeBrush, links }) {
    this.store = store;
    this.editor = editor;
    /** @type {PaneApp} */
    const app = {
      store,
      editor,
      keys,
      changeBrush,
      pen: new PenWatch(),
      goTo: (plane, index) => this.goTo(plane, index),
      setCursor: (voxel) => this.#setCursor(voxel),
      confidenceAt: (voxel) => this.#confidenceAt(voxel),
    };
    this.panes = { axial: new Pane("axial", app), coronal: new Pane("coronal", app), sagittal: new Pane("sagittal", app) };
    this.view3d = new View3d(store, { onExpand: () => this.makeLarge("3d"), links });
    for (const pane of this.all) pane.expand.addEventListener("click", () => this.makeLarge(pane.plane));
    /** @type {ViewSource} */
    this.source = {
      lut: () => this.#lut,
      palette: () => this.#palette,
      range: () => activeRange(store.state),
      smooth: () => store.state.smooth,
      maskVoxels: () => shownVoxels(store.state),
      otherMask: () => (store.state.comparison?.beside ? null : (store.state.comparison?.masks?.[1] ?? null)),
      confidence: () => (store.state.showUncertainty ? store.state.confidence : null),
      book: NO_BOOK,
    };
    this.#listen();
  }

  get all() {
    return Object.values(this.panes);
  }

  #listen() {
    const { store } = this;
    store.on(["window", "voxels"], () => this.#applyWindow());
    store.on("voxels", () => this.#showVolume());
    store.on("cursor", () => this.#followCursor());
    store.on("smooth", () => this.#invalidate("view"));
    store.on("threshold", () => this.#invalidate("range"));
    store.on("comparison", () => this.#showBook());
    store.on(["mask", "showUncertainty", "confidence"], () => this.#invalidate("labels"));
    store.on(["labels", "hiddenLabels", "maskOpacity", "showLabels", "labelPatterns", "showUncertainty", "confidence", "comparison"], () => this.#applyPalette());
    store.on(["plane", "mainPane"], () => this.#arrange());
    store.on(["tool", "brushMm", "activeLabel", "mainPane", "proposal"], () => this.#invalidate("hud"));
    store.on(["tool", "plane", "mainPane", "comparison", "volume", "project", "login"], () => this.#cursorStyle());
    store.on("tool", () => this.editor.cancel(), { now: false });
    store.when("slice-arrived", (slice) => this.#showArrived(slice));
    store.when("painted", (box) => this.#invalidateBox(box));
    store.when("annotations-loaded", () => this.#showBook());
    store.when("annotations-loaded", () => (this.#invalidate("hud"), this.#cursorStyle()));
  }

  /** What is painted lies over a mask, but not over readings that are compared: they have all that was painted in them. */
  #showBook() {
    this.source.book = (readingsOnScreen(this.store.state).length ? null : this.store.state.annotations) ?? NO_BOOK;
    this.#invalidate("labels");
  }

  /**
   * Show a version of a slice in place of what is painted on it; null: what is painted again.
   * @param {{index: number, labels: Uint8Array, state: SliceState} | null} version
   */
  preview(version) {
    if (!version) return this.#showBook();
    this.source.book = bookWith(this.store.state.annotations ?? NO_BOOK, version);
    this.#invalidate("labels");
  }

  /** @param {Part} what */
  #invalidate(what) {
    for (const pane of this.all) pane.view.invalidate(what);
  }

  #applyWindow() {
    const { window, voxels } = this.store.state;
    this.#lut = new WindowLut(window, voxels?.data instanceof Int16Array);
    for (const pane of this.all) if (voxels) pane.showWindow(window);
    this.#invalidate("window");
  }

  #applyPalette() {
    const { labels, hiddenLabels, maskOpacity, showLabels, labelPatterns } = this.store.state;
    // While uncertainty or differences are shown their colours are the only ones on a prediction: those of labels would mix.
    const pale = this.source.confidence() !== null || this.source.otherMask() !== null;
    this.#palette = makePalette(labels, hiddenLabels, maskOpacity, showLabels, pale, labelPatterns);
    this.#invalidate("palette");
  }

  #showVolume() {
    const { voxels } = this.store.state;
    for (const pane of this.all) pane.view.setVolume(voxels, this.source);
    this.#followCursor();
  }

  /**
   * A slice came ahead of the other voxels; null: all are here.
   * @param {AppEvents["slice-arrived"]} slice
   */
  #showArrived(slice) {
    for (const { plane, view } of this.all) {
      if (!slice || (plane === slice.plane && view.index === slice.index)) view.invalidate("image");
    }
  }

  #followCursor() {
    const { cursor, voxels } = this.store.state;
    if (!voxels) return;
    for (const pane of this.all) {
      const { axis } = PLANES[pane.plane];
      pane.setIndex(cursor[axis], voxels.shape[axis]);
      pane.view.invalidate("hud");
    }
  }

  /**
   * Labels changed inside a canonical box (inclusive): redraw only where each plane cuts it.
   * @param {AppEvents["painted"]} box
   */
  #invalidateBox({ low, high }) {
    for (const { plane, view } of this.all) {
      const { axis } = PLANES[plane];
      if (!view.volume || view.index < low[axis] || view.index > high[axis]) continue;
      const a = voxelToDisplay(view.volume.shape, plane, low);
      const b = voxelToDisplay(view.volume.shape, plane, high);
      view.invalidate("labels", { x0: b.column, y0: b.row, x1: a.column + 1, y1: a.row + 1 });
    }
  }

  #arrange() {
    const { plane, mainPane } = this.store.state;
    for (const pane of this.all) {
      pane.element.classList.toggle("main", pane.plane === mainPane);
      pane.view.hud.tabIndex = pane.plane === mainPane ? 0 : -1;
      pane.element.classList.toggle("annotated", pane.plane === plane);
      pane.view.hud.dataset.testid = pane.plane === plane ? "editor-canvas" : `canvas-${pane.plane}`;
    }
    this.view3d.element.classList.toggle("main", mainPane === "3d");
    if (this.editor.view !== this.panes[plane].view) this.editor.attach(this.panes[plane].view);
    requestAnimationFrame(() => this.view3d.resize());
  }

  #cursorStyle() {
    for (const pane of this.all) {
      const paints = this.editor.ready && pane.plane === this.store.state.plane;
      pane.element.style.setProperty("--tool-cursor", paints ? toolById(this.store.state.tool).cursor : null);
    }
  }

  /**
   * Make a pane the large one; the one that is makes place for the annotation plane.
   * @param {PaneName} pane
   */
  makeLarge(pane) {
    if (isPictures(this.store.state)) return; // there is one view
    this.editor.cancel();
    const before = this.store.state.mainPane;
    this.store.set({ mainPane: pane === before ? this.store.state.plane : pane });
  }

  nextPane() {
    /** @type {PaneName[]} */
    const order = [...PLANE_NAMES, "3d"];
    this.makeLarge(order[(order.indexOf(this.store.state.mainPane) + 1) % order.length]);
  }

  /**
   * Move the crosshair to a slice, the nearest there is.
   * @param {PlaneName} plane
   * @param {number} index
   */
  goTo(plane, index) {
    const { voxels, cursor } = this.store.state;
    if (!voxels || this.editor.stroking) return;
    const { axis } = PLANES[plane];
    /** @type {Triple} */
    const next = [...cursor];
    next[axis] = clamp(Math.round(index), 0, voxels.shape[axis] - 1);
    if (next[axis] === cursor[axis]) return;
    this.#setCursor(next);
  }

  /** Move the crosshair to a voxel. @param {Triple} voxel */
  show(voxel) {
    if (this.store.state.voxels && !this.editor.stroking) this.#setCursor(voxel);
  }

  /** @param {Triple} voxel */
  #setCursor(voxel) {
    const { cursor, plane, voxels } = this.store.state;
    const { axis } = PLANES[plane];
    if (voxel[axis] !== cursor[axis]) this.editor.cancel(); // a contour belongs to the slice it was begun on
    this.store.set({ cursor: onPicture(voxels, voxel) });
  }

  /**
   * How certain the mask is at a voxel, 0..1, while uncertainty is shown; null where a person painted.
   * @param {Triple} voxel
   */
  #confidenceAt([i, j, k]) {
    const confidence = this.source.confidence();
    const { voxels, plane } = this.store.state;
    if (!confidence || !voxels || this.source.book.covering([i, j, k][PLANES[plane].axis])) return null;
    const [nx, ny] = voxels.shape;
    return confidence[i + nx * (j + ny * k)] / 255;
  }

  get #mainPlane() {
    const { mainPane, plane } = this.store.state;
    return mainPane === "3d" ? plane : mainPane;
  }

  /** @param {number} count slices */
  step(count) {
    const plane = this.#mainPlane;
    this.goTo(plane, this.store.state.cursor[PLANES[plane].axis] + count);
  }

  /** @param {number} factor */
  zoom(factor) {
    const { view } = this.panes[this.#mainPlane];
    const box = view.hud.getBoundingClientRect();
    if (view.volume) view.zoomAt(factor, box.left + box.width / 2, box.top + box.height / 2);
  }

  /** Give the keyboard to the large slice. */
  focusSlice() {
    this.panes[this.#mainPlane].view.hud.focus();
  }

  fit() {
    for (const pane of this.all) if (pane.view.volume) pane.view.fit();
  }

  /**
   * Client position of the centre of the voxel with canonical in-plane indices (first in-plane axis, second).
   * @param {PlaneName} plane
   * @param {number} i
   * @param {number} j
   */
  sliceToClient(plane, i, j) {
    const { view } = this.panes[plane];
    return view.displayToClient(view.width - 1 - i + 0.5, view.height - 1 - j + 0.5);
  }
}

/**
 * Painted slices with one of them replaced.
 * @param {AnnotationBook} book
 * @param {{index: number, labels: Uint8Array, state: SliceState}} slice
 */
function bookWith(book, { index, labels, state }) {
  const replaced = new AnnotationBook(book.shape, book.plane);
  replaced.slices = new Map(book.slices);
  replaced.slices.set(index, { labels, state, version: 0, begun: null, values: null, savedAt: null, notes: NO_NOTES });
  return replaced;
}

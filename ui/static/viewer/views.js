/** The four panes together: one cursor, one window, one palette; which pane is large; what has to be redrawn when. */
import { clamp } from "../lib/dom.js";
import { makePalette } from "./label_layer.js";
import { Pane } from "./pane.js";
import { PLANE_NAMES, PLANES, voxelToDisplay } from "./planes.js";
import { View3d } from "./view3d.js";
import { WindowLut } from "./volume.js";
import { AnnotationBook } from "../state/annotations.js";

const NO_BOOK = new AnnotationBook([1, 1, 1], "axial");

export class AppViews {
  #palette = makePalette([], new Set(), 0.5, true);
  #lut = null;

  constructor(store, { session, edits, editor, keys, changeBrush }) {
    Object.assign(this, { store, session, edits, editor });
    const app = { store, editor, keys, changeBrush, goTo: (plane, index) => this.goTo(plane, index), setCursor: (voxel) => this.#setCursor(voxel), sureOf: (voxel) => this.#sureOf(voxel) };
    this.panes = Object.fromEntries(PLANE_NAMES.map((plane) => [plane, new Pane(plane, app)]));
    this.view3d = new View3d(store, { onExpand: () => this.makeLarge("3d") });
    for (const pane of this.all) pane.expand.addEventListener("click", () => this.makeLarge(pane.plane));
    this.source = {
      lut: () => this.#lut,
      palette: () => this.#palette,
      smooth: () => store.state.smooth,
      maskVoxels: () => store.state.mask?.voxels ?? null,
      confidence: () => (store.state.showDoubt ? store.state.confidence : null),
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
    store.on("mask", () => this.#invalidate("labels"));
    store.on(["showDoubt", "confidence"], () => this.#invalidate("labels"));
    store.on(["labels", "hiddenLabels", "maskOpacity", "showLabels", "showDoubt", "confidence"], () => this.#applyPalette());
    store.on(["plane", "mainPane"], () => this.#arrange());
    store.on(["tool", "brushMm", "activeLabel", "mainPane"], () => this.#invalidate("hud"));
    store.on(["tool", "plane", "mainPane"], () => this.#cursorStyle());
    store.on("tool", () => this.editor.cancel(), { now: false });
    store.when("slice-arrived", (slice) => this.#showArrived(slice));
    store.when("painted", (box) => this.#invalidateBox(box));
    store.when("book-loaded", () => {
      this.source.book = this.session.book ?? NO_BOOK;
      this.#invalidate("labels");
      this.#invalidate("hud");
      this.#cursorStyle();
    });
  }

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
    const { labels, hiddenLabels, maskOpacity, showLabels } = this.store.state;
    // While doubt is shown its colours are the only ones on a prediction: those of labels would mix with them.
    this.#palette = makePalette(labels, hiddenLabels, maskOpacity, showLabels, this.source.confidence() !== null);
    this.#invalidate("palette");
  }

  #showVolume() {
    const { voxels } = this.store.state;
    for (const pane of this.all) pane.view.setVolume(voxels, this.source);
    this.#followCursor();
  }

  /** A slice came ahead of the other voxels; null: all are here. */
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

  /** Labels changed inside a canonical box (inclusive): redraw only where each plane cuts it. */
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
      pane.element.dataset.cursor = paints ? this.store.state.tool : "navigate";
    }
  }

  makeLarge(pane) {
    this.editor.cancel();
    const before = this.store.state.mainPane;
    this.store.set({ mainPane: pane === before ? this.store.state.plane : pane });
  }

  nextPane() {
    const order = [...PLANE_NAMES, "3d"];
    this.makeLarge(order[(order.indexOf(this.store.state.mainPane) + 1) % order.length]);
  }

  goTo(plane, index) {
    const { voxels, cursor } = this.store.state;
    if (!voxels || this.editor.stroking) return;
    const { axis } = PLANES[plane];
    const next = [...cursor];
    next[axis] = clamp(Math.round(index), 0, voxels.shape[axis] - 1);
    if (next[axis] === cursor[axis]) return;
    this.#setCursor(next);
  }

  #setCursor(voxel) {
    const { cursor, plane } = this.store.state;
    const { axis } = PLANES[plane];
    if (voxel[axis] !== cursor[axis]) this.editor.cancel(); // a contour belongs to the slice it was begun on
    this.store.set({ cursor: voxel });
  }

  /** How sure the mask is of a voxel, 0..1, while doubt is shown; null where a person painted. */
  #sureOf([i, j, k]) {
    const confidence = this.source.confidence();
    const { voxels, plane } = this.store.state;
    if (!confidence || this.source.book.covering([i, j, k][PLANES[plane].axis])) return null;
    const [nx, ny] = voxels.shape;
    return confidence[i + nx * (j + ny * k)] / 255;
  }

  get #mainPlane() {
    const { mainPane, plane } = this.store.state;
    return PLANES[mainPane] ? mainPane : plane;
  }

  step(count) {
    const plane = this.#mainPlane;
    this.goTo(plane, this.store.state.cursor[PLANES[plane].axis] + count);
  }

  zoom(factor) {
    const { view } = this.panes[this.#mainPlane];
    const box = view.hud.getBoundingClientRect();
    if (view.volume) view.zoomAt(factor, box.left + box.width / 2, box.top + box.height / 2);
  }

  fit() {
    for (const pane of this.all) if (pane.view.volume) pane.view.fit();
  }

  /** Client position of the centre of the voxel with canonical in-plane indices (first in-plane axis, second). */
  sliceToClient(plane, i, j) {
    const { view } = this.panes[plane];
    return view.displayToClient(view.width - 1 - i + 0.5, view.height - 1 - j + 0.5);
  }
}

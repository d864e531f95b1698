/**
 * Pointer input of the painting tools on the annotation plane's pane: brush strokes with every point the device
 * reports, lasso and polygon contours, fill, and the brush ring. Strokes keep going outside the canvas.
 */
import { BrushStroke, fillLasso, fillSimilar, similarRange, TOOLS, writer } from "./tools.js";

export class Editor {
  #gesture = null; // {kind, points, stroke, erasing}
  #pointer = null; // last client position, for the ring

  constructor(store, edits, { ensureLabel }) {
    this.store = store;
    this.edits = edits;
    this.ensureLabel = ensureLabel;
    this.view = null;
  }

  /** Follow a SliceView (the annotation plane's); the old one is let go. */
  attach(view) {
    this.cancel();
    if (this.view) this.view.hudPainters = this.view.hudPainters.filter((paint) => paint !== this.paintHud);
    this.view = view;
    view?.hudPainters.push(this.paintHud);
  }

  /** True while the tool in hand paints on the pane that is large. */
  get ready() {
    const { tool, plane, mainPane, voxels } = this.store.state;
    return Boolean(voxels && TOOLS[tool].paints && plane === mainPane && this.edits.book);
  }

  get busy() {
    return Boolean(this.#gesture);
  }

  /** True while a button is down: slices must not change under the stroke. */
  get stroking() {
    return this.busy && this.#gesture.kind !== "polygon";
  }

  down(event) {
    if (!this.ensureLabel()) return;
    const { tool } = this.store.state;
    const erasing = tool === "eraser" || event.altKey || (event.buttons & 32) !== 0;
    const point = this.#point(event);
    if (tool === "polygon") return this.#addCorner(point, erasing);
    if (tool === "fill") return this.#fill(point, erasing);
    this.#gesture = { kind: tool === "lasso" ? "lasso" : "brush", points: [point], erasing, index: this.view.index };
    if (this.#gesture.kind === "brush") this.#startBrush(point);
    this.move(event);
  }

  move(event) {
    this.#pointer = { x: event.clientX, y: event.clientY };
    const gesture = this.#gesture;
    if (gesture && gesture.kind !== "polygon") {
      const events = event.getCoalescedEvents?.() ?? [];
      for (const each of events.length ? events : [event]) this.#extend(this.#point(each));
    }
    this.view?.invalidate("hud");
  }

  up() {
    const gesture = this.#gesture;
    if (!gesture || gesture.kind === "polygon") return;
    this.#gesture = null;
    if (gesture.kind === "lasso") this.#fillContour(gesture);
    else this.edits.commit();
    this.view.invalidate("hud");
  }

  leave() {
    this.#pointer = null;
    this.view?.invalidate("hud");
  }

  /** Esc, tool change, slice change: an open contour is given up, a brush stroke is kept. */
  cancel() {
    if (this.#gesture?.kind === "brush") this.edits.commit();
    this.#gesture = null;
    this.view?.invalidate("hud");
  }

  /** Enter or double-click closes a polygon. */
  closePolygon() {
    const gesture = this.#gesture;
    if (gesture?.kind !== "polygon") return false;
    this.#gesture = null;
    this.#fillContour(gesture);
    return true;
  }

  #point(event) {
    return this.view.clientToDisplay(event.clientX, event.clientY);
  }

  #extend(point) {
    const gesture = this.#gesture;
    if (gesture.kind === "brush") this.edits.touch(gesture.stroke.add(point));
    else gesture.points.push(point);
  }

  #startBrush(point) {
    const gesture = this.#gesture;
    const { brushMm, similarOnly } = this.store.state;
    const range = similarOnly && !gesture.erasing ? this.#similar(point) : null;
    const labels = this.edits.begin(gesture.index);
    gesture.stroke = new BrushStroke(this.#size, brushMm / 2, this.#writer(labels, gesture.erasing, range));
  }

  #addCorner(point, erasing) {
    const gesture = this.#gesture;
    if (!gesture) this.#gesture = { kind: "polygon", points: [point], erasing, index: this.view.index };
    else if (this.#nearFirst(point) && gesture.points.length > 2) this.closePolygon();
    else gesture.points.push(point);
    this.view.invalidate("hud");
  }

  #nearFirst(point) {
    const [first] = this.#gesture.points;
    const { scaleX, scaleY } = this.view.map;
    return Math.hypot((point.column - first.column) * scaleX, (point.row - first.row) * scaleY) < 8 * this.view.pixelRatio;
  }

  #fillContour({ points, erasing, index }) {
    if (points.length < 3) return;
    const labels = this.edits.begin(index);
    this.edits.touch(fillLasso(points, this.#size, this.#writer(labels, erasing, null)));
    this.edits.commit();
  }

  #fill(point, erasing) {
    const range = this.#similar(point);
    const labels = this.edits.begin(this.view.index);
    const slice = { ...this.#size, intensities: this.view.values };
    this.edits.touch(fillSimilar(point, slice, range, labels, this.#writer(labels, erasing, null)));
    this.edits.commit();
  }

  #similar(point) {
    const { tolerance, window } = this.store.state;
    return similarRange(point, { ...this.#size, intensities: this.view.values }, tolerance * (window[1] - window[0]));
  }

  #writer(labels, erasing, range) {
    const { activeLabel: active, protect } = this.store.state;
    return writer(labels, { value: erasing ? 0 : active, active, protect, range, intensities: this.view.values });
  }

  get #size() {
    const { width, height } = this.view;
    const { pixelWidthMm, pixelHeightMm } = this.view.volume.size(this.view.plane);
    return { width, height, pixelWidthMm, pixelHeightMm };
  }

  paintHud = (context, view) => {
    const { tool, brushMm, labels, activeLabel } = this.store.state;
    const colour = labels.find((label) => label.value === activeLabel)?.color ?? "#ffffff";
    if (this.#gesture?.points && this.#gesture.kind !== "brush") this.#drawContour(context, view, colour);
    if (!this.#pointer || !this.ready || !TOOLS[tool].sized) return;
    const box = view.hud.getBoundingClientRect();
    const x = (this.#pointer.x - box.left) * view.pixelRatio;
    const y = (this.#pointer.y - box.top) * view.pixelRatio;
    const radius = Math.max(2, (brushMm / 2) * view.map.pixelsPerMm);
    for (const [style, width] of [["rgba(0,0,0,0.65)", 3], [tool === "eraser" ? "#ffffff" : colour, 1.25]]) {
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.strokeStyle = style;
      context.lineWidth = width * view.pixelRatio;
      context.stroke();
    }
  };

  #drawContour(context, view, colour) {
    const { points, kind } = this.#gesture;
    const { map } = view;
    context.beginPath();
    for (const { column, row } of points) context.lineTo(map.x + column * map.scaleX, map.y + row * map.scaleY);
    if (kind === "polygon" && this.#pointer) {
      const { column, row } = view.clientToDisplay(this.#pointer.x, this.#pointer.y);
      context.lineTo(map.x + column * map.scaleX, map.y + row * map.scaleY);
    }
    context.lineWidth = 1.5 * view.pixelRatio;
    context.strokeStyle = colour;
    context.stroke();
    context.setLineDash([4 * view.pixelRatio, 4 * view.pixelRatio]);
    context.lineTo(map.x + points[0].column * map.scaleX, map.y + points[0].row * map.scaleY);
    context.globalAlpha = 0.6;
    context.stroke();
    context.setLineDash([]);
    context.globalAlpha = 1;
    if (kind !== "polygon") return;
    context.fillStyle = colour;
    for (const { column, row } of points) {
      context.beginPath();
      context.arc(map.x + column * map.scaleX, map.y + row * map.scaleY, 3 * view.pixelRatio, 0, 2 * Math.PI);
      context.fill();
    }
  }
}

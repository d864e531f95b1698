/**
 * A pane: one SliceView with its frame (name, letters, scale bar, readouts) and the pointer gestures every plane
 * shares. Left button or pen: paint when the editor is ready here, else move the crosshair. Middle button or Space: pan.
 * Right button: window. Wheel: slices; with Ctrl (or a pinch): zoom; with Shift: brush size. Fingers: fingers.js.
 */
import { h, setAttr, setText } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { Fingers } from "./fingers.js";
import { KeyboardCursor } from "./keyboard_cursor.js";
import { PLANES, voxelToDisplay } from "./planes.js";
import { SliceView } from "./slice_view.js";
import { WheelSteps } from "./wheel.js";
import { decimal, t } from "../words/index.js";

/**
 * @import { PlaneName, Triple } from "../api/types.d.ts"
 * @import { Store } from "../state/store.js"
 * @import { Editor } from "../tools/editor.js"
 * @import { PenWatch } from "./fingers.js"
 * @import { HudPainter } from "./slice_view.js"
 * @import { Volume } from "./volume.js"
 */

/**
 * What a pane needs of the page.
 * @typedef {object} PaneApp
 * @property {Store} store
 * @property {Editor} editor
 * @property {Set<string>} keys held down
 * @property {PenWatch} pen
 * @property {(plane: PlaneName, index: number) => void} goTo
 * @property {(voxel: Triple) => void} setCursor
 * @property {(voxel: Triple) => number | null} confidenceAt 0..1, null where there is none to show
 * @property {(steps: number) => void} changeBrush
 */

/**
 * A button is down.
 * @typedef {{kind: "paint" | "cross" | "pan" | "window", x: number, y: number, window: [number, number]}} Drag
 */

const NICE_MM = [1, 2, 5, 10, 20, 50, 100, 200];

export class Pane {
  /** @type {Drag | null} */
  #drag = null;
  #wheel = new WheelSteps();

  /**
   * @param {PlaneName} plane
   * @param {PaneApp} app
   */
  constructor(plane, app) {
    this.plane = plane;
    this.app = app;
    this.view = new SliceView(plane, { onDraw: () => this.#updateScale() });
    this.view.hudPainters.push((context, view) => this.#drawCrosshair(context, view));
    const { name } = PLANES[plane];
    this.title = h("span.pane-title", { id: `pane-title-${plane}` }, name);
    this.compared = h("span.pane-compared", { id: `pane-compared-${plane}` });
    this.indexText = h("span");
    this.totalText = h("span.pane-total");
    this.expand = h(
      "button.icon-button.small.pane-expand",
      { title: t("viewer.pane.enlarge", { plane: t(`viewer.planeInText.${plane}`) }), "aria-label": t("viewer.pane.enlarge", { plane: name }), "data-testid": `expand-${plane}` },
      icon("expand", 14),
    );
    this.readout = h("div.pane-readout.num", { "data-testid": `readout-${plane}` });
    this.windowText = h("div.pane-window.num");
    this.scaleLine = h("i");
    this.scaleText = h("span.num");
    this.status = h("p.unseen", { role: "status" });
    this.element = this.#build();
    const paints = () => this.#isEditor;
    this.fingers = new Fingers({ plane, view: this.view, app, paints, cross: (event) => this.#cross(event) });
    this.keyboard = new KeyboardCursor({ view: this.view, app, paints, status: this.status });
    this.#listen();
    new ResizeObserver(() => this.#resize()).observe(this.element);
  }

  #build() {
    const { name, letters } = PLANES[this.plane];
    setAttr(this.view.hud, "role", "application"); // its keys are its own
    setAttr(this.view.hud, "aria-label", t("viewer.pane.keys", { plane: name }));
    const edges = Object.entries(letters).map(([side, letter]) => h(`span.letter.${side}`, letter));
    return h(
      `section.pane.pane-${this.plane}`,
      { "data-testid": `pane-${this.plane}`, "aria-label": t("viewer.pane.view", { plane: name }) },
      this.view.canvas,
      this.view.hud,
      h("header.pane-head", this.title, h("span.pane-index.num", this.indexText, this.totalText), this.compared, this.expand),
      ...edges,
      this.windowText,
      this.readout,
      h("div.scale-bar", this.scaleLine, this.scaleText),
      this.status,
    );
  }

  #resize() {
    const { clientWidth, clientHeight } = this.element;
    if (clientWidth && clientHeight) this.view.resize(clientWidth, clientHeight, window.devicePixelRatio || 1);
  }

  #listen() {
    const { hud } = this.view;
    hud.addEventListener("pointerdown", (event) => this.#down(event));
    hud.addEventListener("pointermove", (event) => this.#move(event));
    for (const type of ["pointerup", "pointercancel", "lostpointercapture"]) hud.addEventListener(type, (event) => this.#up(/** @type {PointerEvent} */ (event)));
    hud.addEventListener("pointerleave", () => this.#leave());
    hud.addEventListener("dblclick", () => this.app.editor.finish());
    hud.addEventListener("contextmenu", (event) => event.preventDefault());
    this.element.addEventListener("wheel", (event) => this.#onWheel(event), { passive: false });
  }

  get #isEditor() {
    return this.app.store.state.plane === this.plane && this.app.editor.ready;
  }

  /** @param {PointerEvent} event */
  #down(event) {
    if (!this.view.volume || this.#drag) return;
    event.preventDefault();
    /** @type {HTMLElement | null} */ (document.activeElement)?.blur?.();
    this.view.hud.setPointerCapture(event.pointerId);
    this.app.pen.note(event);
    if (event.pointerType === "touch") return this.fingers.down(event);
    this.fingers.takeBack(); // a hand that rests on the screen came before the pen
    if (event.pointerType === "pen") this.app.store.set({ penSeen: true });
    this.#drag = { kind: this.#gestureFor(event), x: event.clientX, y: event.clientY, window: this.app.store.state.window };
    if (this.#drag.kind === "paint") this.app.editor.down(event);
    else if (this.#drag.kind === "cross") this.#cross(event);
    this.element.dataset.drag = this.#drag.kind;
  }

  /**
   * @param {PointerEvent} event
   * @returns {Drag["kind"]}
   */
  #gestureFor(event) {
    if (event.button === 1 || (event.button === 0 && this.app.keys.has(" "))) return "pan";
    if (event.button === 2) return "window";
    return this.#isEditor ? "paint" : "cross";
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (!this.view.volume) return;
    this.app.pen.note(event);
    if (event.pointerType === "touch") return this.fingers.move(event);
    const drag = this.#drag;
    if (drag?.kind === "paint") this.app.editor.move(event);
    else if (drag?.kind === "cross") this.#cross(event);
    else if (drag?.kind === "pan") this.#pan(event, drag);
    else if (drag?.kind === "window") this.#windowDrag(event, drag);
    else if (this.app.editor.view === this.view) this.app.editor.move(event);
    this.#showReadout(event);
  }

  /** @param {PointerEvent} event */
  #up(event) {
    this.app.pen.note(event);
    if (event.pointerType === "touch") return event.type === "pointerup" ? this.fingers.up(event) : this.fingers.cancel(event);
    if (!this.#drag) return;
    const { kind } = this.#drag;
    this.#drag = null;
    delete this.element.dataset.drag;
    if (kind === "paint") this.app.editor.up();
  }

  #leave() {
    if (this.#drag) return;
    setText(this.readout, "");
    if (this.app.editor.view === this.view) this.app.editor.leave();
  }

  /** @param {PointerEvent} event */
  #cross(event) {
    this.app.setCursor(this.view.voxelAt(event.clientX, event.clientY).voxel);
  }

  /**
   * @param {PointerEvent} event
   * @param {Drag} drag
   */
  #pan(event, drag) {
    this.view.panBy(event.clientX - drag.x, event.clientY - drag.y);
    Object.assign(drag, { x: event.clientX, y: event.clientY });
  }

  /**
   * Right drag: across widens, up brightens (lowers the level); a pane's width is about the whole useful range.
   * @param {PointerEvent} event
   * @param {Drag} drag
   */
  #windowDrag(event, drag) {
    const [low, high] = drag.window;
    const width = high - low;
    const widthNew = Math.max(width * Math.exp((event.clientX - drag.x) / 200), width * 0.002, 1e-6);
    const level = (low + high) / 2 + ((event.clientY - drag.y) / 300) * width;
    this.app.store.set({ window: [level - widthNew / 2, level + widthNew / 2] });
  }

  /** @param {WheelEvent} event */
  #onWheel(event) {
    if (!this.view.volume) return;
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) {
      this.view.zoomAt(Math.exp(-this.#wheel.pixels(event) * 0.004), event.clientX, event.clientY);
      return;
    }
    const steps = this.#wheel.steps(event);
    if (!steps) return;
    if (event.shiftKey && this.#isEditor) this.app.changeBrush(-steps);
    else if (!this.app.editor.busy) this.app.goTo(this.plane, this.view.index - steps);
  }

  /**
   * @param {number} index
   * @param {number} count of the plane's slices
   */
  setIndex(index, count) {
    this.view.setIndex(index);
    setText(this.indexText, String(index + 1));
    setText(this.totalText, ` / ${count}`);
  }

  /** Say what is seen here, while another is seen beside it; "" while none is. @param {string} name */
  nameCompared(name) {
    setText(this.compared, name);
    setAttr(this.element, "aria-labelledby", name ? `${this.title.id} ${this.compared.id}` : null);
  }

  /** @param {[number, number]} window */
  showWindow([low, high]) {
    const digits = high - low < 10 ? 2 : 0;
    setText(this.windowText, t("viewer.pane.window", { width: decimal(high - low, digits), level: decimal((high + low) / 2, digits) }));
  }

  /** @param {PointerEvent} event */
  #showReadout(event) {
    const { volume } = this.view;
    const { voxel, inside } = this.view.voxelAt(event.clientX, event.clientY);
    if (!volume || !inside) return setText(this.readout, "");
    const value = volume.valueAt(voxel);
    const shown = Number.isInteger(value) ? value : Number(value).toPrecision(4);
    const confidence = this.app.confidenceAt(voxel);
    const certainty = confidence === null ? "" : `   ${t("viewer.pane.confidence", { percent: Math.round(100 * confidence) })}`;
    setText(this.readout, `${this.#place(volume, voxel)}   ${shown}${volume.unit ? ` ${volume.unit}` : ""}${certainty}`);
  }

  /**
   * Where a voxel is: in mm of the scan; of a picture its column and row, from 1.
   * @param {Volume} volume
   * @param {Triple} voxel
   */
  #place(volume, voxel) {
    const { column, row } = voxelToDisplay(volume.shape, this.plane, voxel);
    if (volume.pictures.length) return `${column + 1}  ${row + 1} px`;
    return `${volume.toMm(voxel).map((mm) => decimal(mm, 1).replace("-", "\u2212")).join("  ")} mm`;
  }

  #updateScale() {
    if (!this.view.volume) return;
    const perMm = this.view.map.pixelsPerMm / this.view.pixelRatio;
    const longest = Math.min(120, this.element.clientWidth * 0.3);
    const mm = [...NICE_MM].reverse().find((each) => each * perMm <= longest) ?? NICE_MM[0];
    this.scaleLine.style.width = `${Math.round(mm * perMm)}px`;
    setText(this.scaleText, mm >= 10 ? `${mm / 10} cm` : `${mm} mm`);
  }

  /** @type {HudPainter} */
  #drawCrosshair(context, view) {
    if (this.#isEditor && !this.keyboard.active) return; // while painting it would lie over what is painted
    const { x, y } = view.voxelToCanvas(this.app.store.state.cursor);
    const gap = 10 * view.pixelRatio;
    context.beginPath();
    for (const [x0, y0, x1, y1] of [[0, y, x - gap, y], [x + gap, y, view.hud.width, y], [x, 0, x, y - gap], [x, y + gap, x, view.hud.height]]) {
      context.moveTo(x0, y0);
      context.lineTo(x1, y1);
    }
    context.strokeStyle = "rgba(142, 196, 255, 0.42)";
    context.lineWidth = view.pixelRatio;
    context.stroke();
  }
}

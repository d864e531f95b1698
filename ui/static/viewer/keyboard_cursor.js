/**
 * The slice by keys alone: while a pane has the focus, arrow keys move the crosshair from voxel to voxel and Space is the
 * button of the tool. With Shift, arrows go ten voxels, and Space stays down until it is pressed again.
 */
import { clamp, setText } from "../lib/dom.js";
import { sliceInText } from "../state/pictures.js";
import { displayToVoxel, voxelToDisplay } from "./planes.js";
import { t } from "../words/index.js";

/**
 * @import { PaneApp } from "./pane.js"
 * @import { SliceView } from "./slice_view.js"
 */

const LARGE_STEP = 10; // voxels
const TELL_AFTER_MS = 350; // a screen reader cannot follow every voxel

/** @type {Map<string, [number, number]>} columns and rows */
const ARROWS = new Map([["ArrowLeft", [-1, 0]], ["ArrowRight", [1, 0]], ["ArrowUp", [0, -1]], ["ArrowDown", [0, 1]]]);

export class KeyboardCursor {
  #held = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** The pane has the focus. */
  active = false;

  /**
   * @param {object} pane
   * @param {SliceView} pane.view
   * @param {PaneApp} pane.app
   * @param {() => boolean} pane.paints whether the active tool paints here
   * @param {HTMLElement} pane.status where it is said where the cursor is
   */
  constructor({ view, app, paints, status }) {
    this.view = view;
    this.app = app;
    this.paints = paints;
    this.status = status;
    const { hud } = view;
    hud.addEventListener("focus", () => this.#setActive(true));
    hud.addEventListener("blur", () => this.#setActive(false));
    hud.addEventListener("keydown", (event) => this.#down(event));
    hud.addEventListener("keyup", (event) => event.key === " " && !event.shiftKey && this.#release());
  }

  /** @param {boolean} active */
  #setActive(active) {
    this.active = active;
    this.#release();
    if (active) this.#follow();
    else if (this.app.editor.view === this.view) this.app.editor.leave();
    this.view.invalidate("hud");
  }

  /** @param {KeyboardEvent} event */
  #down(event) {
    if (!this.view.volume || event.ctrlKey || event.metaKey || event.altKey) return;
    const way = ARROWS.get(event.key);
    if (way) this.#step(way, event.shiftKey ? LARGE_STEP : 1);
    else if (event.key === " ") this.#press(event);
    else {
      if (event.key === "Escape") this.#held = false; // the page gives the stroke up
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /**
   * @param {[number, number]} way
   * @param {number} voxels
   */
  #step([columns, rows], voxels) {
    const { view, app } = this;
    const { column, row } = this.#place;
    const { extent } = view;
    const next = [clamp(column + columns * voxels, 0, extent.columns - 1), clamp(row + rows * voxels, 0, extent.rows - 1)];
    app.setCursor(displayToVoxel(view.shape, view.plane, view.index, next[0], next[1]));
    this.#keepInSight();
    this.#follow();
  }

  /** @param {KeyboardEvent} event */
  #press({ repeat, shiftKey }) {
    if (repeat || !this.paints()) return;
    if (this.#held) return this.#release();
    const { editor } = this.app;
    editor.down(this.#pointer);
    if (!editor.stroking) return this.#tell(); // a click was all it takes
    this.#held = true;
    if (shiftKey) setText(this.status, t("viewer.keyboard.holding"));
  }

  #release() {
    if (!this.#held) return;
    this.#held = false;
    this.app.editor.up();
    this.#tell();
  }

  get #place() {
    const { view, app } = this;
    return voxelToDisplay(view.shape, view.plane, app.store.state.cursor);
  }

  /** What the tools know of a pointer, at the middle of the voxel. */
  get #pointer() {
    const { column, row } = this.#place;
    const { x, y } = this.view.displayToClient(column + 0.5, row + 0.5);
    return { clientX: x, clientY: y, altKey: false, buttons: 1, pointerType: "keyboard", pressure: 0.5 };
  }

  #follow() {
    if (this.view.volume && this.app.editor.view === this.view) this.app.editor.move(this.#pointer);
    this.#tell();
  }

  /** On a slice that is zoomed the cursor may leave the pane: then the slice moves. */
  #keepInSight() {
    const { clientX: x, clientY: y } = this.#pointer;
    const box = this.view.hud.getBoundingClientRect();
    const dx = clamp(x, box.left + 20, box.right - 20) - x;
    const dy = clamp(y, box.top + 20, box.bottom - 20) - y;
    if (dx || dy) this.view.panBy(dx, dy);
  }

  #tell() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#say(), TELL_AFTER_MS);
  }

  #say() {
    const { view } = this;
    const { volume } = view;
    if (!this.active || !volume) return;
    const { column, row } = this.#place;
    const { labels, cursor } = this.app.store.state;
    const value = view.layer.codes[row * view.width + column] & 255;
    const label = labels.find((each) => each.value === value)?.name ?? t("viewer.keyboard.noLabel");
    const intensity = Number(Number(volume.valueAt(cursor)).toPrecision(4));
    const slice = sliceInText(this.app.store.state, view.index);
    setText(this.status, t("viewer.keyboard.place", { column: column + 1, row: row + 1, slice, value: `${intensity} ${volume.unit}`.trim(), label }));
  }
}

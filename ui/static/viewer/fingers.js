/**
 * Fingers on a pane. One paints, or goes through the slices where nothing is painted, or moves the crosshair by a tap; two
 * pan and zoom. A second finger that lands takes back what the first one began. While a pen is in use fingers do not paint:
 * a hand rests on the screen.
 */

/**
 * @import { PlaneName } from "../api/types.d.ts"
 * @import { PaneApp } from "./pane.js"
 * @import { SliceView } from "./slice_view.js"
 */

const RESTING_MS = 4000; // after a pen was seen
const SLOP_PX = 8; // what a tap may move
const SLICE_PX = 14; // a finger's way from slice to slice

/** When a pen was last near the screen, for all panes. */
export class PenWatch {
  #seen = -Infinity;

  /** @param {PointerEvent} event of any pointer */
  note({ pointerType, timeStamp }) {
    if (pointerType === "pen") this.#seen = timeStamp;
  }

  /** @param {number} timeStamp of an event, ms */
  isInUse(timeStamp) {
    return timeStamp - this.#seen < RESTING_MS;
  }
}

/** @typedef {{x: number, y: number}} Place client pixels */

export class Fingers {
  /** @type {Map<number, Place>} by pointer id */
  #places = new Map();
  /**
   * What they do: "tap" and "swipe" wait for what the finger does next; "over" waits until all are lifted.
   * @type {"paint" | "tap" | "cross" | "swipe" | "pinch" | "over" | null}
   */
  #kind = null;
  /** @type {Place} where the first landed, or the swipe last turned a slice */
  #from = { x: 0, y: 0 };
  #moved = false;

  /**
   * @param {object} pane
   * @param {PlaneName} pane.plane
   * @param {SliceView} pane.view
   * @param {PaneApp} pane.app
   * @param {() => boolean} pane.paints whether the active tool paints here
   * @param {(event: PointerEvent) => void} pane.cross moves the crosshair
   */
  constructor({ plane, view, app, paints, cross }) {
    this.plane = plane;
    this.view = view;
    this.app = app;
    this.paints = paints;
    this.cross = cross;
  }

  /** @param {PointerEvent} event */
  down(event) {
    this.#places.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (this.#places.size === 1) this.#begin(event);
    else if (this.#places.size === 2) {
      this.takeBack();
      this.#kind = "pinch";
    }
  }

  /** @param {PointerEvent} event */
  #begin(event) {
    const { editor, pen, store } = this.app;
    this.#from = { x: event.clientX, y: event.clientY };
    this.#moved = false;
    const mayAct = !pen.isInUse(event.timeStamp);
    if (mayAct && this.paints()) this.#kind = editor.actsOnTap ? "tap" : "paint";
    else this.#kind = mayAct && store.state.mainPane === this.plane ? "cross" : "swipe";
    if (this.#kind === "paint") editor.down(event);
    else if (this.#kind === "cross") this.cross(event);
  }

  /** @param {PointerEvent} event */
  move(event) {
    const before = this.#places.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    if (this.#kind === "pinch") this.#pinch(event.pointerId, now);
    this.#places.set(event.pointerId, now);
    if (this.#kind === "paint") this.app.editor.move(event);
    else if (this.#kind === "cross") this.cross(event);
    else if (this.#kind === "swipe") this.#swipe(now);
    else if (this.#kind === "tap" && Math.hypot(now.x - this.#from.x, now.y - this.#from.y) > SLOP_PX) this.#kind = "over";
  }

  /** Up is the next slice, as with the arrow keys. @param {Place} now */
  #swipe({ x, y }) {
    const steps = Math.trunc((this.#from.y - y) / SLICE_PX);
    if (!steps) return;
    this.#moved = true;
    this.#from = { x, y: this.#from.y - steps * SLICE_PX };
    this.app.goTo(this.plane, this.view.index + steps);
  }

  /**
   * What lay between the two fingers stays between them.
   * @param {number} id of the one that moved
   * @param {Place} now
   */
  #pinch(id, now) {
    const before = this.#places.get(id);
    const other = [...this.#places].slice(0, 2).find(([each]) => each !== id)?.[1];
    if (!before || !other) return;
    const span = (/** @type {Place} */ place) => Math.max(1, Math.hypot(place.x - other.x, place.y - other.y));
    this.view.panBy((now.x - before.x) / 2, (now.y - before.y) / 2);
    this.view.zoomAt(span(now) / span(before), (now.x + other.x) / 2, (now.y + other.y) / 2);
  }

  /** @param {PointerEvent} event */
  up(event) {
    if (!this.#places.delete(event.pointerId)) return;
    const { editor } = this.app;
    if (this.#kind === "paint") editor.up();
    else if (this.#kind === "tap") editor.down(event);
    else if (this.#kind === "swipe" && !this.#moved) this.cross(event);
    this.#kind = this.#places.size ? "over" : null;
  }

  /** The system took the finger away, as it does with a palm. @param {PointerEvent} event */
  cancel(event) {
    if (!this.#places.delete(event.pointerId)) return;
    this.takeBack();
    if (!this.#places.size) this.#kind = null;
  }

  /** Nothing stays of a stroke that a finger began. */
  takeBack() {
    if (this.#kind === "paint") this.app.editor.takeBack();
    if (this.#kind) this.#kind = "over";
  }
}

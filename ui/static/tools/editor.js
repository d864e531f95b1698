/**
 * Pointer input of the painting tools on the annotation plane's pane: it routes presses, every point the device reports
 * and releases to the active tool. Strokes keep going outside the canvas. It knows no tool by name.
 */
import { mayEdit } from "../state/access.js";
import { Gesture } from "./gesture.js";
import { Hud } from "./hud.js";
import { toolById } from "./registry.js";

/** @import { Store } from "../state/store.js" */
/** @import { SliceView } from "../viewer/slice_view.js" */
/** @import { Edits } from "./edits.js" */

const PEN_ERASER = 32; // the bit of PointerEvent.buttons

/**
 * What is needed of a pointer; keys have one too, see viewer/keyboard_cursor.js.
 * @typedef {Pick<PointerEvent, "clientX" | "clientY" | "altKey" | "buttons" | "pointerType" | "pressure"> & {getCoalescedEvents?: () => PointerEvent[]}} Press
 */

export class Editor {
  /** @type {Gesture | null} */
  #gesture = null;
  /** @type {{ x: number, y: number } | null} Where the pointer was last, in client pixels. */
  #pointer = null;
  /** @type {SliceView | null} */
  view = null;
  /** @type {import("../state/types.d.ts").Proposal | null} the outline on screen when the gesture began */
  #proposalBefore = null;

  /**
   * @param {Store} store
   * @param {Edits} edits
   * @param {{ ensureLabel: () => boolean }} options `ensureLabel`: whether there is a label to paint with; asks for one if not
   */
  constructor(store, edits, { ensureLabel }) {
    this.store = store;
    this.edits = edits;
    this.ensureLabel = ensureLabel;
    store.on("annotations", () => this.#drop(), { now: false }); // a gesture belongs to the slices it was begun on
  }

  /**
   * Follow a SliceView (the annotation plane's); the old one is let go.
   *
   * @param {SliceView | null} view
   */
  attach(view) {
    this.cancel();
    if (this.view) this.view.hudPainters = this.view.hudPainters.filter((paint) => paint !== this.paintHud);
    this.view = view;
    view?.hudPainters.push(this.paintHud);
  }

  /** True while the active tool paints on the pane that is large. */
  get ready() {
    const { tool, plane, mainPane, voxels, annotations } = this.store.state;
    return Boolean(mayEdit(this.store.state) && voxels && toolById(tool).paints && plane === mainPane && annotations);
  }

  get busy() {
    return Boolean(this.#gesture);
  }

  /** True while a button is down: slices must not change under the stroke. */
  get stroking() {
    return Boolean(this.#gesture && !this.#gesture.tool.multiClick);
  }

  /** Whether the active tool does all it does at one place: a finger can wait until it is lifted. */
  get actsOnTap() {
    const { move, up } = toolById(this.store.state.tool);
    return !move && !up;
  }

  /** @param {Press} event */
  down(event) {
    if (!this.view || !mayEdit(this.store.state) || !this.ensureLabel()) return;
    const gesture = (this.#gesture ??= this.#begin(event));
    const over = gesture.tool.down?.(gesture, this.#point(event));
    if (over) this.#gesture = null;
    this.move(event);
  }

  /** @param {Press} event */
  #begin(event) {
    this.#proposalBefore = this.store.state.proposal;
    const erasing = event.altKey || (event.buttons & PEN_ERASER) !== 0;
    const { store, edits } = this;
    return new Gesture({ tool: toolById(store.state.tool), view: /** @type {SliceView} */ (this.view), store, edits, erasing });
  }

  /** @param {Press} event */
  move(event) {
    this.#pointer = { x: event.clientX, y: event.clientY };
    const gesture = this.#gesture;
    if (gesture?.tool.move) {
      const events = event.getCoalescedEvents?.() ?? [];
      for (const each of events.length ? events : [event]) {
        gesture.press(each);
        gesture.tool.move(gesture, this.#point(each));
      }
    }
    this.view?.invalidate("hud");
  }

  up() {
    const gesture = this.#gesture;
    if (!gesture || gesture.tool.multiClick) return;
    this.#gesture = null;
    gesture.tool.up?.(gesture);
    this.view?.invalidate("hud");
  }

  leave() {
    this.#pointer = null;
    this.view?.invalidate("hud");
  }

  /** Esc: nothing stays of the gesture, not even what its stroke shows already. */
  giveUp() {
    const gesture = this.#gesture;
    this.#gesture = null;
    gesture?.abandon();
    this.view?.invalidate("hud");
  }

  /** The stroke was none, as a second finger says: nothing stays of it, and the outline that was there is there again. */
  takeBack() {
    if (!this.stroking) return;
    const before = this.#proposalBefore;
    this.giveUp();
    const { proposal } = this.store.state;
    if (proposal) this.store.set({ proposal: proposal.id === before?.id ? before : null });
  }

  /** Tool change, slice change: the tool decides what stays of its gesture. */
  cancel() {
    const gesture = this.#gesture;
    this.#gesture = null;
    if (gesture) {
      gesture.tool.cancel?.(gesture);
      gesture.abandon();
    }
    this.view?.invalidate("hud");
  }

  /**
   * Enter or double-click: end a gesture of several clicks.
   *
   * @returns {boolean} whether there was one
   */
  finish() {
    const gesture = this.#gesture;
    if (!gesture?.tool.finish || !mayEdit(this.store.state)) return false; // it waits where readings are compared meanwhile
    this.#gesture = null;
    gesture.tool.finish(gesture);
    this.view?.invalidate("hud");
    return true;
  }

  #drop() {
    this.#gesture = null;
    this.view?.invalidate("hud");
  }

  /** @param {Press} event */
  #point(event) {
    return /** @type {SliceView} */ (this.view).clientToDisplay(event.clientX, event.clientY);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {SliceView} view
   */
  paintHud = (context, view) => {
    const tool = this.#gesture?.tool ?? toolById(this.store.state.tool);
    if (!tool.draw || !(this.#gesture || this.ready)) return;
    tool.draw(context, new Hud(view, { settings: this.store.state, gesture: this.#gesture, client: this.#pointer }));
  };
}

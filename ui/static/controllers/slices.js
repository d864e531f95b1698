/** What can be done with the slice on screen as a whole, and the ways from one slice to another. */
import { canReshape, offeredActions, sliceOnScreen } from "../state/slices.js";
import { SHAPES } from "../tools/shapes.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { SliceAction } from "../state/slices.js"
 */

export class SliceController {
  /**
   * @param {Store} store
   * @param {{
   *   edits: Pick<import("../tools/edits.js").Edits, "acceptPrediction" | "markEmpty" | "copy" | "clear" | "reshape" | "undo" | "redo">,
   *   goTo: (index: number) => void,
   * }} parts
   */
  constructor(store, { edits, goTo }) {
    this.store = store;
    this.edits = edits;
    this.goTo = goTo;
  }

  /**
   * Do what is offered for the slice on screen; nothing else happens.
   * @param {SliceAction} action
   */
  act(action) {
    const { state } = this.store;
    if (!offeredActions(state).has(action)) return;
    const slice = sliceOnScreen(state);
    if (action === "accept") this.edits.acceptPrediction(slice);
    else if (action === "empty") this.edits.markEmpty(slice);
    else if (action === "clear") this.edits.clear(slice);
    else this.#copyToNext(slice);
  }

  /**
   * Change the shape of the active label on the slice on screen.
   * @param {string} id of SHAPES
   */
  reshape(id) {
    const { state } = this.store;
    const shape = SHAPES.find((each) => each.id === id);
    if (shape && canReshape(state)) this.edits.reshape(sliceOnScreen(state), state.activeLabel ?? 0, shape.change);
  }

  /** @param {number} slice */
  #copyToNext(slice) {
    const { annotations } = this.store.state;
    const next = slice + 1;
    if (!annotations || next >= annotations.size.slices) return;
    this.edits.copy(slice, next);
    this.goTo(next);
  }

  /**
   * Go to the nearest slice that is painted or marked empty, `direction` 1 or -1 from here.
   * @param {number} direction
   */
  nextPainted(direction) {
    const { annotations } = this.store.state;
    const painted = annotations?.indices("painted", "empty") ?? [];
    const here = sliceOnScreen(this.store.state);
    const next = direction > 0 ? painted.find((at) => at > here) : painted.findLast((at) => at < here);
    if (next !== undefined) this.goTo(next);
  }

  undo() {
    const index = this.edits.undo();
    if (index !== null) this.goTo(index);
  }

  redo() {
    const index = this.edits.redo();
    if (index !== null) this.goTo(index);
  }
}

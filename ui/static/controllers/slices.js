/** What can be done with the slice on screen as a whole, and the ways from one slice to another. */
import { mayEdit } from "../state/access.js";
import { sliceToGoTo } from "../state/next_slice.js";
import { isPictures, pictureAt } from "../state/pictures.js";
import { matchingSlices } from "../state/provenance.js";
import { canReshape, offeredActions, sliceKind, sliceOnScreen } from "../state/slices.js";
import { beginAfresh } from "../tools/afresh.js";
import { withLabel } from "../tools/cells.js";
import { SHAPES, shapeWords, withinPicture } from "../tools/shapes.js";
import { t } from "../words/index.js";

/**
 * @import { AnnotationBook } from "../state/annotations.js"
 * @import { Store } from "../state/store.js"
 * @import { SliceAction } from "../state/slices.js"
 */

export class SliceController {
  /**
   * @param {Store} store
   * @param {{
   *   edits: Pick<import("../tools/edits.js").Edits, "change" | "reshape" | "shown">,
   *   steps: Pick<import("../tools/steps.js").Steps, "remember">,
   *   notify: Pick<import("./notify.js").Notify, "say">,
   *   goTo: (index: number) => void,
   * }} parts
   */
  constructor(store, { edits, steps, notify, goTo }) {
    this.store = store;
    this.edits = edits;
    this.steps = steps;
    this.notify = notify;
    this.goTo = goTo;
    store.on("cursor", () => this.#leaveAfresh(), { now: false });
  }

  /**
   * Do what is offered for the slice on screen; nothing else happens. Where there is a prediction to clear, not paint, the
   * slice is begun afresh.
   * @param {SliceAction} wanted
   */
  act(wanted) {
    const { plane, mainPane } = this.store.state;
    if (plane !== mainPane || !mayEdit(this.store.state)) return;
    const action = wanted === "clear" && offeredActions(this.store.state).has("afresh") ? "afresh" : wanted;
    if (["empty", "clear", "afresh"].includes(action)) this.store.emit("drop-outlines", { index: sliceOnScreen(this.store.state) });
    else this.store.emit("take-outline");
    const { state } = this.store;
    if (!offeredActions(state).has(action) || !state.annotations) return;
    const index = sliceOnScreen(state);
    const blank = new Uint8Array(state.annotations.cells);
    if (action === "accept") this.#accept(index, blank);
    else if (action === "empty") this.edits.change(t("slices.step.empty"), [{ index, labels: blank, state: "empty" }]);
    else if (action === "afresh") this.#beginAfresh(index);
    else if (action === "clear") this.edits.change(t(`slices.step.clear.${sliceKind(state)}`), [{ index, labels: blank, state: "cleared" }]);
    else this.#copyToNext(state.annotations, index);
  }

  /**
   * @param {number} index
   * @param {Uint8Array} blank
   */
  #accept(index, blank) {
    const labels = this.edits.shown(index);
    this.edits.change(t(`slices.step.accept.${sliceKind(this.store.state)}`), [{ index, labels: labels?.slice() ?? blank, state: labels ? "painted" : "empty" }]);
  }

  /** @param {number} index */
  #beginAfresh(index) {
    const { lockedLabels } = this.store.state;
    const locked = this.edits.shown(index)?.find((value) => lockedLabels.has(value));
    if (locked) return void this.store.emit("locked", { value: locked });
    beginAfresh(this.store, index);
    this.steps.remember({ text: t(`slices.step.afresh.${sliceKind(this.store.state)}`), slices: [], afresh: index });
    this.notify.say(t("slices.said.afresh"), { place: "undo" });
  }

  #leaveAfresh() {
    const { annotations } = this.store.state;
    if (annotations?.afresh !== sliceOnScreen(this.store.state)) beginAfresh(this.store, null);
  }

  /**
   * Change the shape of the active label on the slice on screen.
   * @param {string} id of SHAPES
   */
  reshape(id) {
    if (!mayEdit(this.store.state)) return;
    this.store.emit("take-outline");
    const { state } = this.store;
    const shape = SHAPES.find((each) => each.id === id);
    const { activeLabel: value } = state;
    if (!shape || !canReshape(state) || value === null) return;
    if (state.lockedLabels.has(value)) return void this.store.emit("locked", { value });
    this.store.emit("label-used", { value });
    const index = sliceOnScreen(state);
    this.edits.reshape(index, value, withinPicture(shape.change, pictureAt(state, index)), shapeWords(shape, sliceKind(state)).step);
  }

  /**
   * @param {AnnotationBook} book
   * @param {number} index
   */
  #copyToNext(book, index) {
    const next = index + 1;
    this.edits.change(t("slices.step.copyToNext"), [{ index: next, labels: book.ensure(index).labels.slice(), state: book.state(index), from: { version: null } }]);
    this.goTo(next);
  }

  /** The active label's outline of the nearest slice that it is painted on, onto the slice on screen; of two, the one before. */
  copyFromNearest() {
    if (!mayEdit(this.store.state) || isPictures(this.store.state)) return; // nothing of one picture lies on another
    this.store.emit("take-outline");
    const { annotations: book, activeLabel: value, labels, lockedLabels, protect, plane, mainPane } = this.store.state;
    if (!book || value === null || plane !== mainPane) return;
    if (lockedLabels.has(value)) return void this.store.emit("locked", { value });
    const index = sliceOnScreen(this.store.state);
    const nearest = nearestWith(book, value, index);
    const name = labels.find((label) => label.value === value)?.name ?? t("labels.unknown.the");
    if (nearest === null) return void this.notify.say(t("slices.said.nowhereElse", { name }));
    this.store.emit("label-used", { value });
    const inside = book.ensure(nearest).labels.map((each) => Number(each === value));
    const shown = this.edits.shown(index) ?? new Uint8Array(book.cells);
    this.edits.change(t("slices.step.copyFrom", { name, number: nearest + 1 }), [{ index, labels: withLabel(shown, inside, value, protect), state: "painted" }]);
  }

  /**
   * Go to the nearest slice that is painted or marked empty, or that the filter means, `direction` 1 or -1 from here.
   * @param {number} direction
   */
  nextPainted(direction) {
    const { annotations } = this.store.state;
    const painted = matchingSlices(this.store.state) ?? annotations?.indices("painted", "empty") ?? [];
    const here = sliceOnScreen(this.store.state);
    const next = direction > 0 ? painted.find((at) => at > here) : painted.findLast((at) => at < here);
    if (next !== undefined) this.goTo(next);
  }

  /** Go to the slice to paint next; stay where none is suggested. */
  paintNext() {
    const next = sliceToGoTo(this.store.state, sliceOnScreen(this.store.state));
    if (next !== undefined) this.goTo(next);
  }
}

/**
 * The nearest other slice on which a label is painted; of two as near, the one before.
 * @param {AnnotationBook} book
 * @param {number} value
 * @param {number} here
 */
export function nearestWith(book, value, here) {
  const others = book.indices("painted").filter((index) => index !== here && book.values(index).includes(value));
  return others.sort((a, b) => Math.abs(a - here) - Math.abs(b - here) || a - b)[0] ?? null;
}

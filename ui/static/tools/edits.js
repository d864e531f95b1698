/**
 * Everything that changes a painted slice goes through here: strokes, whole-slice actions, undo and redo. Each change is
 * announced ("painted" with the canonical box it touched), remembered as a difference, and saved.
 */
import { extractSlice } from "../viewer/volume.js";
import { putBack, rangeGuard } from "./guard.js";
import { reshape } from "./shapes.js";
import { stepOnSlice, stateAfterPainting, stateOf } from "./slice_states.js";
import { Steps } from "./steps.js";
import { lockedBy, turnsOf } from "./turning.js";
import { mayEdit, mayPaint } from "../state/access.js";
import { copied } from "../state/annotations.js";
import { pictureAt, putBackBeside } from "../state/pictures.js";
import { workVoxels } from "../state/comparison.js";
import { NO_NOTES, notesAfter, shownMask } from "../state/origin_notes.js";
import { t } from "../words/index.js";

/** @import { PlaneName, SliceState } from "../api/types.d.ts" */
/** @import { AnnotationBook, Content, Slice } from "../state/annotations.js" */
/** @import { Edit, Step } from "../state/history.js" */
/** @import { Store } from "../state/store.js" */
/** @import { Rect } from "../state/types.d.ts" */
/** @import { Change } from "./shapes.js" */
/**
 * A change that is going on. `shown`: what was seen on the slice before; `proposed`: that is a prediction or interpolated, so
 * nobody has reviewed it.
 * @typedef {{ book: AnnotationBook, index: number, slice: Slice, shown: Uint8Array, proposed: boolean }} Stroke
 */
/**
 * Labels are rows x columns. `from`: what they are made of where that is not what is seen on the slice: a version of it that
 * is restored, or another slice.
 * @typedef {{ index: number, labels: Uint8Array, state: SliceState, from?: { version: number | null } }} SliceChange
 */
/** @typedef {{ enqueue: (volumeId: string, plane: PlaneName, index: number, slice: Slice) => void }} SliceSaver */

export class Edits {
  /** @type {Stroke | null} */
  #stroke = null;

  /**
   * @param {Store} store its `annotations` are what is edited
   * @param {SliceSaver} saver
   */
  constructor(store, saver) {
    this.store = store;
    this.saver = saver;
    this.steps = new Steps(store);
    store.on("annotations", () => (this.#stroke = null), { now: false });
  }

  /** The painted slices on screen; whoever edits has seen to it that there are some. */
  get #book() {
    return /** @type {AnnotationBook} */ (this.store.state.annotations);
  }

  /**
   * Prediction of a slice in display orientation; null when there is none, it is blank, or the slice is begun afresh.
   * @param {number} index
   * @returns {Uint8Array | null}
   */
  prediction(index) {
    const { annotations } = this.store.state;
    const voxels = workVoxels(this.store.state);
    if (!voxels || !annotations || annotations.afresh === index) return null;
    const labels = extractSlice(voxels, annotations.shape, annotations.plane, index);
    return labels.some((value) => value !== 0) ? labels : null;
  }

  /**
   * Labels that are seen on a slice, painted, interpolated or predicted, in display orientation; null where there are none.
   * @param {number} index
   * @returns {Uint8Array | null}
   */
  shown(index) {
    return this.store.state.annotations?.covering(index) ?? this.prediction(index);
  }

  /**
   * Begin changing a slice; a slice that shows a prediction starts from it.
   * @param {number} index
   * @returns {Uint8Array} the labels to write into, rows x columns
   */
  begin(index) {
    const book = this.#book;
    const slice = book.ensure(index);
    const prediction = slice.state === "cleared" ? this.prediction(index) : null;
    const proposed = prediction !== null || slice.state === "interpolated";
    slice.begun = copied(slice);
    if (slice.state === "cleared") slice.notes = { ...slice.notes, mask: prediction && shownMask(this.store.state) };
    if (prediction) slice.labels.set(prediction);
    this.#stroke = { book, index, slice, shown: slice.labels.slice(), proposed };
    if (slice.state !== "cleared" && !proposed) return slice.labels;
    slice.state = "painted";
    this.#announce(book, index, book.everything);
    return slice.labels;
  }

  /** Whether a change is going on. */
  get active() {
    return this.#stroke !== null;
  }

  /**
   * Cells inside `rect` were changed: show them now.
   * @param {Rect | null} rect
   */
  touch(rect) {
    if (rect && this.#stroke) this.#announce(this.#stroke.book, this.#stroke.index, rect);
  }

  /**
   * End the running change: decide the slice's state, remember and save it.
   * @param {string} [text] what was done
   * @param {SliceChange[]} [others] changes of other slices that belong to it
   */
  commit(text = t("tools.step.stroke"), others = []) {
    const stroke = this.#stroke;
    if (!stroke) return;
    if (!mayPaint(this.store.state)) return this.abort(); // it was accepted in a review meanwhile
    const { book, index, slice, shown, proposed } = stroke;
    const begun = /** @type {Content} */ (slice.begun); // it took in what another window saved meanwhile
    const before = proposed ? shown : begun.labels;
    const held = putBack(slice.labels, before, this.store.state.lockedLabels, rangeGuard(this.store.state, index));
    putBackBeside(slice.labels, before, pictureAt(this.store.state, index), book.size.width);
    // A click that changed nothing must not make painted, and so certain, what nobody reviewed.
    if (proposed && shown.every((value, at) => value === slice.labels[at])) {
      this.abort();
      return this.#tellOfLock(this.change(text, others), held);
    }
    this.#stroke = null;
    slice.begun = null;
    slice.state = stateAfterPainting(slice, begun, proposed);
    const edits = [stepOnSlice(book, index, begun, slice), ...this.#replaced(book, others).edits];
    this.#tellOfLock(this.#remember(text, book, edits), held);
  }

  /**
   * Who changed nothing because of a lock must not wonder why.
   * @param {number} count slices that changed
   * @param {number} held the locked label that was to be changed, 0 for none
   */
  #tellOfLock(count, held) {
    if (!count && held) this.store.emit("locked", { value: held });
  }

  /** Give the running change up and put the slice back. */
  abort() {
    const stroke = this.#stroke;
    this.#stroke = null;
    if (!stroke) return;
    const { book, index, slice } = stroke;
    const begun = /** @type {Content} */ (slice.begun);
    slice.begun = null;
    slice.labels.set(begun.labels);
    slice.state = begun.state;
    this.#announce(book, index, book.everything);
  }

  /**
   * Replace labels and states of slices as one undoable change. Cells of locked labels stay.
   *
   * @param {string} text what is done
   * @param {SliceChange[]} changes
   * @returns {number} how many slices changed
   */
  change(text, changes) {
    const { annotations: book } = this.store.state;
    if (this.#stroke || !book || !mayPaint(this.store.state)) return 0;
    const { edits, held } = this.#replaced(book, changes);
    const count = this.#remember(text, book, edits);
    this.#tellOfLock(count, held);
    return count;
  }

  /**
   * @param {AnnotationBook} book
   * @param {SliceChange[]} changes
   */
  #replaced(book, changes) {
    let held = 0;
    const edits = changes.map(({ index, labels, state, from }) => {
      const slice = book.ensure(index);
      const begun = copied(slice);
      const shown = (state === "empty" || state === "cleared" ? null : this.shown(index)?.slice()) ?? begun.labels; // a copy: it may be the slice itself
      if (from) slice.notes = { ...NO_NOTES, ...from };
      else if (begun.state === "cleared") slice.notes = { ...slice.notes, mask: shown === begun.labels ? null : shownMask(this.store.state) };
      slice.labels.set(labels);
      held = putBack(slice.labels, shown, this.store.state.lockedLabels) || held;
      putBackBeside(slice.labels, null, pictureAt(this.store.state, index), book.size.width);
      slice.state = stateOf(slice.labels, state, begun.state);
      return stepOnSlice(book, index, begun, slice);
    });
    return { edits, held };
  }

  /**
   * Slices go back to what they were before anybody touched them; this is not for undo.
   *
   * @param {number[]} indices
   */
  withdraw(indices) {
    const { annotations: book } = this.store.state;
    if (!book || !mayPaint(this.store.state)) return;
    const edits = indices.map((index) => {
      const slice = book.ensure(index);
      if (slice.begun) return null; // it is just being painted
      const before = copied(slice);
      Object.assign(slice, { labels: slice.labels.fill(0), state: "cleared" });
      return stepOnSlice(book, index, before, slice);
    });
    this.#finish(book, edits.filter((edit) => edit !== null));
  }

  /**
   * Give a label of a slice, painted or predicted, a new shape as one undoable change.
   *
   * @param {number} index
   * @param {number} value
   * @param {Change} change
   * @param {string} [text]
   */
  reshape(index, value, change, text = t("tools.step.shape")) {
    const { annotations, voxels } = this.store.state;
    if (this.#stroke || !annotations || !voxels || !mayPaint(this.store.state)) return;
    reshape(this.begin(index), value, voxels.size(annotations.plane), change);
    this.#announce(annotations, index, annotations.everything);
    this.commit(text);
  }

  /** Take the last step back on the slices. @returns {Step | null} that step; null also where a lock forbids it */
  undo() {
    return this.#turn("undo");
  }

  /** Make the next step again on the slices. @returns {Step | null} that step; null also where a lock forbids it */
  redo() {
    return this.#turn("redo");
  }

  /** @param {"undo" | "redo"} direction */
  #turn(direction) {
    const { annotations: book, lockedLabels } = this.store.state;
    const step = this.#stroke || !mayPaint(this.store.state) ? null : this.steps.take(direction, ({ command }) => Boolean(command) || mayEdit(this.store.state));
    if (!step || !book) return step;
    const turns = turnsOf(book, step.slices, direction);
    const held = turns.map(({ edit, content, slice }) => lockedBy(slice, content, lockedLabels, this.prediction(edit.index))).find(Boolean);
    if (held) {
      this.steps.revert(direction);
      this.store.emit("locked", { value: held });
      return null;
    }
    for (const { content, slice } of turns) {
      slice.labels.set(content.labels);
      slice.state = content.state;
    }
    this.#finish(book, turns.map(({ edit }) => edit), true);
    return step;
  }

  /**
   * @param {string} text
   * @param {AnnotationBook} book
   * @param {(Edit | null)[]} edits null where nothing changed
   */
  #remember(text, book, edits) {
    const slices = edits.filter((edit) => edit !== null);
    if (!slices.length) return 0;
    this.steps.remember({ text, slices });
    this.#finish(book, slices);
    return slices.length;
  }

  /**
   * @param {AnnotationBook} book
   * @param {Edit[]} edits
   * @param {boolean} [returned] by undo or redo
   */
  #finish(book, edits, returned = false) {
    const { volume } = this.store.state;
    for (const edit of edits) {
      const { index } = edit;
      book.changed(index);
      book.ensure(index).notes = notesAfter(book.ensure(index), edit, returned);
      this.#announce(book, index, book.everything);
      if (volume) this.saver.enqueue(volume.id, book.plane, index, book.ensure(index));
    }
    if (!edits.length) return;
    const reviewed = edits.some(({ stateBefore, stateAfter }) => [stateBefore, stateAfter].some((state) => state === "painted" || state === "empty"));
    this.store.emit("slice-edited", { index: edits[0].index, reviewed });
  }

  /**
   * @param {AnnotationBook} book
   * @param {number} index
   * @param {Rect} rect
   */
  #announce(book, index, rect) {
    this.store.emit("painted", book.box(index, rect));
  }
}

/**
 * Everything that changes a painted slice goes through here: strokes, whole-slice actions, undo and redo. Each change is
 * announced ("painted" with the canonical box it touched), remembered as a difference, and saved.
 */
import { extractSlice } from "../viewer/volume.js";
import { reshape } from "./shapes.js";
import { cut, differingRect, History, turn } from "../state/history.js";

/** @import { PlaneName, SliceState } from "../api/types.d.ts" */
/** @import { AnnotationBook, Content, Slice } from "../state/annotations.js" */
/** @import { Edit } from "../state/history.js" */
/** @import { Store } from "../state/store.js" */
/** @import { Rect } from "../state/types.d.ts" */
/** @import { Change } from "./shapes.js" */
/** @typedef {{ book: AnnotationBook, index: number, slice: Slice, prediction: Uint8Array | null }} Stroke */
/** @typedef {{ enqueue: (volumeId: string, plane: PlaneName, index: number, slice: Slice) => void }} SliceSaver */

export class Edits {
  /** @type {Stroke | null} */
  #stroke = null;
  #history = new History();

  /**
   * @param {Store} store its `annotations` are what is edited
   * @param {SliceSaver} saver
   */
  constructor(store, saver) {
    this.store = store;
    this.saver = saver;
    store.on("annotations", () => this.#forget(), { now: false });
  }

  /** The painted slices on screen; whoever edits has seen to it that there are some. */
  get #book() {
    return /** @type {AnnotationBook} */ (this.store.state.annotations);
  }

  /** Other slices are on screen: what was done to those before cannot be undone. */
  #forget() {
    this.#stroke = null;
    this.#history.clear();
    this.#publishHistory();
  }

  /**
   * Prediction of a slice in display orientation, or null when there is none or it is blank.
   *
   * @param {number} index
   * @returns {Uint8Array | null}
   */
  prediction(index) {
    const { mask, annotations } = this.store.state;
    if (!mask?.voxels || !annotations) return null;
    const labels = extractSlice(mask.voxels, annotations.shape, annotations.plane, index);
    return labels.some((value) => value !== 0) ? labels : null;
  }

  /**
   * Labels that are seen on a slice, painted or predicted, in display orientation; null where there are none.
   *
   * @param {number} index
   * @returns {Uint8Array | null}
   */
  shown(index) {
    return this.store.state.annotations?.covering(index) ?? this.prediction(index);
  }

  /**
   * Begin changing a slice; a slice that shows a prediction starts from it.
   *
   * @param {number} index
   * @returns {Uint8Array} the labels to write into, rows x columns
   */
  begin(index) {
    const { book, slice } = this.#start(index);
    if (slice.state === "cleared") {
      const prediction = this.prediction(index);
      if (prediction) slice.labels.set(prediction);
      this.#stroke = { book, index, slice, prediction };
      slice.state = "painted";
      this.#announce(book, index, book.everything);
    }
    return slice.labels;
  }

  /**
   * @param {number} index
   * @returns {Stroke}
   */
  #start(index) {
    const book = this.#book;
    const slice = book.ensure(index);
    slice.begun = { labels: slice.labels.slice(), state: slice.state };
    this.#stroke = { book, index, slice, prediction: null };
    return this.#stroke;
  }

  /** Whether a change is going on. */
  get active() {
    return this.#stroke !== null;
  }

  /**
   * Cells inside `rect` were changed: show them now.
   *
   * @param {Rect | null} rect
   */
  touch(rect) {
    if (rect && this.#stroke) this.#announce(this.#stroke.book, this.#stroke.index, rect);
  }

  /**
   * End the running change: decide the slice's state, remember and save it.
   *
   * @param {SliceState | null} [state] what the slice is to be; null: as its cells say
   */
  commit(state = null) {
    const stroke = this.#stroke;
    if (!stroke) return;
    const { book, index, slice, prediction } = stroke;
    const begun = /** @type {Content} */ (slice.begun);
    // A click that changed nothing must not make painted, and so certain, what nobody reviewed.
    if (!state && prediction?.every((value, at) => value === slice.labels[at])) return this.abort();
    this.#stroke = null;
    slice.begun = null;
    slice.state = state ?? stateAfterPainting(slice, begun, prediction);
    const { width, height } = book.size;
    const rect = differingRect(begun.labels, slice.labels, width, height);
    if (!rect && slice.state === begun.state) return;
    const area = rect ?? { x0: 0, y0: 0, x1: 0, y1: 0 };
    this.#history.push({
      index,
      rect: area,
      before: cut(begun.labels, width, area),
      after: cut(slice.labels, width, area),
      stateBefore: begun.state,
      stateAfter: slice.state,
    });
    this.#finish(book, index, slice);
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
   * Replace a slice's labels and state as one undoable change.
   *
   * @param {number} index
   * @param {Uint8Array} labels rows x columns
   * @param {SliceState} state
   */
  replace(index, labels, state) {
    if (this.#stroke || !this.store.state.annotations) return;
    this.#start(index).slice.labels.set(labels);
    this.commit(state);
  }

  /**
   * Give a label of a slice, painted or predicted, a new shape as one undoable change.
   *
   * @param {number} index
   * @param {number} value
   * @param {Change} change
   */
  reshape(index, value, change) {
    const { annotations, voxels } = this.store.state;
    if (this.#stroke || !annotations || !voxels) return;
    reshape(this.begin(index), value, voxels.size(annotations.plane), change);
    this.#announce(annotations, index, annotations.everything);
    this.commit();
  }

  /** @param {number} index */
  clear(index) {
    this.replace(index, this.#blank(), "cleared");
  }

  /** @param {number} index */
  markEmpty(index) {
    this.replace(index, this.#blank(), "empty");
  }

  /** @param {number} index */
  acceptPrediction(index) {
    const labels = this.prediction(index);
    this.replace(index, labels ?? this.#blank(), labels ? "painted" : "empty");
  }

  /**
   * @param {number} fromIndex
   * @param {number} toIndex
   */
  copy(fromIndex, toIndex) {
    this.replace(toIndex, this.#book.ensure(fromIndex).labels.slice(), this.#book.state(fromIndex));
  }

  /** @returns {number | null} the slice that was changed, or null */
  undo() {
    const edit = this.#stroke ? null : this.#history.undo();
    return edit && this.#apply(edit, edit.after, edit.before, edit.stateBefore);
  }

  /** @returns {number | null} the slice that was changed, or null */
  redo() {
    const edit = this.#stroke ? null : this.#history.redo();
    return edit && this.#apply(edit, edit.before, edit.after, edit.stateAfter);
  }

  /**
   * @param {Edit} edit
   * @param {Uint8Array} from
   * @param {Uint8Array} to
   * @param {SliceState} state
   */
  #apply({ index, rect }, from, to, state) {
    const book = this.#book;
    const slice = book.ensure(index);
    turn(slice.labels, book.size.width, rect, from, to);
    // What another window painted meanwhile stays, and a slice that holds labels is painted.
    slice.state = slice.labels.some((value) => value !== 0) ? "painted" : state;
    this.#finish(book, index, slice);
    return index;
  }

  /**
   * @param {AnnotationBook} book
   * @param {number} index
   * @param {Slice} slice
   */
  #finish(book, index, slice) {
    book.changed(index);
    this.#announce(book, index, book.everything);
    this.#publishHistory();
    const { volume } = this.store.state;
    if (volume) this.saver.enqueue(volume.id, book.plane, index, slice);
    this.store.emit("slice-edited", { index });
  }

  /**
   * @param {AnnotationBook} book
   * @param {number} index
   * @param {Rect} rect
   */
  #announce(book, index, rect) {
    this.store.emit("painted", book.box(index, rect));
  }

  #blank() {
    return new Uint8Array(this.#book.cells);
  }

  #publishHistory() {
    this.store.set({ history: { canUndo: this.#history.canUndo, canRedo: this.#history.canRedo } });
  }
}

/**
 * @param {Slice} slice
 * @param {Content} begun
 * @param {Uint8Array | null} prediction what the slice showed before
 * @returns {SliceState}
 */
function stateAfterPainting(slice, begun, prediction) {
  if (slice.labels.some((value) => value !== 0)) return "painted";
  // Erasing a whole prediction says "nothing here"; erasing one's own strokes takes the slice back.
  return prediction || begun.state === "empty" ? "empty" : "cleared";
}

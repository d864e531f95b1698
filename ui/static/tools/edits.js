/**
 * Everything that changes a painted slice goes through here: strokes, whole-slice actions, undo and redo. Each
 * change is announced ("painted" with the canonical box it touched), remembered as a difference, and saved.
 */
import { displayToVoxel } from "../viewer/planes.js";
import { extractSlice } from "../viewer/volume.js";
import { cut, differingRect, History, paste } from "../state/history.js";

export class Edits {
  #stroke = null;

  constructor(store, saver) {
    this.store = store;
    this.saver = saver;
    this.history = new History();
    this.book = null;
  }

  /** Start on a volume's slices (an AnnotationBook), or nothing. */
  open(book) {
    this.book = book;
    this.#stroke = null;
    this.history.clear();
    this.#publishHistory();
  }

  /** Prediction of a slice in display orientation, or null when there is none or it is blank. */
  prediction(index) {
    const { mask } = this.store.state;
    if (!mask?.voxels || !this.book) return null;
    const labels = extractSlice(mask.voxels, this.book.shape, this.book.plane, index);
    return labels.some((value) => value) ? labels : null;
  }

  /** Begin changing a slice; a slice that shows a prediction starts from it. Returns the labels to write into. */
  begin(index) {
    const slice = this.book.ensure(index);
    this.#stroke = { index, slice, before: slice.labels.slice(), stateBefore: slice.state };
    if (slice.state === "cleared") {
      const start = this.prediction(index);
      if (start) {
        slice.labels.set(start);
        this.#stroke.prediction = start;
      }
      slice.state = "painted";
      this.#announce(index, this.#whole());
    }
    return slice.labels;
  }

  get active() {
    return this.#stroke;
  }

  /** Cells of the running stroke changed inside `rect`: show them now. */
  touch(rect) {
    if (rect) this.#announce(this.#stroke.index, rect);
  }

  /** End the running change: decide the slice's state, remember and save it. */
  commit(state = null) {
    const stroke = this.#stroke;
    if (!stroke) return;
    const { index, slice, before, stateBefore, prediction } = stroke;
    // A click that changed nothing must not make painted, and so certain, what nobody looked at.
    if (!state && prediction?.every((value, at) => value === slice.labels[at])) return this.abort();
    this.#stroke = null;
    slice.state = state ?? this.#stateAfterPainting(stroke);
    const { width, height } = this.book.size;
    const rect = differingRect(before, slice.labels, width, height);
    if (!rect && slice.state === stateBefore) return;
    const area = rect ?? { x0: 0, y0: 0, x1: 0, y1: 0 };
    this.history.push({
      plane: this.book.plane,
      index,
      rect: area,
      before: cut(before, width, area),
      after: cut(slice.labels, width, area),
      stateBefore,
      stateAfter: slice.state,
    });
    this.#finish(index, slice);
  }

  /** Give the running stroke up and put the slice back. */
  abort() {
    const stroke = this.#stroke;
    this.#stroke = null;
    if (!stroke) return;
    stroke.slice.labels.set(stroke.before);
    stroke.slice.state = stroke.stateBefore;
    this.#announce(stroke.index, this.#whole());
  }

  #stateAfterPainting({ slice, stateBefore, prediction }) {
    if (slice.labels.some((value) => value)) return "painted";
    // Erasing a whole prediction says "nothing here"; erasing one's own strokes takes the slice back.
    return prediction || stateBefore === "empty" ? "empty" : "cleared";
  }

  /** Replace a slice's labels and state as one undoable change. */
  replace(index, labels, state) {
    if (this.#stroke || !this.book) return;
    const slice = this.book.ensure(index);
    this.#stroke = { index, slice, before: slice.labels.slice(), stateBefore: slice.state };
    slice.labels.set(labels);
    this.commit(state);
  }

  clear(index) {
    this.replace(index, this.#blank(), "cleared");
  }

  markEmpty(index) {
    this.replace(index, this.#blank(), "empty");
  }

  acceptPrediction(index) {
    const labels = this.prediction(index);
    this.replace(index, labels ?? this.#blank(), labels ? "painted" : "empty");
  }

  copy(fromIndex, toIndex) {
    this.replace(toIndex, this.book.ensure(fromIndex).labels.slice(), this.book.state(fromIndex));
  }

  undo() {
    return this.#step(this.#stroke ? null : this.history.undo(), "before", "stateBefore");
  }

  redo() {
    return this.#step(this.#stroke ? null : this.history.redo(), "after", "stateAfter");
  }

  #step(entry, bytes, state) {
    if (!entry) return null;
    const slice = this.book.ensure(entry.index);
    paste(slice.labels, this.book.size.width, entry.rect, entry[bytes]);
    slice.state = entry[state];
    this.#finish(entry.index, slice);
    return entry.index;
  }

  #finish(index, slice) {
    this.book.changed(index);
    this.#announce(index, this.#whole());
    this.#publishHistory();
    this.saver.enqueue(this.store.state.volume.id, this.book.plane, index, slice);
    this.store.emit("slice-edited", { index });
  }

  #announce(index, rect) {
    const { shape, plane } = this.book;
    const a = displayToVoxel(shape, plane, index, rect.x0, rect.y0);
    const b = displayToVoxel(shape, plane, index, rect.x1 - 1, rect.y1 - 1);
    const low = a.map((value, axis) => Math.min(value, b[axis]));
    const high = a.map((value, axis) => Math.max(value, b[axis]));
    this.store.emit("painted", { low, high });
  }

  #whole() {
    return { x0: 0, y0: 0, x1: this.book.size.width, y1: this.book.size.height };
  }

  #blank() {
    return new Uint8Array(this.book.size.width * this.book.size.height);
  }

  #publishHistory() {
    this.store.set({ history: { canUndo: this.history.canUndo, canRedo: this.history.canRedo } });
  }
}

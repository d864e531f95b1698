/** Undo and redo as differences: each entry holds the bytes of one rectangle of one slice, before and after. */

const MAX_BYTES = 96 * 1024 * 1024;

/** The bytes of `rect` (end exclusive) of a rows x columns array. */
export function cut(labels, width, rect) {
  const columns = rect.x1 - rect.x0;
  const out = new Uint8Array(columns * (rect.y1 - rect.y0));
  for (let y = rect.y0; y < rect.y1; y++) {
    out.set(labels.subarray(y * width + rect.x0, y * width + rect.x1), (y - rect.y0) * columns);
  }
  return out;
}

export function paste(labels, width, rect, bytes) {
  const columns = rect.x1 - rect.x0;
  for (let y = rect.y0; y < rect.y1; y++) {
    labels.set(bytes.subarray((y - rect.y0) * columns, (y - rect.y0 + 1) * columns), y * width + rect.x0);
  }
}

/** The smallest rectangle in which two slices differ, or null. */
export function differingRect(before, after, width, height) {
  let rect = null;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (before[y * width + x] === after[y * width + x]) continue;
      if (!rect) rect = { x0: x, y0: y, x1: x + 1, y1: y + 1 };
      else {
        rect.x0 = Math.min(rect.x0, x);
        rect.x1 = Math.max(rect.x1, x + 1);
        rect.y1 = y + 1;
      }
    }
  }
  return rect;
}

export class History {
  #past = [];
  #future = [];
  #bytes = 0;

  get canUndo() {
    return this.#past.length > 0;
  }

  get canRedo() {
    return this.#future.length > 0;
  }

  /** Remember an edit {plane, index, width, rect, before, after, stateBefore, stateAfter}; drops what could be redone. */
  push(entry) {
    this.#future = [];
    this.#past.push(entry);
    this.#bytes += entry.before.length * 2;
    while (this.#bytes > MAX_BYTES && this.#past.length > 1) this.#bytes -= this.#past.shift().before.length * 2;
  }

  undo() {
    const entry = this.#past.pop();
    if (entry) this.#future.push(entry);
    return entry ?? null;
  }

  redo() {
    const entry = this.#future.pop();
    if (entry) this.#past.push(entry);
    return entry ?? null;
  }

  clear() {
    this.#past = [];
    this.#future = [];
    this.#bytes = 0;
  }
}

/** Strokes of this browser that never reached the server, put back over what the server has. */
import { recall } from "./backup.js";

/** @import { AnnotationBook } from "../state/annotations.js" */
/** @import { Saver } from "./autosave.js" */
/** @import { Notify } from "./contract.js" */

/**
 * Put a volume's unsaved slices into the book and save them. One drawn on an older version than the server's now
 * replaces it only when told to.
 *
 * @param {AnnotationBook} book
 * @param {string} volumeId
 * @param {{ saver: Pick<Saver, "enqueue">, notify: Pick<Notify, "confirm"> }} parts
 * @returns {Promise<number>} how many slices changed on screen
 */
export async function restoreUnsaved(book, volumeId, { saver, notify }) {
  let count = 0;
  for (const backup of recall(volumeId)) {
    if (backup.plane !== book.plane || backup.labels.length !== book.cells) continue;
    const slice = book.ensure(backup.index);
    const same = slice.state === backup.state && slice.labels.every((value, at) => value === backup.labels[at]);
    if (!same && backup.base < slice.version && !(await askToReplace(notify, backup.index))) continue;
    slice.labels.set(backup.labels);
    slice.state = backup.state;
    saver.enqueue(volumeId, book.plane, backup.index, slice, { delayMs: 0 });
    count += same ? 0 : 1;
  }
  return count;
}

/**
 * @param {Pick<Notify, "confirm">} notify
 * @param {number} index
 */
function askToReplace(notify, index) {
  const text = "This browser holds strokes on it that never reached the server, and the slice was painted again since, perhaps elsewhere. Only one of the two can be shown.";
  return notify.confirm(`Slice ${index + 1} was painted again`, text, "Use this browser's", { danger: false });
}

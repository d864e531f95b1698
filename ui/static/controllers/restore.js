/** Strokes of this browser or window that never reached the server, put back over what the server has. */
import { recall } from "./backup.js";

/** @import { AnnotationBook } from "../state/annotations.js" */
/** @import { Saver } from "./autosave.js" */

/**
 * Put a volume's unsaved slices into the book and save them. One painted on an older version than the server's now is
 * saved as based on that version: the server merges the two by cells, and the page takes in what came out.
 *
 * @param {AnnotationBook} book
 * @param {string} volumeId
 * @param {Pick<Saver, "enqueue" | "refused">} saver
 * @param {string} [person] who is logged in
 * @returns {number} how many slices changed on screen
 */
export function restoreUnsaved(book, volumeId, saver, person = "") {
  let count = 0;
  const found = new Map([...recall(volumeId, person), ...saver.refused(volumeId)].map((each) => [`${each.plane}/${each.index}`, each])); // an older backup gives way
  for (const backup of found.values()) {
    if (backup.plane !== book.plane || backup.labels.length !== book.cells) continue;
    const slice = book.ensure(backup.index);
    const same = slice.state === backup.state && slice.labels.every((value, at) => value === backup.labels[at]);
    if (!same) {
      slice.labels.set(backup.labels);
      slice.state = backup.state;
      if (backup.notes) slice.notes = backup.notes;
      slice.version = Math.min(slice.version, backup.base);
      count += 1;
    }
    saver.enqueue(volumeId, book.plane, backup.index, slice, { delayMs: 0, paintedWith: backup.paintedWith });
  }
  return count;
}

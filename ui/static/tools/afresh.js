/**
 * A slice that is begun afresh: it shows nothing instead of its prediction, so what is painted begins from nothing. That
 * is so while the slice is on screen; it says nothing of the slice, and nothing of it is saved.
 */

/** @import { Store } from "../state/store.js" */

/**
 * @param {Store} store
 * @param {number | null} index the slice to begin afresh; null: the one that is shows its prediction again
 */
export function beginAfresh(store, index) {
  const { annotations: book } = store.state;
  if (!book || book.afresh === index) return;
  const changed = [book.afresh, index].filter((each) => each !== null);
  book.afresh = index;
  for (const each of changed) {
    book.ensure(each);
    store.emit("painted", book.box(each, book.everything));
  }
  store.emit("slice-edited", { index: changed[0], reviewed: false });
}

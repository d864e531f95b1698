/** Where slices lie between painted ones. Pure. */

/** @import { AnnotationBook } from "./annotations.js" */
/** @typedef {{ from: number, to: number }} Gap Two painted slices that hold the label, others between them. */

/**
 * Pairs of reviewed slices that follow each other, both hold the label, with other slices between them.
 *
 * @param {AnnotationBook} book
 * @param {number} value
 * @returns {Gap[]}
 */
export function gapsOf(book, value) {
  const reviewed = book.indices("painted", "empty");
  const holds = (/** @type {number} */ index) => book.values(index).includes(value);
  /** @type {Gap[]} */
  const gaps = [];
  for (let n = 0; n + 1 < reviewed.length; n++) {
    const [from, to] = [reviewed[n], reviewed[n + 1]];
    if (to - from > 1 && holds(from) && holds(to)) gaps.push({ from, to });
  }
  return gaps;
}

/** The least of a TIFF: its pages, and of each whether it is a smaller copy. */

/**
 * @param {number[]} kinds of its pages; 1: a smaller copy
 * @param {{ little?: boolean, big?: boolean }} [how] its numbers are written; `big`: with addresses of 64 bits
 */
export function tiff(kinds, { little = true, big = false } = {}) {
  const start = 16;
  const size = big ? 8 + 20 + 8 : 2 + 12 + 4;
  const view = new DataView(new ArrayBuffer(start + kinds.length * size + 24));
  const address = (/** @type {number} */ at, /** @type {number} */ value) => (big ? view.setBigUint64(at, BigInt(value), little) : view.setUint32(at, value, little));
  view.setUint16(0, little ? 0x4949 : 0x4d4d);
  view.setUint16(2, big ? 43 : 42, little);
  if (big) view.setUint16(4, 8, little);
  address(big ? 8 : 4, start);
  kinds.forEach((kind, n) => {
    const at = start + n * size;
    const entry = at + (big ? 8 : 2);
    if (big) address(at, 1);
    else view.setUint16(at, 1, little);
    view.setUint16(entry, 254, little);
    view.setUint16(entry + 2, 4, little);
    address(entry + 4, 1);
    view.setUint32(entry + (big ? 12 : 8), kind, little);
    address(at + size - (big ? 8 : 4), n + 1 < kinds.length ? at + size : 0);
  });
  return new Uint8Array(view.buffer);
}

/** Whether a TIFF is a stack by itself: its beginning says where its first page is, and each page where the next one is. */
const VERSIONS = new Set([42, 43]); // the second has addresses of 64 bits
const KIND = 254; // the tag of what a page is, the first of a page that has it
const SMALLER_COPY = 1;

/** Whether a second page of the file is more than a smaller copy of the first. @param {Blob} file */
export async function isStack(file) {
  const start = await viewOf(file, 0, 16);
  if (start.byteLength < 16) return false;
  const little = start.getUint16(0) === 0x4949; // "II"; the other one is "MM"
  const version = start.getUint16(2, little);
  if ((!little && start.getUint16(0) !== 0x4d4d) || !VERSIONS.has(version)) return false;
  const big = version === 43;
  const number = (/** @type {DataView} */ view, /** @type {number} */ at) => (big ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little));
  const pageAt = async (/** @type {number} */ at) => {
    const head = await viewOf(file, at, 24);
    if (!at || head.byteLength < 24) return null;
    const entries = big ? number(head, 0) : head.getUint16(0, little);
    const first = big ? 8 : 2;
    const isCopy = head.getUint16(first, little) === KIND && head.getUint32(first + (big ? 12 : 8), little) & SMALLER_COPY;
    const next = await viewOf(file, at + first + entries * (big ? 20 : 12), 8);
    return { isCopy, next: next.byteLength < 8 ? 0 : number(next, 0) };
  };
  const page = await pageAt(number(start, big ? 8 : 4));
  const second = page && (await pageAt(page.next));
  return Boolean(second && !second.isCopy);
}

/** @param {Blob} file @param {number} at @param {number} length fewer where the file ends before */
const viewOf = async (file, at, length) => new DataView(await file.slice(at, at + length).arrayBuffer());

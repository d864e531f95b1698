/**
 * How interpolated labels look: hatched cells inside a broken outline, so that nobody takes them for painted ones. And the
 * patterns that tell labels apart where colours do not.
 */
import { makeCanvas } from "./canvas.js";

const DASH = 5; // CSS pixels

/**
 * Whether a cell of a hatched area lies between the lines. Lines keep their distance on the screen, roughly: they are
 * further apart in cells where a slice has many.
 *
 * @param {number} column
 * @param {number} row
 * @param {number} width cells in a row of the slice
 */
export function isBetweenLines(column, row, width) {
  const line = lineOf(width);
  return (column + row) % (line * 3) >= line;
}

/** How wide a line is, in cells. @param {number} width cells in a row of the slice */
const lineOf = (width) => (width < 96 ? 1 : width < 320 ? 2 : 3);

/**
 * Whether a cell is drawn, of a pattern that repeats every three lines: `across` and `down` are 0 to 2, `falling` and
 * `rising` count along the diagonals. The diagonal of interpolated labels is none of them.
 * @type {((across: number, down: number, falling: number, rising: number) => boolean)[]}
 */
export const PATTERNS = [
  () => true,
  (_, down) => down === 0,
  (across) => across === 0,
  (across, down) => across === 0 && down === 0,
  (across, down) => across === 0 || down === 0,
  (_across, _down, falling) => falling === 0,
  (across, down) => across !== 0 || down !== 0,
  (_across, _down, falling, rising) => falling === 0 || rising === 0,
];

/**
 * Whether a cell lies in the gaps of a label's pattern.
 * @param {number} pattern an index of PATTERNS
 * @param {number} column
 * @param {number} row
 * @param {number} width cells in a row of the slice
 */
export function isInGap(pattern, column, row, width) {
  if (!pattern) return false;
  const line = lineOf(width);
  const across = Math.floor(column / line) % 3;
  const down = Math.floor(row / line) % 3;
  return !PATTERNS[pattern](across, down, (across + 3 - down) % 3, (across + down) % 3);
}

/**
 * What to stroke a broken line with. Outlines consist of many short segments, on which a dash would never end: stripes
 * across the screen break the line wherever it runs.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {string} colour CSS colour
 * @param {number} pixelRatio device pixels of a CSS pixel
 * @returns {CanvasPattern | string}
 */
export function hatch(context, colour, pixelRatio) {
  const step = Math.round(DASH * pixelRatio);
  const { canvas, context: tile } = makeCanvas(2 * step, 2 * step);
  tile.fillStyle = colour;
  tile.fillRect(0, 0, step, step);
  tile.fillRect(step, step, step, step);
  return context.createPattern(canvas, "repeat") ?? colour;
}

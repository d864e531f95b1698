/** How interpolated labels look: hatched cells inside a broken outline, so that nobody takes them for painted ones. */
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
  const line = width < 96 ? 1 : width < 320 ? 2 : 3;
  return (column + row) % (line * 3) >= line;
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

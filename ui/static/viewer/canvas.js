/** Canvases to draw on. */

/**
 * A canvas that is not on the page yet, and its 2D context.
 * @param {number} width in pixels
 * @param {number} height
 * @param {CanvasRenderingContext2DSettings} [settings]
 */
export function makeCanvas(width, height, settings) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d", settings);
  if (!context) throw new Error("This browser cannot draw on a canvas; use a current one.");
  return { canvas, context };
}

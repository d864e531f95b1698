/** Canvases to draw on. */
import { t } from "../words/index.js";

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
  if (!context) throw new Error(t("viewer.noCanvas"));
  return { canvas, context };
}

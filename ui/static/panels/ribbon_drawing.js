/** What the strip along the slices shows, from the back to the front. */
import { EncodingState } from "../api/contract.js";
import { clamp } from "../lib/dom.js";
import { drawMarked, drawOrigins } from "./ribbon_origins.js";
import { uncertaintyColour } from "../viewer/uncertainty_layer.js";

/**
 * @import { Label } from "../api/types.d.ts"
 * @import { AnnotationBook } from "../state/annotations.js"
 * @import { AppState } from "../state/types.d.ts"
 */

const PAD = 10; // CSS pixels left and right of the slices

/** Where slices lie on the strip, in CSS pixels. */
export class Strip {
  /**
   * @param {number} width
   * @param {number} height
   * @param {number} count slices
   */
  constructor(width, height, count) {
    this.width = width;
    this.height = height;
    this.count = count;
    this.step = (width - 2 * PAD) / Math.max(1, count);
  }

  /**
   * Centre of a slice from the strip's left edge.
   * @param {number} slice
   */
  x(slice) {
    return PAD + (slice + 0.5) * this.step;
  }

  /** @param {number} x */
  sliceAt(x) {
    return clamp(Math.floor((x - PAD) / this.step), 0, this.count - 1);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Strip} strip
 * @param {AppState} state
 * @param {{current: number, suggested: number[], next: number | null, uncertainty: number[] | null, differing: number[] | null, marked: number[] | null}} shown
 *   `next`: the suggested slice that stands out; `differing`: voxels of each slice in which two runs differ;
 *   `marked`: slices that a filter means
 */
export function drawRibbon(context, strip, state, { current, suggested, next, uncertainty, differing, marked }) {
  const coloured = state.showUncertainty ? uncertainty : null;
  drawTrack(context, strip, state);
  if (coloured) drawUncertainty(context, strip, state, coloured);
  if (differing) drawBars(context, strip, differing, (amount) => `rgba(190, 160, 255, ${0.35 + 0.5 * amount})`);
  drawMask(context, strip, state);
  drawSlices(context, strip, state);
  drawOrigins(context, strip, state);
  drawMarked(context, strip, marked);
  drawSuggestions(context, strip, suggested, next, coloured ? "#ffd9a0" : "#8ab8ff");
  drawCurrent(context, strip, current);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Strip} strip
 * @param {AppState} state
 */
function drawTrack(context, strip, { volume }) {
  const { width, height, count, step } = strip;
  context.fillStyle = "#1b2026";
  context.beginPath();
  context.roundRect(PAD, 8, width - 2 * PAD, height - 16, 4);
  context.fill();
  context.fillStyle = "#2b333d";
  const every = [5, 10, 20, 50, 100].find((each) => each * step >= 24) ?? 200;
  for (let slice = every - 1; slice < count - 1; slice += every) context.fillRect(strip.x(slice) - 0.5, height - 15, 1, 4);
  const encoding = volume?.encoding;
  if (!encoding?.total || encoding.state === EncodingState.DONE) return;
  context.fillStyle = "#3d4a5a";
  context.fillRect(PAD, height - 10, (width - 2 * PAD) * (encoding.done / encoding.total), 2);
}

/**
 * Bars that rise with the uncertainty of slices that nobody reviewed.
 * @param {CanvasRenderingContext2D} context
 * @param {Strip} strip
 * @param {AppState} state
 * @param {number[]} uncertainty
 */
function drawUncertainty(context, strip, { annotations }, uncertainty) {
  if (!annotations) return;
  const open = uncertainty.map((value, slice) => (annotations.state(slice) === "cleared" ? value : 0));
  drawBars(context, strip, open, (amount) => `rgba(${uncertaintyColour(amount)}, ${0.35 + 0.5 * amount})`);
}

/**
 * A bar on each slice that has more than little.
 * @param {CanvasRenderingContext2D} context
 * @param {Strip} strip
 * @param {number[]} values by slice
 * @param {(amount: number) => string} colour of 0..1
 */
function drawBars(context, strip, values, colour) {
  const { height, step } = strip;
  const most = Math.max(...values);
  values.forEach((value, slice) => {
    if (!value || value < most * 0.04) return;
    const amount = value / most;
    context.fillStyle = colour(amount);
    const top = (height - 18) * amount;
    context.fillRect(strip.x(slice) - step / 2, height - 9 - top, Math.max(1, step - (step > 4 ? 1 : 0)), top);
  });
}

/**
 * One thin lane per visible label that the prediction holds.
 * @param {CanvasRenderingContext2D} context
 * @param {Strip} strip
 * @param {AppState} state
 */
function drawMask(context, strip, { mask, labels, hiddenLabels }) {
  if (!mask) return;
  const { height, step } = strip;
  const shown = labels.filter((label) => mask.extents.has(label.value) && !hiddenLabels.has(label.value));
  const lane = Math.min(5, (height - 20) / Math.max(1, shown.length));
  const top = height / 2 - (lane * shown.length) / 2;
  shown.forEach((label, row) => {
    context.fillStyle = label.color;
    context.globalAlpha = 0.5;
    for (const [from, to] of mask.extents.get(label.value) ?? []) {
      context.fillRect(strip.x(from) - step / 2, top + row * lane, Math.max(1.5, (to - from + 1) * step), Math.max(1, lane - 1));
    }
  });
  context.globalAlpha = 1;
}

/**
 * Painted slices in the colours of their labels; those marked as holding nothing as empty boxes. Interpolated ones are lower,
 * pale and broken.
 * @param {CanvasRenderingContext2D} context
 * @param {Strip} strip
 * @param {AppState} state
 */
function drawSlices(context, strip, { annotations, labels }) {
  if (!annotations) return;
  const { height, step } = strip;
  const width = clamp(step, 3, 7);
  for (const slice of annotations.indices("painted")) {
    const values = annotations.values(slice);
    const part = (height - 16) / Math.max(1, values.length);
    values.forEach((value, row) => {
      context.fillStyle = labels.find((label) => label.value === value)?.color ?? "#fff";
      context.fillRect(strip.x(slice) - width / 2, 8 + row * part, width, part);
    });
  }
  drawInterpolated(context, strip, { annotations, labels });
  context.strokeStyle = "#9aa3ad";
  context.lineWidth = 1.25;
  for (const slice of annotations.indices("empty")) context.strokeRect(strip.x(slice) - width / 2, 10, width, height - 20);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Strip} strip
 * @param {{annotations: AnnotationBook, labels: Label[]}} shown
 */
function drawInterpolated(context, strip, { annotations, labels }) {
  const { height, step } = strip;
  const width = clamp(step - 1, 1, 7);
  for (const slice of annotations.indices("interpolated")) {
    const colours = annotations.values(slice).map((value) => labels.find((label) => label.value === value)?.color ?? "#fff");
    for (let y = 14, n = 0; colours.length && y + 2 <= height - 14; y += 4, n++) {
      context.fillStyle = colours[Math.floor((n * 4 * colours.length) / (height - 28)) % colours.length];
      context.fillRect(strip.x(slice) - width / 2, y, width, 2);
    }
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Strip} strip
 * @param {number[]} suggested
 * @param {number | null} next of these, filled
 * @param {string} colour
 */
function drawSuggestions(context, strip, suggested, next, colour) {
  const { height } = strip;
  for (const slice of suggested) {
    const x = strip.x(slice);
    context.strokeStyle = colour;
    context.lineWidth = 1;
    context.setLineDash([2, 3]);
    context.beginPath();
    context.moveTo(x, 12);
    context.lineTo(x, height - 12);
    context.stroke();
    context.setLineDash([]);
    context.fillStyle = slice === next ? colour : "#10141a";
    context.beginPath();
    context.arc(x, height / 2, slice === next ? 5 : 4, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Strip} strip
 * @param {number} current
 */
function drawCurrent(context, strip, current) {
  const x = strip.x(current);
  context.fillStyle = "#f2f5f8";
  context.fillRect(x - 1, 3, 2, strip.height - 6);
  context.beginPath();
  context.moveTo(x - 5, 1);
  context.lineTo(x + 5, 1);
  context.lineTo(x, 8);
  context.fill();
}

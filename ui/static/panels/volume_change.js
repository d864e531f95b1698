/** How a label's volume has changed since the run before: beside its millilitres, with both in the hint. */
import { formatMl, h } from "../lib/dom.js";

/**
 * @import { Mask, MaskLabel } from "../api/types.d.ts"
 * @typedef {Pick<MaskLabel, "volume_ml" | "previous_ml">} Volumes
 * @typedef {Pick<Mask, "created_at" | "previous" | "draft">} Made
 */

const SMALLEST_ML = 0.005; // what two digits show as 0

/**
 * The change in words, such as "+1.20 mL (+9 %)"; "" where there is nothing to compare, "new" for a label the run before had not.
 * @param {Volumes} label
 */
export function changeText({ volume_ml: now, previous_ml: before }) {
  if (before === null || before === undefined) return "new";
  const more = now - before;
  if (Math.abs(more) < SMALLEST_ML) return "\u00b1 0";
  const sign = more > 0 ? "+" : "\u2212";
  const percent = before > 0 ? ` (${sign}${percentText((100 * Math.abs(more)) / before)}\u2009%)` : "";
  return `${sign}${formatMl(Math.abs(more))}${percent}`;
}

/** @param {number} percent */
const percentText = (percent) => (percent >= 10 ? percent.toFixed(0) : percent.toFixed(1));

/**
 * What of a mask tells when it was made, without its voxels.
 * @param {Made} mask
 * @returns {Made}
 */
export const madeWhen = ({ created_at, previous, draft }) => ({ created_at, previous, draft });

/**
 * The change beside a label's volume; null where the volume has no mask before this one.
 * @param {Volumes} label
 * @param {Made} mask
 */
export function volumeChange(label, mask) {
  if (!mask.previous) return null;
  const now = `${formatMl(label.volume_ml)} in ${mask.draft ? "the draft" : "the run"} of ${moment(mask.created_at)}`;
  const before = typeof label.previous_ml === "number" ? `${formatMl(label.previous_ml)} in that` : "no such label in that";
  return h("span.label-change.num", { "data-testid": "label-change", title: `${now}, ${before} of ${moment(mask.previous.created_at)}.` }, changeText(label));
}

/** @param {string} iso */
function moment(iso) {
  const when = new Date(iso);
  const time = when.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return when.toDateString() === new Date().toDateString() ? time : `${when.toLocaleDateString([], { day: "numeric", month: "short" })} ${time}`;
}

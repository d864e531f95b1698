/** How a label's volume has changed since the run before: beside its millilitres, with both in the hint. */
import { formatMl, h } from "../lib/dom.js";
import { decimal, shortMoment, t } from "../words/index.js";

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
  if (before === null || before === undefined) return t("volumes.change.new");
  const more = now - before;
  if (Math.abs(more) < SMALLEST_ML) return "\u00b1 0";
  const sign = more > 0 ? "+" : "\u2212";
  const percent = before > 0 ? ` (${sign}${percentText((100 * Math.abs(more)) / before)}\u2009%)` : "";
  return `${sign}${formatMl(Math.abs(more))}${percent}`;
}

/** @param {number} percent */
const percentText = (percent) => decimal(percent, percent >= 10 ? 0 : 1);

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
  const since = mask.draft ? "sinceDraft" : "sinceRun";
  const said = {
    now: formatMl(label.volume_ml),
    when: shortMoment(mask.created_at, { seconds: true }),
    whenBefore: shortMoment(mask.previous.created_at, { seconds: true }),
  };
  const title = typeof label.previous_ml === "number" ? t(`volumes.change.${since}`, { ...said, before: formatMl(label.previous_ml) }) : t(`volumes.change.${since}New`, said);
  return h("span.label-change.num", { "data-testid": "label-change", title }, changeText(label));
}

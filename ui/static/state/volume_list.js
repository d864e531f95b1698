/** The list of a project's volumes: what it says of each, and which of them are listed in which order. */
import { ReviewState } from "../api/contract.js";
import { decimal, t } from "../words/index.js";
import { worded } from "./known.js";
import { hasPaintedMask } from "./painted_masks.js";
import { picturesText } from "./pictures.js";
import { readingFacts } from "./readings.js";

/**
 * @import { AnnotationBook } from "./annotations.js"
 * @import { VolumeState, VolumeSummary } from "../api/types.d.ts"
 *
 * @typedef {"date" | "name" | "confidence"} VolumeOrder
 * @typedef {object} VolumeFilter
 * @property {string} text in the name
 * @property {VolumeState | "sent_back" | null} state null for all
 * @property {VolumeOrder} order
 */

/** @type {VolumeFilter} */
export const ALL_BY_DATE = { text: "", state: null, order: "date" };

/** @type {VolumeOrder[]} */
const ORDER_NAMES = ["date", "name", "confidence"];
export const ORDERS = ORDER_NAMES.map((order) => ({ order, text: t(`volumes.order.${order}`) }));

/** @type {(VolumeState | "sent_back")[]} */
const FILTER_NAMES = ["new", "painted", "predicted", "in_review", "accepted", "sent_back"];
/** What the list can be filtered by: states, and being sent back, which a painted or predicted volume can be. */
export const FILTERS = FILTER_NAMES.map((each) => /** @type {[VolumeState | "sent_back", string]} */ ([each, t(`volumes.state.${each}`)]));

/**
 * Whether a volume is of a filter.
 * @param {VolumeSummary} volume
 * @param {VolumeFilter["state"]} state
 */
export const isOf = (volume, state) => !state || volume.state === state || volume.review?.state === state;

/**
 * What a volume's row says of its readings and its review; "" where it has none.
 * @param {VolumeSummary} volume
 */
export function reviewFacts({ review, reading }) {
  const { state, open_comments: open } = review ?? {};
  return [readingFacts({ reading }), state && worded(ReviewState, state, (each) => t(`volumes.state.${each}`)), open && t("volumes.facts.openComments", { count: open })].filter(Boolean).join(" \u00b7 ");
}

/**
 * What was done with a volume, for the line under its name.
 *
 * @param {VolumeSummary} volume
 * @param {AnnotationBook | null} [book] of the volume on screen: what is painted right now
 */
export function volumeStatus(volume, book) {
  const { painted, plane, mask_draft: isDraft, mask_differs: differs } = volume;
  const count = book?.plane === plane ? book.indices("painted").length : (painted?.[plane] ?? 0);
  const predicted = differs ? t("volumes.facts.differs") : t("volumes.state.predicted");
  const status = volume.mask_id && !hasPaintedMask(volume) ? (isDraft ? t("slices.state.draft") : predicted) : count ? "" : t("volumes.state.new");
  return [status, count && t("volumes.facts.painted", { count })].filter(Boolean).join(" \u00b7 ");
}

/** How large it is; it comes after the status and goes where the line has no room. @param {VolumeSummary} volume */
export const volumeSize = ({ shape, pictures }) => ` \u00b7 ${pictures?.length ? picturesText(pictures.length) : shape.join("\u2009\u00d7\u2009")}`;

/**
 * The whole line under a volume's name.
 * @param {VolumeSummary} volume
 * @param {AnnotationBook | null} [book]
 */
export const volumeFacts = (volume, book) => volumeStatus(volume, book) + volumeSize(volume);

/**
 * How good the newest mask is likely to be, for a narrow line and in words; both empty where nobody can tell.
 * @param {VolumeSummary} volume
 */
export function qualityFacts({ worst_label: worst, mean_confidence: confidence }) {
  const percent = typeof confidence === "number" ? `${Math.round(100 * confidence)} %` : "";
  if (!worst) return { short: percent, long: percent && t("volumes.facts.qualityConfidence", { percent }) };
  const { name: label } = worst;
  const dice = decimal(worst.expected_dice, 2);
  return {
    short: [percent, `${label} \u2248 ${dice}`].filter(Boolean).join(" \u00b7 "),
    long: percent ? t("volumes.facts.quality", { percent, dice, label }) : t("volumes.facts.qualityDice", { dice, label }),
  };
}

/**
 * The volumes that are listed, in order; they come by date.
 * @param {VolumeSummary[]} volumes
 * @param {VolumeFilter} filter
 */
export function listed(volumes, { text, state, order }) {
  const wanted = text.trim().toLocaleLowerCase();
  const found = volumes.filter((volume) => isOf(volume, state) && volume.name.toLocaleLowerCase().includes(wanted));
  if (order === "name") found.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
  if (order === "confidence") found.sort((a, b) => (a.mean_confidence ?? Infinity) - (b.mean_confidence ?? Infinity) || 0); // of none: last
  return found;
}

/** The list of a project's volumes: what it says of each, and which of them are listed in which order. */
import { readingFacts } from "./readings.js";

import { picturesText } from "./pictures.js";

/**
 * @import { AnnotationBook } from "./annotations.js"
 * @import { ReviewStateName, VolumeState, VolumeSummary } from "../api/types.d.ts"
 *
 * @typedef {"date" | "name" | "confidence"} VolumeOrder
 * @typedef {object} VolumeFilter
 * @property {string} text in the name
 * @property {VolumeState | "sent_back" | null} state null for all
 * @property {VolumeOrder} order
 */

/** @type {VolumeFilter} */
export const ALL_BY_DATE = { text: "", state: null, order: "date" };

/** @type {{order: VolumeOrder, text: string}[]} */
export const ORDERS = [
  { order: "date", text: "Date of import" },
  { order: "name", text: "Name" },
  { order: "confidence", text: "Lowest confidence" },
];

/** @type {Record<VolumeState, string>} */
export const STATE_NAMES = { new: "New", painted: "Painted", predicted: "Predicted", in_review: "In review", accepted: "Accepted" };

/** @type {Record<ReviewStateName, string>} */
const REVIEW_NAMES = { in_review: STATE_NAMES.in_review, sent_back: "Sent back", accepted: STATE_NAMES.accepted };

/** What the list can be filtered by: states, and being sent back, which a painted or predicted volume can be. */
export const FILTERS = /** @type {[VolumeState | "sent_back", string][]} */ ([...Object.entries(STATE_NAMES), ["sent_back", REVIEW_NAMES.sent_back]]);

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
  return [readingFacts({ reading }), state && REVIEW_NAMES[state], open && `${open} open comment${open === 1 ? "" : "s"}`].filter(Boolean).join(" \u00b7 ");
}

/**
 * The line under a volume's name.
 *
 * @param {VolumeSummary} volume
 * @param {AnnotationBook | null} [book] of the volume on screen: what is painted right now
 */
export function volumeFacts({ painted, plane, mask_id: maskId, mask_draft: isDraft, mask_differs: differs, shape, pictures }, book) {
  const count = book?.plane === plane ? book.indices("painted").length : (painted?.[plane] ?? 0);
  const predicted = differs ? `${STATE_NAMES.predicted}, differs` : STATE_NAMES.predicted;
  const status = maskId ? (isDraft ? "Draft" : predicted) : count ? "" : STATE_NAMES.new;
  return [status, count && `${count} painted`, pictures?.length ? picturesText(pictures.length) : shape.join("\u2009\u00d7\u2009")].filter(Boolean).join(" \u00b7 ");
}

/**
 * How good the newest mask is likely to be, for a narrow line and in words; both empty where nobody can tell.
 * @param {VolumeSummary} volume
 */
export function qualityFacts({ worst_label: worst, mean_confidence: confidence }) {
  const percent = typeof confidence === "number" && `${Math.round(100 * confidence)} %`;
  const dice = worst?.expected_dice.toFixed(2);
  const join = (/** @type {(string | false | null | undefined)[]} */ parts, /** @type {string} */ by) => parts.filter(Boolean).join(by);
  return {
    short: join([percent, worst && `${worst.name} \u2248 ${dice}`], " \u00b7 "),
    long: join([percent && `Confidence ${percent}`, worst && `lowest expected Dice ${dice} of ${worst.name}`], ", "),
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

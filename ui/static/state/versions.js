/** Versions of one slice: what is said of them, and what changed from one to the next. Pure. */

import { dayAndTime, t } from "../words/index.js";

/** @import { Label, SliceVersion } from "../api/types.d.ts" */
/** @typedef {{value: number, name: string, color: string, added: number, removed: number}} LabelChange in cells */

/**
 * Cells that each label gained and lost, of labels where that is any, by value.
 * @param {Uint8Array} before
 * @param {Uint8Array} after
 * @param {Pick<Label, "value" | "name" | "color">[]} labels those that the project has; others are called by their number
 * @returns {LabelChange[]}
 */
export function changesBetween(before, after, labels) {
  const [added, removed] = [new Uint32Array(256), new Uint32Array(256)];
  for (let at = 0; at < after.length; at++) {
    if (before[at] === after[at]) continue;
    added[after[at]]++;
    removed[before[at]]++;
  }
  const found = [];
  for (let value = 1; value < 256; value++) {
    if (!added[value] && !removed[value]) continue;
    const label = labels.find((each) => each.value === value);
    found.push({ value, name: label?.name ?? t("slices.history.deletedLabel", { value }), color: label?.color ?? "#888888", added: added[value], removed: removed[value] });
  }
  return found;
}

/**
 * @param {LabelChange} change
 * @param {import("./slices.js").SliceKind} kind whose cells were counted: a picture's are pixels
 */
export function changeText({ name, added, removed }, kind) {
  const changes = [added && `+${added}`, removed && `\u2212${removed}`].filter(Boolean).join(" ");
  return t(`slices.history.change.${kind}`, { name, changes, count: removed || added });
}

/**
 * Labels that can be painted now: cells of labels that were deleted become background.
 * @param {Uint8Array} labels
 * @param {Pick<Label, "value">[]} known
 */
export function withoutDeleted(labels, known) {
  const values = new Set(known.map(({ value }) => value));
  return labels.map((value) => (values.has(value) ? value : 0));
}

/**
 * Its number, state, and who saved it when.
 * @param {Pick<SliceVersion, "version" | "state" | "author_name" | "saved_at">} version
 */
export function versionText({ version, state, author_name: who, saved_at: at }) {
  const when = dayAndTime(at);
  return { title: `${version} \u00b7 ${t(`slices.state.${state}`)}`, by: who ? t("slices.history.by", { who, when }) : when };
}

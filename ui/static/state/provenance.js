/** How labels came onto slices, in words, and which slices a filter means. Pure. */
import { MergeMethod, OriginKind } from "../api/contract.js";
import { day, dayAndTime, enumerated, listed, t } from "../words/index.js";
import { known } from "./known.js";

/**
 * @import { Origin, OriginKindName } from "../api/types.d.ts"
 * @import { AppState, OriginFilter } from "./types.d.ts"
 * @typedef {Pick<AppState, "annotations" | "provenance" | "plane" | "mask" | "labels">} Known
 */

/** Kinds as a filter offers them. @type {OriginKindName[]} */
export const KIND_CHOICES = [OriginKind.PAINTED, OriginKind.OUTLINED, OriginKind.ACCEPTED, OriginKind.CORRECTED, OriginKind.INTERPOLATED, OriginKind.IMPORTED, OriginKind.MERGED, OriginKind.PREDICTED];

/** What stands out most of several kinds on one slice, the first of them. */
const ORDER = [OriginKind.CORRECTED, OriginKind.ACCEPTED, OriginKind.IMPORTED, OriginKind.MERGED, OriginKind.OUTLINED, OriginKind.PAINTED, OriginKind.INTERPOLATED, OriginKind.PREDICTED];

/**
 * The records of a slice by label value; null where they are not known, as of what is not saved yet.
 *
 * @param {Known} state
 * @param {number} index
 * @returns {Record<string, Origin> | null}
 */
export function originsOf({ annotations, provenance, plane }, index) {
  const slice = annotations?.get(index);
  const told = provenance?.slices.get(`${plane}/${index}`);
  return told && slice && told.version === slice.version && slice.savedAt !== null ? told.labels : null;
}

/**
 * How the labels of a slice came onto it, without repeats, what stands out most first.
 *
 * @param {Known} state
 * @param {number} index
 * @returns {OriginKindName[]}
 */
export function kindsOf(state, index) {
  const { annotations } = state;
  const origins = originsOf(state, index);
  if (origins) return ORDER.filter((kind) => Object.values(origins).some((origin) => origin.kind === kind));
  const slice = annotations?.state(index) ?? "cleared";
  if (slice === "painted" || slice === "interpolated") return [slice];
  return slice === "cleared" && isPredicted(state, index) ? [OriginKind.PREDICTED] : [];
}

/** @param {Known} state @param {number} index */
function isPredicted({ mask }, index) {
  return [...(mask?.extents.values() ?? [])].flat().some(([first, last]) => first <= index && index <= last);
}

/**
 * How a slice came to be, in words: "painted by Anna, 3 Nov"; "" where nothing is known.
 *
 * @param {Known} state
 * @param {number} index
 */
export function originText(state, index) {
  const origins = originsOf(state, index);
  if (!origins) return enumerated(kindsOf(state, index).map((kind) => t(`slices.origin.${kind}`)));
  /** @type {Map<string, string[]>} */
  const byText = new Map();
  for (const [value, origin] of Object.entries(origins)) {
    const text = recordText(origin, state);
    const name = state.labels.find((label) => label.value === Number(value))?.name ?? value;
    byText.set(text, [...(byText.get(text) ?? []), name]);
  }
  const parts = [...byText];
  return parts.length === 1 ? parts[0][0] : parts.map(([text, names]) => t("slices.origin.ofLabels", { labels: listed(names), text })).join("; ");
}

/** @param {Origin} origin @param {Known} state */
function recordText(origin, { provenance }) {
  const name = provenance?.people[origin.by];
  const what = doneText(origin, provenance?.masks.find(({ mask_id: id }) => id === origin.mask)?.created_at);
  return name ? t("slices.origin.by", { what, name, day: day(origin.at) }) : t("slices.origin.day", { what, day: day(origin.at) });
}

/**
 * What was done, and to what: "imported from m.nii, then corrected".
 *
 * @param {Omit<Origin, "by" | "at">} origin
 * @param {string | undefined} made when the mask that predicted it was
 * @returns {string}
 */
function doneText({ kind, source, ...rest }, made) {
  if (kind === OriginKind.ACCEPTED || kind === OriginKind.CORRECTED) {
    if (source === OriginKind.PREDICTED) return made ? t(`slices.origin.${kind}FromRun`, { moment: dayAndTime(made) }) : t(`slices.origin.${kind}FromPrediction`);
    return source ? t(`slices.origin.then.${kind}`, { before: doneText({ kind: source, ...rest }, made) }) : t(`slices.origin.${kind}`);
  }
  const { file, resampled, said, merge } = rest;
  if (kind === OriginKind.MERGED && merge) {
    const method = known(MergeMethod, merge.method);
    return method ? t(`slices.origin.mergedBy.${method}`, { count: merge.readings.length }) : t("slices.origin.merged");
  }
  if (kind !== OriginKind.IMPORTED) return t(`slices.origin.${kind}`);
  const what = importedText(file, resampled);
  return said ? t("slices.origin.said", { what, said: said.by ? t("slices.origin.saidBy", { said: t(`slices.origin.${said.kind}`), name: said.by }) : t(`slices.origin.${said.kind}`) }) : what;
}

/** @param {string | null} [file] @param {boolean | null} [resampled] it was on another grid */
function importedText(file, resampled) {
  if (resampled) return file ? t("slices.origin.importedResampledFrom", { file }) : t("slices.origin.importedResampled");
  return file ? t("slices.origin.importedFrom", { file }) : t("slices.origin.imported");
}

/**
 * Slices that the filter means, ascending; null while it means all.
 *
 * @param {Known & Pick<AppState, "originFilter">} state
 * @returns {number[] | null}
 */
export function matchingSlices(state) {
  const { originFilter: filter, annotations } = state;
  if (!annotations || (!filter.kind && !filter.person)) return null;
  return Array.from({ length: annotations.size.slices }, (_, index) => index).filter((index) => matches(state, index, filter));
}

/** @param {Known} state @param {number} index @param {OriginFilter} filter */
function matches(state, index, { kind, person }) {
  if (!person) return kind !== null && kindsOf(state, index).includes(kind);
  const origins = Object.values(originsOf(state, index) ?? {});
  return origins.some((origin) => origin.by === person && (!kind || origin.kind === kind));
}

/**
 * People who did something on slices of the plane, by name; those without a name are left out.
 *
 * @param {Known} state
 * @returns {{ id: string, name: string }[]}
 */
export function peopleOf({ provenance }) {
  const named = Object.entries(provenance?.people ?? {}).flatMap(([id, name]) => (name ? [{ id, name }] : []));
  return named.sort((a, b) => a.name.localeCompare(b.name));
}

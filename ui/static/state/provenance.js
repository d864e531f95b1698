/** How labels came onto slices, in words, and which slices a filter means. Pure. */
import { OriginKind } from "../api/contract.js";

/**
 * @import { Origin, OriginKindName } from "../api/types.d.ts"
 * @import { AppState, OriginFilter } from "./types.d.ts"
 * @typedef {Pick<AppState, "annotations" | "provenance" | "plane" | "mask" | "labels">} Known
 */

/** @type {Record<OriginKindName, string>} */
export const KIND_WORDS = {
  painted: "painted",
  outlined: "outlined by SAM",
  accepted: "accepted",
  corrected: "corrected",
  imported: "imported",
  merged: "merged",
  interpolated: "interpolated",
  predicted: "predicted",
};

/** Kinds as a filter offers them. @type {[OriginKindName, string][]} */
export const KIND_CHOICES = [
  [OriginKind.PAINTED, "Painted by hand"],
  [OriginKind.OUTLINED, "Outlined by SAM"],
  [OriginKind.ACCEPTED, "Accepted"],
  [OriginKind.CORRECTED, "Corrected"],
  [OriginKind.INTERPOLATED, "Interpolated"],
  [OriginKind.IMPORTED, "Imported"],
  [OriginKind.MERGED, "Merged from readings"],
  [OriginKind.PREDICTED, "Only predicted"],
];

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
  if (!origins) return kindsOf(state, index).map((kind) => KIND_WORDS[kind]).join(", ");
  /** @type {Map<string, string[]>} */
  const byText = new Map();
  for (const [value, origin] of Object.entries(origins)) {
    const text = recordText(origin, state);
    const name = state.labels.find((label) => label.value === Number(value))?.name ?? value;
    byText.set(text, [...(byText.get(text) ?? []), name]);
  }
  const parts = [...byText];
  return parts.length === 1 ? parts[0][0] : parts.map(([text, names]) => `${names.join(", ")}: ${text}`).join("; ");
}

/** @param {Origin} origin @param {Known} state */
function recordText(origin, { provenance }) {
  const { kind, source, mask, file, said, merge, by, at } = origin;
  const name = provenance?.people[by];
  const run = provenance?.masks.find(({ mask_id: id }) => id === mask);
  const from = kind !== OriginKind.ACCEPTED && kind !== OriginKind.CORRECTED ? "" : source === OriginKind.PREDICTED ? ` from ${run ? `the run of ${dayText(run.created_at, true)}` : "a prediction"}` : source ? ` (${KIND_WORDS[source]})` : "";
  const origins = kind === OriginKind.IMPORTED ? `${file ? ` from ${file}` : ""}${said ? ` (there ${KIND_WORDS[said.kind]}${said.by ? ` by ${said.by}` : ""})` : ""}` : from;
  const readings = merge ? ` (${merge.method} of ${merge.readings.length} reading${merge.readings.length === 1 ? "" : "s"})` : "";
  return `${KIND_WORDS[kind]}${origins}${readings}${name ? ` by ${name}` : ""}, ${dayText(at)}`;
}

/** @param {string} at ISO 8601 @param {boolean} [withTime] */
function dayText(at, withTime = false) {
  const moment = new Date(at);
  const year = moment.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  const day = moment.toLocaleDateString("en-GB", { day: "numeric", month: "short", year });
  return withTime ? `${day} ${moment.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })}` : day;
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

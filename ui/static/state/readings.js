/** Blind readings in words, and what may be done with them. Pure. */
import { MergeMethod, ReadingState, SliceState } from "../api/contract.js";
import { decimal, listed, t } from "../words/index.js";
import { worded } from "./known.js";

/**
 * @import { AgreementPair, ImportedAnnotations, Login, Reading, Readings, VolumeSummary } from "../api/types.d.ts"
 * @import { SliceKind } from "./slices.js"
 * @import { AppState } from "./types.d.ts"
 */

/** The labels of a reading in the place of a run's mask, where two are compared. */
const PREFIX = "reading:";

/** @param {string} volumeId */
export const comparedId = (volumeId) => PREFIX + volumeId;

/** The volume of a reading that is compared; null of a run. @param {string} id */
export const comparedReading = (id) => (id.startsWith(PREFIX) ? id.slice(PREFIX.length) : null);

/** Whether a volume is somebody's blind reading. @param {Pick<VolumeSummary, "reading">} volume */
export const isReading = ({ reading }) => Boolean(reading?.reader);

/**
 * Whether a volume is somebody's reading that this person does not change: finished, revealed, or another one's.
 * @param {Pick<VolumeSummary, "reading">} volume
 * @param {Login | null | undefined} login
 */
export function isClosedReading({ reading }, login) {
  if (!reading?.reader) return false;
  return reading.state !== ReadingState.READING || !isMine(reading, login);
}

/**
 * @param {NonNullable<VolumeSummary["reading"]>} reading
 * @param {Login | null | undefined} login null where nobody logs in
 */
const isMine = (reading, login) => !login || login.name === reading.reader_name;

/**
 * Why such a volume is not changed, in words.
 * @param {Pick<VolumeSummary, "reading">} volume
 * @param {Login | null | undefined} login
 */
export function closedText({ reading }, login) {
  if (reading?.state === ReadingState.REVEALED) return t("readings.closed.compared");
  if (reading && isMine(reading, login)) return t("readings.closed.finished");
  return reading?.reader_name ? t("readings.closed.others", { name: reading.reader_name }) : t("readings.closed.somebodys");
}

/**
 * What a volume's row in the list says; "" of one that nobody reads.
 * @param {Pick<VolumeSummary, "reading">} volume
 */
export function readingFacts({ reading }) {
  if (!reading) return "";
  const { reader, reader_name: name, state, finished, total } = reading;
  if (!reader) return state === ReadingState.REVEALED ? t("readings.row.compared") : t("readings.row.beingRead", { finished, total });
  return worded(ReadingState, state, (each) => (name ? t(`readings.row.named.${each}`, { name }) : t(`readings.row.nameless.${each}`)));
}

/**
 * What is said of the readings of the volume on screen.
 * @param {Readings} readings
 * @returns {{ title: string, note: string }}
 */
export function readingsText({ readings, state, is_first: isFirst, may_see_all: seesAll }) {
  const open = readings.filter((each) => each.state !== ReadingState.REVEALED);
  const mine = open.find((each) => each.is_mine);
  const total = open.length;
  const finished = open.filter((each) => each.state === ReadingState.FINISHED).length;
  if (state === ReadingState.REVEALED) return { title: t("readings.state.compared"), note: "" };
  if (mine?.state === ReadingState.FINISHED) {
    const waiting = open.filter((each) => each.state === ReadingState.READING && !each.is_mine);
    return { title: t("readings.state.finished"), note: t("readings.state.finishedNote", { names: waiting.length ? namesOf(waiting) : t("readings.state.others") }) };
  }
  if (mine && isFirst && total === 1) return { title: t("readings.state.second"), note: t("readings.state.secondNote") };
  if (mine) return { title: t("readings.row.nameless.reading"), note: t("readings.state.blindNote", { finished, total }) };
  const note = seesAll ? "readings.state.beingReadSeen" : "readings.state.beingReadNote";
  return { title: t("readings.state.beingRead"), note: t(note, { names: namesOf(open), finished, total }) };
}

/** @param {Reading[]} readings */
const namesOf = (readings) => listed(readings.map((each) => each.reader_name ?? t("readings.state.somebody")));

/** @param {number | null | undefined} value */
export const shareText = (value) => (typeof value === "number" ? decimal(value > 0.9995 && value < 1 ? 0.999 : value, 3) : "\u2013");

/** @param {number | null | undefined} value @param {string} unit */
export const lengthText = (value, unit) => (typeof value === "number" ? `${decimal(value, 1)} ${unit}` : "\u2013");

/**
 * One line of what a pair comes to.
 * @param {AgreementPair} pair
 * @param {SliceKind} kind what was read
 * @param {string} unit of its lengths
 */
export function pairText({ mean, slices, differing_voxels: voxels }, kind, unit) {
  if (!voxels) return t(`readings.pair.same.${kind}`);
  return t(`readings.pair.facts.${kind}`, { count: slices.length, dice: shareText(mean.dice), hd95: lengthText(mean.hd95_mm, unit) });
}

/**
 * Whose labels are taken: a reader's, by name; of who read twice the reading's number, by which raters end.
 * @param {{ id: string, name: string } | undefined} rater
 * @param {Pick<Readings, "readings" | "is_first">} readings
 */
export function takenText(rater, { readings, is_first: isFirst }) {
  if (!rater) return t("readings.merge.asDeleted");
  const reader = readings.find((each) => each.volume_id === rater.id);
  const isOnly = !isFirst && readings.filter((each) => each.reader === reader?.reader).length === 1;
  if (reader?.reader_name && isOnly) return t("readings.merge.asReadBy", { name: reader.reader_name });
  return t("readings.merge.asNumber", { number: rater.name.split(" ").at(-1) ?? "" });
}

/**
 * Ways to merge, as a person chooses among them.
 * @param {{ id: string, name: string }[]} raters
 * @param {Parameters<typeof takenText>[1]} readings
 * @returns {{ value: import("../api/readings.js").MergeBody, text: string, hint: string, testid: string }[]}
 */
export function mergeChoices(raters, readings) {
  const rule = t(raters.length === 2 ? "readings.merge.majorityOfTwo" : "readings.merge.majorityOfMany");
  return [
    { value: { method: MergeMethod.MAJORITY }, text: t("readings.merge.majority"), hint: rule, testid: "merge-majority" },
    { value: { method: MergeMethod.STAPLE }, text: t("readings.merge.staple"), hint: t("readings.merge.stapleHint"), testid: "merge-staple" },
    ...raters.map((rater) => ({ value: { method: MergeMethod.READING, reading: rater.id }, text: takenText(rater, readings), hint: t("readings.merge.asHint"), testid: "merge-reading" })),
  ];
}

/**
 * How many slices the reading on screen says nothing of: neither painted, nor noted as empty, nor predicted.
 * @param {Pick<AppState, "annotations" | "mask">} state
 */
export function unsaidSlices({ annotations, mask }) {
  if (!annotations || (mask && !mask.draft)) return 0;
  return annotations.size.slices - annotations.indices(SliceState.PAINTED, SliceState.EMPTY, SliceState.INTERPOLATED).length;
}

/**
 * What a merge did to the slices of the volume that was read.
 * @param {Pick<ImportedAnnotations, "annotations" | "changes">} merged
 * @param {SliceKind} kind
 */
export function mergedText({ annotations, changes }, kind) {
  const emptied = annotations.filter(({ state }) => state === SliceState.EMPTY).length;
  const painted = changes.length - emptied;
  if (painted && emptied) return t(`readings.merge.doneBoth.${kind}`, { count: painted, emptied });
  if (emptied) return t(`readings.merge.doneEmptied.${kind}`, { count: emptied });
  return painted ? t(`readings.merge.done.${kind}`, { count: painted }) : t("readings.merge.nothing");
}

/**
 * Everybody whose labels were compared, in order.
 * @param {AgreementPair[]} pairs
 */
export function ratersOf(pairs) {
  const names = new Map(pairs.flatMap((pair) => [[pair.first_id, pair.first_name], [pair.second_id, pair.second_name]]));
  return [...names].map(([id, name]) => ({ id, name }));
}

/**
 * The two readings that are compared on screen; empty while none are.
 * @param {Partial<Pick<AppState, "comparison">>} state
 */
export function readingsOnScreen({ comparison }) {
  const found = comparison?.chosen.map((id) => ({ id: comparedReading(id), name: comparison.runs.find((run) => run.id === id)?.title ?? "" }));
  return found?.every(({ id }) => id) ? /** @type {{ id: string, name: string }[]} */ (found) : [];
}

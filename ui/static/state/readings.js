/** Blind readings in words, and what may be done with them. Pure. */
import { MergeMethod, ReadingState } from "../api/contract.js";

/**
 * @import { AgreementPair, Login, Readings, VolumeSummary } from "../api/types.d.ts"
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
  if (reading?.state === ReadingState.REVEALED) return "The readings of this scan have been compared, so this one is frozen; merge them, and go on with the volume that was read";
  return reading && isMine(reading, login) ? "This reading is finished; take it back to go on" : `${personOf(reading?.reader_name)} is reading this scan blind, and nobody else changes it`;
}

/** @param {string | null | undefined} name */
const personOf = (name) => name ?? "You";

/**
 * What a volume's row in the list says; "" of one that nobody reads.
 * @param {Pick<VolumeSummary, "reading">} volume
 */
export function readingFacts({ reading }) {
  if (!reading) return "";
  const { reader, reader_name: name, state, finished, total } = reading;
  if (!reader) return state === ReadingState.REVEALED ? "Read blind, compared" : `Being read, ${finished} of ${total} finished`;
  const by = name ? ` by ${name}` : "";
  return { reading: `Blind reading${by}`, finished: `Finished reading${by}`, revealed: `Reading${by}` }[state];
}

/**
 * What is said of the readings of the volume on screen.
 * @param {Readings} readings
 * @returns {{ title: string, note: string }}
 */
export function readingsText({ readings, state, is_first: isFirst, may_see_all: seesAll }) {
  const open = readings.filter((each) => each.state !== ReadingState.REVEALED);
  const mine = open.find((each) => each.is_mine);
  const waiting = open.filter((each) => each.state === ReadingState.READING && !each.is_mine).map((each) => personOf(each.reader_name));
  const finished = open.filter((each) => each.state === ReadingState.FINISHED).length;
  if (state === ReadingState.REVEALED) return { title: "Readings compared", note: "" };
  if (mine?.state === ReadingState.FINISHED) return { title: "Reading finished", note: `Waiting for ${listed(waiting)}. Until then nobody sees the other's work, and you can take yours back.` };
  if (mine && isFirst && open.length === 1) return { title: "Second reading", note: "What was labelled before is out of sight until you have finished, so that it does not guide you." };
  if (mine) return { title: "Blind reading", note: `You do not see what the others make of this scan, and they do not see yours, until all ${open.length} have finished. ${finished} of ${open.length} so far.` };
  const sees = seesAll ? " You are none of them and see their work; they do not see each other's." : "";
  return { title: "Being read blind", note: `By ${listed(open.map((each) => personOf(each.reader_name)))}: ${finished} of ${open.length} finished.${sees}` };
}

/** @param {string[]} names */
const listed = (names) => (names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names.at(-1)}` : (names[0] ?? "the others"));

/** @param {number | null | undefined} value */
export const shareText = (value) => (typeof value === "number" ? (value > 0.9995 && value < 1 ? "0.999" : value.toFixed(3)) : "\u2013");

/** @param {number | null | undefined} value */
export const mmText = (value) => (typeof value === "number" ? `${value.toFixed(1)} mm` : "\u2013");

/** One line of what a pair comes to. @param {AgreementPair} pair */
export function pairText({ mean, slices, differing_voxels: voxels }) {
  if (!voxels) return "The same, voxel by voxel";
  const count = slices.length;
  return `Dice ${shareText(mean.dice)} \u00b7 HD95 ${mmText(mean.hd95_mm)} \u00b7 ${count === 1 ? "1 slice differs" : `${count} slices differ`}`;
}

/**
 * Ways to merge, as a person chooses among them.
 * @param {{ id: string, name: string }[]} raters
 * @returns {{ value: import("../api/readings.js").MergeBody, text: string, hint: string, testid: string }[]}
 */
export function mergeChoices(raters) {
  const rule = raters.length === 2 ? "only what both agree on" : "what more than half of them say, else nothing";
  return [
    { value: { method: MergeMethod.MAJORITY }, text: "Majority", hint: rule, testid: "merge-majority" },
    { value: { method: MergeMethod.STAPLE }, text: "STAPLE", hint: "readers weighted by how well they agree", testid: "merge-staple" },
    ...raters.map(({ id, name }) => ({ value: { method: MergeMethod.READING, reading: id }, text: `As ${name} has it`, hint: "then change what you see otherwise", testid: "merge-reading" })),
  ];
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

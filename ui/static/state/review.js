/** The review of the volume on screen: which slice comes next, how far it is, what its comments say. Pure. */
import { ReviewState } from "../api/contract.js";
import { dayAndTime, t } from "../words/index.js";
import { mayReview } from "./access.js";
import { sliceOnScreen } from "./slices.js";

/**
 * @import { AppState } from "./types.d.ts"
 * @import { Review, ReviewComment, ReviewStepFacts, SliceToCheck, Triple, VolumeSummary } from "../api/types.d.ts"
 */

/** Whether the volume on screen is being reviewed. @param {Pick<AppState, "review">} state */
export const isInReview = ({ review }) => review?.state === ReviewState.IN_REVIEW;

/**
 * Whether the slice on screen may be accepted: it is in review, and seen as it is, in its own plane.
 * @param {Pick<AppState, "review" | "comparison" | "mainPane" | "plane"> & Parameters<typeof mayReview>[0]} state
 */
export const mayCheck = (state) => isInReview(state) && mayReview(state) && !state.comparison && state.mainPane === state.plane;

/**
 * The next slice to look at after the one on screen: the least certain that nobody accepted.
 * @param {Pick<AppState, "review" | "plane" | "cursor">} state
 * @returns {SliceToCheck | undefined}
 */
export function nextToCheck(state) {
  const { review, plane } = state;
  const open = (review?.slices ?? []).filter((each) => each.plane === plane && !each.checked_by);
  const at = open.findIndex(({ slice_index: index }) => index === sliceOnScreen(state));
  return open[(at + 1) % open.length];
}

/**
 * Who accepted the slice on screen in this round; null where nobody did.
 * @param {Pick<AppState, "review" | "plane" | "cursor">} state
 */
export function checkedHere(state) {
  const { review, plane } = state;
  const here = sliceOnScreen(state);
  return review?.slices.find((each) => each.plane === plane && each.slice_index === here && each.checked_by) ?? null;
}

/** How many of the slices to look at were. @param {Review["slices"]} slices */
export const lookedAt = (slices) => ({ checked: slices.filter((each) => each.checked_by).length, total: slices.length });

/**
 * How far the review is, in words.
 * @param {Review} review
 * @param {import("./slices.js").SliceKind} [kind] what is looked at
 */
export function progressText({ slices }, kind = "slice") {
  if (!slices.length) return t(`review.progress.nothing.${kind}`);
  const counts = lookedAt(slices);
  return slices.some(({ uncertainty }) => uncertainty !== null) ? t(`review.progress.leastCertain.${kind}`, counts) : t(`review.progress.all.${kind}`, counts);
}

/** Comments that are open. @param {Review | null} review */
export const openComments = (review) => (review?.comments ?? []).filter((each) => !each.resolved_by);

/**
 * Comments to pin on a slice: open ones whose voxel is on it.
 * @param {Review | null} review
 * @param {number} axis the plane's
 * @param {number} index
 */
export const pinsOn = (review, axis, index) => openComments(review).filter(({ voxel }) => voxel[axis] === index);

/**
 * A person, as a reader calls them.
 * @param {string | null | undefined} name null for who has no account
 */
export const personText = (name) => name ?? t("review.you");

/**
 * A step in words: what, who and when, and that both were one person.
 * @param {ReviewStepFacts} step
 */
export function stepText({ step, author_name: name, at, same_person: same }) {
  const text = t(`review.step.${step}`, { name: personText(name), when: dayAndTime(at) });
  return same ? t("review.step.samePerson", { step: text }) : text;
}

/**
 * The volume to review after the one on screen, in the order of the list; undefined where no other is in review.
 * @param {Pick<AppState, "volumes" | "volume">} state
 * @returns {VolumeSummary | undefined}
 */
export function nextInReview({ volumes, volume }) {
  const at = volumes.findIndex(({ id }) => id === volume?.id);
  const ordered = [...volumes.slice(at + 1), ...volumes.slice(0, Math.max(at, 0))];
  return ordered.find(({ review }) => review?.state === ReviewState.IN_REVIEW);
}

/** The voxel of a comment. @param {ReviewComment} comment @returns {Triple} */
export const voxelOf = ({ voxel: [x, y, z] }) => [x, y, z];

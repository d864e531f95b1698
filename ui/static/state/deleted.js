/** What is said of something that was deleted. Pure. */

/** @import { Deleted } from "../api/types.d.ts" */

/** @param {number} count @param {string} noun */
const counted = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

/**
 * What was in it; empty where nothing was.
 * @param {Pick<Deleted, "kind" | "volumes" | "slices" | "masks">} item
 */
export function contentsText({ kind, volumes, slices, masks }) {
  const parts = [];
  if (kind === "project") parts.push(counted(volumes ?? 0, "volume"));
  if (slices) parts.push(kind === "label" ? `painted on ${counted(slices, "slice")}` : counted(slices, "painted slice"));
  if (masks) parts.push(counted(masks, "mask"));
  return parts.join(", ");
}

/** @param {Pick<Deleted, "deleted_by" | "deleted_at">} item */
export function whoAndWhen({ deleted_by: who, deleted_at: at }) {
  const when = new Date(at).toLocaleString([], { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  return who ? `deleted by ${who}, ${when}` : `deleted ${when}`;
}

/** @param {Pick<Deleted, "days_left">} item */
export const daysLeftText = ({ days_left: days }) => (days === 0 ? "deleted for good today" : `${counted(days, "day")} left`);

/** What is said of something that was deleted. Pure. */

import { dayAndTime, enumerated, t } from "../words/index.js";

/** @import { Deleted } from "../api/types.d.ts" */

/**
 * What was in it; empty where nothing was.
 * @param {Pick<Deleted, "kind" | "volumes" | "slices" | "masks">} item
 */
export function contentsText({ kind, volumes, slices, masks }) {
  const parts = [];
  if (kind === "project") parts.push(t("deleted.item.volumes", { count: volumes ?? 0 }));
  if (slices) parts.push(kind === "label" ? t("deleted.item.paintedOn", { count: slices }) : t("deleted.item.slices", { count: slices }));
  if (masks) parts.push(t("deleted.item.masks", { count: masks }));
  return enumerated(parts);
}

/** @param {Pick<Deleted, "deleted_by" | "deleted_at">} item */
export function whoAndWhen({ deleted_by: who, deleted_at: at }) {
  const when = dayAndTime(at);
  return who ? t("deleted.item.by", { name: who, when }) : t("deleted.item.at", { when });
}

/** @param {Pick<Deleted, "days_left">} item */
export const daysLeftText = ({ days_left: days }) => (days === 0 ? t("deleted.item.today") : t("deleted.item.daysLeft", { count: days }));

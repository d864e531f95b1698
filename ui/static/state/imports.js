/** Scans that are imported one after the other: what the list of them says in sum, and what a series is called. */
import { ErrorCode } from "../api/contract.js";
import { t } from "../words/index.js";

/**
 * @import { ImportItem, Progress } from "./types.d.ts"
 * @import { SeriesChoice } from "../api/types.d.ts"
 */

/** @type {("failed" | "present" | "asks" | "cancelled")[]} what the sum names where there are any, first what wants an answer: its end may be cut off */
const NAMED = ["failed", "asks", "present", "cancelled"];

/** @type {(string | undefined)[]} what the server asks about an upload that waits */
const CHOICES = [ErrorCode.SERIES_CHOICE, ErrorCode.RESAMPLE_CHOICE, ErrorCode.HALF_CHOICE, ErrorCode.PICTURES_CHOICE];

/** Whether an error asks what becomes of an upload. @param {string | undefined} code */
export const isChoice = (code) => CHOICES.includes(code);

/** @param {ImportItem} item */
export const isRunning = ({ state }) => state === "uploading" || state === "reading";

/** @param {ImportItem[]} items */
export const isImporting = (items) => items.some((item) => item.state === "waiting" || isRunning(item));

/**
 * How far they are together; null where there are none.
 * @param {ImportItem[]} items
 * @returns {Progress | null}
 */
export function importSummary(items) {
  const total = items.length;
  if (!total) return null;
  const count = (/** @type {ImportItem["state"]} */ state) => items.filter((item) => item.state === state).length;
  const ended = items.filter((item) => item.state !== "waiting" && !isRunning(item)).length;
  const parts = [
    isImporting(items) ? t("imports.sum.running", { at: Math.min(ended + 1, total), total }) : t("imports.sum.done", { done: count("done"), total }),
    ...NAMED.map((state) => count(state) && t(`imports.sum.${state}`, { count: count(state) })),
  ];
  const running = items.find(isRunning)?.fraction ?? 0;
  return { text: parts.filter(Boolean).join(" \u00b7 "), fraction: Math.min(1, (ended + running * 0.9) / total) };
}

/** How one of several series is listed. @param {SeriesChoice} choice */
export const seriesText = ({ description, slices }) => ({ text: description || t("imports.choose.undescribed"), hint: slices ? t("slices.count", { count: slices }) : "" });

/** What takes all of several series. @param {SeriesChoice[]} choices */
export const allText = (choices) => t("imports.choose.all", { count: choices.length });

/** Scans that are imported one after the other: what the list of them says in sum, and what a series is called. */
import { ErrorCode } from "../api/contract.js";

/**
 * @import { ImportItem, Progress } from "./types.d.ts"
 * @import { SeriesChoice } from "../api/types.d.ts"
 */

/** @type {(string | undefined)[]} what the server asks about an upload that waits */
const CHOICES = [ErrorCode.SERIES_CHOICE, ErrorCode.RESAMPLE_CHOICE, ErrorCode.PICTURES_CHOICE];

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
  if (!items.length) return null;
  const count = (/** @type {ImportItem["state"]} */ state) => items.filter((item) => item.state === state).length;
  const ended = items.filter((item) => item.state !== "waiting" && !isRunning(item)).length;
  const parts = [
    isImporting(items) ? `Importing ${Math.min(ended + 1, items.length)} of ${items.length}` : `${count("done")} of ${items.length} imported`,
    count("failed") && `${count("failed")} failed`,
    count("present") && `${count("present")} in the project already`,
    count("asks") && `${count("asks")} to decide`,
    count("cancelled") && `${count("cancelled")} cancelled`,
  ];
  const running = items.find(isRunning)?.fraction ?? 0;
  return { text: parts.filter(Boolean).join(" \u00b7 "), fraction: Math.min(1, (ended + running * 0.9) / items.length) };
}

/** How one of several series is listed. @param {SeriesChoice} choice */
export const seriesText = ({ description, slices }) => ({ text: description || "Series without a description", hint: slices ? `${slices} slices` : "" });

/** What takes all of several series. @param {SeriesChoice[]} choices */
export const allText = (choices) => `All ${choices.length}, each a volume`;

/** The languages that the page can be shown in besides English: a file like en.js and a line here. */

/** @import { Translation } from "./types.d.ts" */

/** @type {Record<string, () => Promise<{ default: Translation }>>} such as `pl`, with a function that imports pl.js */
export const LANGUAGES = {};

/**
 * The first of somebody's languages that there is; else English.
 * @param {readonly string[]} preferred BCP 47
 * @param {object} offered by their first subtag
 */
export function chosenLanguage(preferred, offered = LANGUAGES) {
  const languages = preferred.map((each) => each.split("-")[0]);
  return languages.find((each) => each === "en" || Object.hasOwn(offered, each)) ?? "en";
}

/**
 * Every text that the page shows is said by `t`, and every number and moment by this module, in the language of the browser
 * if there is one of it. A language is a file like en.js and a line in LANGUAGES.
 */
import english from "./en.js";
import { translator } from "./translator.js";

/** @import { Translation } from "./types.d.ts" */

/** @type {Record<string, () => Translation | Promise<Translation>>} */
const LANGUAGES = { en: () => english };

const preferred = (globalThis.navigator?.languages ?? []).map((each) => each.split("-")[0]);
export const language = preferred.find((each) => Object.hasOwn(LANGUAGES, each)) ?? "en";
if (globalThis.document) document.documentElement.lang = language;

export const t = translator(language, await LANGUAGES[language](), english);

const LOCALE = language === "en" ? "en-GB" : language; // a day before its month, and 24 hours

/** A number with so many decimals. @param {number} value @param {number} [digits] */
export const decimal = (value, digits = 0) =>
  new Intl.NumberFormat(LOCALE, { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: false }).format(value);

/** A whole number, its thousands apart. @param {number} value */
export const grouped = (value) => new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 }).format(value);

/** "a, b and c". @param {string[]} parts */
export const listed = (parts) => new Intl.ListFormat(LOCALE, { type: "conjunction" }).format(parts);

/**
 * A day, "3 May", and its year where it is another one.
 * @param {string} moment ISO 8601
 * @param {Date} [now]
 */
export function day(moment, now = new Date()) {
  const when = new Date(moment);
  const year = when.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return when.toLocaleDateString(LOCALE, { day: "numeric", month: "short", year });
}

/** A time of a day, "14:05". @param {string} moment ISO 8601 @param {{ seconds?: boolean }} [options] */
export const clock = (moment, { seconds = false } = {}) =>
  new Date(moment).toLocaleTimeString(LOCALE, { hour: "2-digit", minute: "2-digit", second: seconds ? "2-digit" : undefined });

/**
 * A day and its time, "3 May 14:05".
 * @param {string} moment ISO 8601
 * @param {{ seconds?: boolean, now?: Date }} [options]
 */
export const dayAndTime = (moment, { seconds = false, now = new Date() } = {}) => `${day(moment, now)} ${clock(moment, { seconds })}`;

/**
 * As short as it can be understood: the time alone for a moment of today.
 * @param {string} moment ISO 8601
 * @param {{ seconds?: boolean, now?: Date }} [options]
 */
export const shortMoment = (moment, { seconds = false, now = new Date() } = {}) =>
  new Date(moment).toDateString() === now.toDateString() ? clock(moment, { seconds }) : dayAndTime(moment, { seconds, now });

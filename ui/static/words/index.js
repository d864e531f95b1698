/**
 * Every text that the page shows is said by `t`, and every number and moment is written by this module: in English, unless
 * another language is spoken.
 */
import english from "./en.js";
import { translator } from "./translator.js";

/** @import { Translate, Translation } from "./types.d.ts" */

let spoken = speaking("en", english, "en-GB"); // a day before its month, and 24 hours

/**
 * @param {string} language
 * @param {Translation} words
 * @param {string} [locale] by which numbers and moments are written
 */
function speaking(language, words, locale = language) {
  /** @type {Map<string, Intl.NumberFormat>} one takes long to make */
  const numbers = new Map();
  /** @param {Intl.NumberFormatOptions} options */
  const numberBy = (options) => {
    const key = JSON.stringify(options);
    const format = numbers.get(key) ?? new Intl.NumberFormat(locale, options);
    numbers.set(key, format);
    return format;
  };
  return { say: translator(language, words, english), locale, numberBy };
}

/**
 * Speak another language. It comes before modules are loaded that say texts meanwhile.
 * @param {string} language
 * @param {Translation} words
 */
export function speak(language, words) {
  spoken = speaking(language, words);
  document.documentElement.lang = language;
}

/** A text, with values in it. @type {Translate} */
export const t = (key, values) => spoken.say(key, values);

/** A number with so many decimals. @param {number} value @param {number} [digits] */
export const decimal = (value, digits = 0) =>
  spoken.numberBy({ minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: false }).format(value);

/** A whole number, its thousands apart. @param {number} value */
export const grouped = (value) => spoken.numberBy({ maximumFractionDigits: 0 }).format(value);

/** "a, b and c". @param {string[]} parts */
export const listed = (parts) => new Intl.ListFormat(spoken.locale, { type: "conjunction" }).format(parts);

/**
 * A day, "3 May", and its year where it is another one.
 * @param {string} moment ISO 8601
 * @param {Date} [now]
 */
export function day(moment, now = new Date()) {
  const when = new Date(moment);
  const year = when.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return when.toLocaleDateString(spoken.locale, { day: "numeric", month: "short", year });
}

/** A time of a day, "14:05". @param {string} moment ISO 8601 @param {{ seconds?: boolean }} [options] */
export const clock = (moment, { seconds = false } = {}) =>
  new Date(moment).toLocaleTimeString(spoken.locale, { hour: "2-digit", minute: "2-digit", second: seconds ? "2-digit" : undefined });

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

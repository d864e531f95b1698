/**
 * Every text that the page shows is said by `t`, and every number and moment is written by this module: in English, unless
 * another language is spoken.
 */
import english from "./en.js";
import { formatsOf } from "./formats.js";
import { translator } from "./translator.js";

/** @import { Translate, Translation } from "./types.d.ts" */

let spoken = speaking("en", english, "en-GB"); // a day before its month, and 24 hours

/**
 * @param {string} language
 * @param {Translation} words
 * @param {string} [locale] by which numbers and moments are written
 */
function speaking(language, words, locale = language) {
  return { say: translator(language, words, english), ...formatsOf(locale) };
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
export const decimal = (value, digits = 0) => spoken.decimal(value, digits);

/** A whole number, its thousands apart. @param {number} value */
export const grouped = (value) => spoken.grouped(value);

/** "a, b and c". @param {string[]} parts */
export const listed = (parts) => spoken.listed(parts);

/** "a, b, c"; what is empty or false is left out. @param {(string | number | boolean | null | undefined)[]} parts complete phrases */
export const enumerated = (parts) => spoken.enumerated(parts.filter(Boolean).map(String));

/** Whole sentences, one after the other; what is empty or false is left out. @param {(string | number | boolean | null | undefined)[]} parts */
export const sentences = (parts) => parts.filter(Boolean).map(String).reduce((before, next) => (before ? t("page.sentences", { before, next }) : next), "");

/**
 * The two ends of a text around one of its {{names}}, where a control stands.
 * @param {Parameters<typeof t>[0]} key
 * @param {string} name
 * @param {Parameters<typeof t>[1]} [values] of its other names
 */
export const around = (key, name, values) => t(key, { ...values, [name]: "\0" }).split("\0");

/**
 * A day, "3 May", and its year where it is another one.
 * @param {string} moment ISO 8601
 * @param {Date} [now]
 */
export const day = (moment, now = new Date()) => spoken.day(new Date(moment), now);

/** A time of a day, "14:05". @param {string} moment ISO 8601 @param {{ seconds?: boolean }} [options] */
export const clock = (moment, { seconds = false } = {}) => spoken.clock(new Date(moment), seconds);

/**
 * A day and its time, "3 May 14:05".
 * @param {string} moment ISO 8601
 * @param {{ seconds?: boolean, now?: Date }} [options]
 */
export const dayAndTime = (moment, { seconds = false, now = new Date() } = {}) => spoken.dayAndTime(new Date(moment), now, seconds);

/**
 * As short as it can be understood: the time alone for a moment of today.
 * @param {string} moment ISO 8601
 * @param {{ seconds?: boolean, now?: Date }} [options]
 */
export const shortMoment = (moment, { seconds = false, now = new Date() } = {}) =>
  new Date(moment).toDateString() === now.toDateString() ? clock(moment, { seconds }) : dayAndTime(moment, { seconds, now });

/** The few texts of the documents beside the workspace, in English, as the server puts them into the documents. */
import login from "./en/login.json" with { type: "json" };
import { formatsOf } from "./formats.js";
import { translator } from "./translator.js";

/** @import { Translate, Words } from "./types.d.ts" */

const words = /** @type {Words} */ ({ login });
const formats = formatsOf("en-GB");

/** A text of words/en/login.json. @type {Translate} */
export const t = translator("en", words, words);

/** A day and its time, "3 May 14:05". @param {string} moment ISO 8601 */
export const dayAndTime = (moment) => formats.dayAndTime(new Date(moment), new Date(), false);

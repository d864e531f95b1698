/** Finds a text of a language and puts values into it. Pure. */

/** @import { Key, Translate, Translation, Values, Words } from "./types.d.ts" */

/**
 * What says the texts of a language.
 * @param {string} language BCP 47, such as "en"
 * @param {Translation} words
 * @param {Words} english what is said where `words` lacks a text
 * @returns {Translate}
 */
export function translator(language, words, english) {
  const said = [{ words, plural: new Intl.PluralRules(language) }, { words: english, plural: new Intl.PluralRules("en") }];
  return (key, values = {}) => {
    for (const { words: each, plural } of said) {
      const text = find(each, key, values.count === undefined ? [] : [`_${plural.select(values.count)}`, "_other"]);
      if (text !== undefined) return filled(text, values);
    }
    return key; // shown, so that it is noticed
  };
}

/**
 * @param {object} words
 * @param {Key} key
 * @param {string[]} endings for the number there is of what is said
 */
function find(words, key, endings) {
  const path = key.split(".");
  const name = /** @type {string} */ (path.pop());
  /** @type {any} */
  let place = words;
  for (const each of path) place = place?.[each];
  const texts = [...endings, ""].map((ending) => place?.[name + ending]);
  return /** @type {string | undefined} */ (texts.find((text) => typeof text === "string"));
}

/** @param {string} text @param {Values} values */
const filled = (text, values) => text.replace(/\{\{(\w+)\}\}/g, (_, name) => String(values[name]));

import assert from "node:assert/strict";
import test from "node:test";

import { translator } from "../../../../ui/static/words/translator.js";

/** @import { Key, Translation, Values, Words } from "../../../../ui/static/words/types.d.ts" */

const english = { list: { ready: "Ready", told: "{{name}} saved {{what}}", slices_one: "{{count}} slice", slices_other: "{{count}} slices" } };
const polish = { list: { told: "{{what}}: {{name}}", slices_one: "{{count}} warstwa", slices_few: "{{count}} warstwy", slices_many: "{{count}} warstw", slices_other: "{{count}} warstwy" } };

/** @param {string} language @param {object} words */
function speaking(language, words) {
  const say = translator(language, /** @type {Translation} */ (words), /** @type {Words} */ (/** @type {unknown} */ (english)));
  return (/** @type {string} */ key, /** @type {Values} */ values = {}) => say(/** @type {Key} */ (key), values);
}

test("a text is found where its key says, and values stand in it", () => {
  const t = speaking("en", english);
  assert.equal(t("list.ready"), "Ready");
  assert.equal(t("list.told", { name: "Ada", what: "$& and {{name}}" }), "Ada saved $& and {{name}}");
});

test("a number chooses its text as the language has it", () => {
  const t = speaking("en", english);
  assert.deepEqual([0, 1, 2].map((count) => t("list.slices", { count })), ["0 slices", "1 slice", "2 slices"]);
  const polishT = speaking("pl", polish);
  assert.deepEqual([1, 3, 5].map((count) => polishT("list.slices", { count })), ["1 warstwa", "3 warstwy", "5 warstw"]);
});

test("a language orders values as it likes, and what it lacks is said in English", () => {
  const t = speaking("pl", polish);
  assert.equal(t("list.told", { name: "Ada", what: "slices" }), "slices: Ada");
  assert.equal(t("list.ready"), "Ready");
  assert.deepEqual([1, 2].map((count) => speaking("pl", {})("list.slices", { count })), ["1 slice", "2 slices"]);
});

test("a key that no language has is shown, so that it is noticed", () => {
  assert.equal(speaking("en", english)("list.nothing"), "list.nothing");
  assert.equal(speaking("en", english)("nowhere.at.all"), "nowhere.at.all");
});

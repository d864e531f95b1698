import assert from "node:assert/strict";
import test from "node:test";

import { chosenLanguage, LANGUAGES } from "../../../../ui/static/words/languages.js";

test("the first language that there is is taken, and English where there is none", () => {
  const offered = { ...LANGUAGES, pl: () => {} };
  assert.equal(chosenLanguage(["de-CH", "pl-PL", "en-US"], offered), "pl");
  assert.equal(chosenLanguage(["en-US", "pl"], offered), "en");
  assert.equal(chosenLanguage(["xx", "constructor"], offered), "en");
  assert.equal(chosenLanguage([], offered), "en");
});

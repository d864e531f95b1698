import assert from "node:assert/strict";
import { test } from "node:test";

import { event, newPage } from "./support/page.js";
import { chooseTheme, chosenTheme } from "../../../ui/static/theme.js";

const shown = () => document.documentElement.getAttribute("data-theme");

test("a theme is kept in this browser; the system's needs no mark", () => {
  newPage();
  assert.equal(chosenTheme(), "system");
  chooseTheme("light");
  assert.deepEqual([chosenTheme(), shown()], ["light", "light"]);
  chooseTheme("system");
  assert.deepEqual([chosenTheme(), shown()], ["system", null]);
});

test("what another document of this site chose is followed, and nonsense is not", () => {
  newPage();
  localStorage.setItem("fewshot-sam:theme", "dark");
  dispatchEvent(event("storage", { key: "fewshot-sam:other" }));
  assert.equal(shown(), null);
  dispatchEvent(event("storage", { key: "fewshot-sam:theme" }));
  assert.equal(shown(), "dark");
  localStorage.setItem("fewshot-sam:theme", "pink");
  dispatchEvent(event("storage", { key: null }));
  assert.equal(shown(), null);
});

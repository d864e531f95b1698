/** Saying what a label is. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { event, fake, newPage } from "../support/page.js";
import { termDialog } from "../../../../ui/static/panels/term_dialog.js";
import { label } from "../support/controllers.js";
import { KIDNEY, LEFT_KIDNEY, LIVER } from "../support/terms.js";

/** @import { Label, Term, Terms } from "../../../../ui/static/api/types.d.ts" */
/** @import { FakeElement } from "../support/dom.js" */

let app = newPage();
beforeEach(() => {
  app = newPage();
});

/** @param {string} testid */
const byId = (testid) => /** @type {FakeElement} */ (app.querySelector(`[data-testid="${testid}"]`));
const focused = () => fake(document.activeElement);
const options = () => app.querySelectorAll('[data-testid="term"]');
const active = () => options().filter((option) => option.getAttribute("aria-selected") === "true").map((option) => option.textContent);
const answered = () => new Promise((resolve) => setTimeout(resolve));

/** @param {string} key */
function press(key) {
  byId("term-search").dispatchEvent(event("keydown", { key }));
}

/** @param {Partial<Label>} of @param {(words: string) => Terms | null | Promise<Terms | null>} find */
async function ask(of, find) {
  const answer = termDialog(label(1, { name: "kidney_left", ...of }), async (words) => find(words));
  await answered();
  return answer;
}

/** @param {string} words */
async function type(words) {
  byId("term-search").value = words;
  byId("term-search").dispatchEvent(event("input"));
  await answered();
}

/** @param {Term[]} terms @param {Term | null} meant @returns {Terms} */
const found = (terms, meant = null) => ({ terms, meant });

test("the term that a name says is proposed, and taken by Enter", async () => {
  const asked = /** @type {string[]} */ ([]);
  const answer = ask({}, (words) => (asked.push(words), found([LEFT_KIDNEY, LIVER], LEFT_KIDNEY)));
  await answered();
  assert.deepEqual([asked, active()], [["kidney_left"], ["Kidney, leftSCT 64033007"]]);
  assert.equal(byId("term-note").textContent, "Its name says Kidney, left: Enter takes that.");
  assert.equal(focused(), byId("term-search"));
  assert.equal(byId("term-search").getAttribute("aria-activedescendant"), "term-0");
  press("Enter");
  assert.deepEqual(await answer, LEFT_KIDNEY);
  assert.equal(byId("term-dialog"), null);
});

test("a proposal is not taken by itself", async () => {
  const answer = ask({}, () => found([LEFT_KIDNEY], LEFT_KIDNEY));
  await answered();
  byId("term-dialog").close();
  assert.equal(await answer, undefined);
});

test("where a name says nothing for sure, Enter takes nothing before something is chosen", async () => {
  const answer = ask({ name: "organ" }, () => found([LIVER, KIDNEY]));
  await answered();
  assert.deepEqual([active(), byId("term-note").textContent], [[], ""]);
  press("Enter");
  assert.notEqual(byId("term-dialog"), null);
  press("ArrowUp");
  assert.deepEqual(active(), ["KidneySCT 64033007"]);
  press("ArrowDown");
  press("Enter");
  assert.deepEqual(await answer, LIVER);
});

test("what is typed is searched for, the first one found is the active one, and a click takes any", async () => {
  const answer = ask({ name: "organ" }, (words) => found(words === "organ" ? [] : [LIVER, KIDNEY]));
  await answered();
  assert.match(byId("term-note").textContent, /^Nothing is called so/);
  assert.equal(byId("term-search").getAttribute("aria-expanded"), "false");
  await type("li");
  assert.deepEqual([active(), byId("term-note").textContent], [["LiverSCT 10200004"], ""]);
  assert.equal(byId("term-search").getAttribute("aria-expanded"), "true");
  options()[1].click();
  assert.deepEqual(await answer, KIDNEY);
});

test("an answer to earlier words is left out, and one that failed leaves nothing to take", async () => {
  /** @type {((terms: Terms) => void)[]} */
  const late = [];
  void ask({ name: "organ" }, (words) => (words === "fails" ? null : words === "li" ? new Promise((resolve) => late.push(resolve)) : found([KIDNEY])));
  await answered();
  await type("li");
  await type("kidney");
  late[0](found([LIVER]));
  await answered();
  assert.deepEqual(active(), ["KidneySCT 64033007"]);
  await type("fails");
  assert.deepEqual([options().length, byId("term-note").textContent], [0, ""]);
  await type("kidney");
  assert.equal(options().length, 1);
  await type("  ");
  assert.equal(options().length, 0);
});

test("Enter takes what is found for the words typed, not what was found before them", async () => {
  /** @type {(terms: Terms) => void} */
  let tell = () => {};
  const answer = ask({}, (words) => (words === "liver" ? new Promise((resolve) => (tell = resolve)) : found([LEFT_KIDNEY], LEFT_KIDNEY)));
  await answered();
  await type("liver");
  press("Enter");
  await answered();
  assert.notEqual(byId("term-dialog"), null);
  tell(found([LIVER]));
  assert.deepEqual(await answer, LIVER);
});

test("a term that is chosen is shown with its code, and can be taken off", async () => {
  const answer = ask({ term: KIDNEY }, () => found([LEFT_KIDNEY, KIDNEY], LEFT_KIDNEY));
  await answered();
  assert.equal(byId("term-chosen").textContent, "KidneyAnatomical Structure, SCT 64033007");
  assert.deepEqual([active(), byId("term-note").textContent], [["KidneySCT 64033007"], ""]);
  byId("term-off").click();
  assert.equal(await answer, null);
});

test("Enter that ends a word of an input method takes nothing", async () => {
  const answer = ask({}, () => found([LEFT_KIDNEY], LEFT_KIDNEY));
  await answered();
  byId("term-search").dispatchEvent(event("keydown", { key: "Enter", isComposing: true }));
  assert.notEqual(byId("term-dialog"), null);
  fake(byId("term-dialog")).close();
  assert.equal(await answer, undefined);
});

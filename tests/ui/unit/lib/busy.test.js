import assert from "node:assert/strict";
import { test } from "node:test";

import { event, fake, settled } from "../support/page.js";
import { once } from "../../../../ui/static/lib/busy.js";
import { h } from "../../../../ui/static/lib/dom.js";

/** A button whose request is answered by hand. */
function page() {
  let asked = 0;
  let answer = () => {};
  const element = h("button", { onclick: once(() => new Promise((resolve) => (asked++, (answer = () => resolve(null))))) });
  const button = fake(element);
  return { button, asked: () => asked, answer: async () => (answer(), await settled()) };
}

test("a button asks once while its request is under way, and says that it is busy", async () => {
  const { button, asked, answer } = page();
  button.click();
  button.click();
  assert.deepEqual([asked(), button.getAttribute("aria-busy"), button.getAttribute("aria-disabled"), button.hasAttribute("disabled")], [1, "true", "true", false]);
  await answer();
  assert.deepEqual([button.hasAttribute("aria-busy"), button.hasAttribute("aria-disabled")], [false, false]);
  button.click();
  assert.equal(asked(), 2);
});

test("the second click of a double click does nothing to what has taken the button's place", () => {
  const { button, asked } = page();
  button.dispatchEvent(event("click", { detail: 2 }));
  assert.equal(asked(), 0);
  button.dispatchEvent(event("click", { detail: 1 }));
  assert.equal(asked(), 1);
});

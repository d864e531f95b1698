import assert from "node:assert/strict";
import { test } from "node:test";

import "../support/page.js";
import { onReturn } from "../../../../ui/static/controllers/on_return.js";

function page() {
  const looked = new EventTarget();
  let returns = 0;
  let time = 5000;
  onReturn(looked, async () => void (returns += 1), () => time);
  /** @param {string[]} events */
  const tell = (...events) => {
    for (const event of events) {
      if (event === "an hour") time += 3_600_000;
      else if (event === "visible" || event === "hidden") Object.assign(document, { hidden: event === "hidden" });
      if (event !== "an hour") looked.dispatchEvent(new Event(event === "blur" || event === "focus" ? event : "visibilitychange"));
    }
    return returns;
  };
  return tell;
}

test("a return is acted on once, whichever of its events comes first", () => {
  const tell = page();
  assert.equal(tell("visible", "focus"), 1);
  assert.equal(tell("blur", "hidden"), 1);
  assert.equal(tell("focus", "visible"), 2);
});

test("each return counts, from another tab as from another program", () => {
  const tell = page();
  assert.equal(tell("focus"), 1);
  assert.equal(tell("blur", "focus"), 2); // another program lay beside it
  assert.equal(tell("hidden", "visible"), 3); // shown again without the focus
});

test("who gives the focus to a page that was visible all the time is back as well", () => {
  const tell = page();
  assert.equal(tell("hidden", "visible"), 1); // what covered the window was moved away
  assert.equal(tell("an hour", "focus"), 2);
});

test("without a window nothing is asked", () => {
  onReturn(undefined, () => Promise.reject(new Error("asked")));
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { fake, newPage } from "../support/page.js";
import { giveUpTopmost } from "../../../../ui/static/controllers/give_up.js";
import { h } from "../../../../ui/static/lib/dom.js";
import { toggleMenu } from "../../../../ui/static/lib/menu.js";

test("each Esc ends one thing, what is on top first", () => {
  const app = newPage();
  const state = /** @type {any} */ ({ proposal: null, pinning: true, tourStep: 2 });
  const [editor, ended] = [{ busy: true, giveUp: () => void ((editor.busy = false), ended.push("stroke")) }, /** @type {string[]} */ ([])];
  let shown = true;
  const parts = /** @type {any} */ ({
    editor,
    outlines: { giveUp: () => void (state.proposal = null) },
    review: { stopPinning: () => void ((state.pinning = false), ended.push("pinning")) },
    history: { close: () => shown && ((shown = false), ended.push("history"), true) },
    tour: { end: () => void ((state.tourStep = null), ended.push("tour")) },
    comparison: { end: () => void ended.push("comparison") },
  });
  const anchor = h("button");
  app.append(fake(anchor));
  toggleMenu(anchor, []);
  const counts = Array.from({ length: 6 }, () => (giveUpTopmost({ state }, parts), ended.length));
  assert.deepEqual(counts, [0, 1, 2, 3, 4, 5]); // the menu tells nobody
  assert.deepEqual(ended, ["stroke", "pinning", "history", "tour", "comparison"]);
});

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { fake, newPage } from "../support/page.js";
import { storeWith } from "../support/controllers.js";
import { ImportsPanel } from "../../../../ui/static/panels/imports.js";

/**
 * @import { FakeElement } from "../support/dom.js"
 * @import { ImportItem } from "../../../../ui/static/state/types.d.ts"
 */

let app = newPage();
beforeEach(() => (app = newPage()));

/** @param {number} id @param {ImportItem["state"]} state @param {Partial<ImportItem>} patch @returns {ImportItem} */
const item = (id, state, patch = {}) => ({ id, name: `Scan ${id}`, state, fraction: 0, text: "", offer: "", series: 0, ...patch });

test("the list opens by itself, says of each scan what became of it, and offers what helps", () => {
  const store = storeWith();
  /** @type {unknown[][]} */
  const asked = [];
  const imports = new Proxy({}, { get: (_, name) => (/** @type {unknown[]} */ ...given) => void asked.push([name, ...given]) });
  const panel = new ImportsPanel(store, { imports: /** @type {any} */ (imports) });
  app.append(fake(panel.element));
  assert.equal(Reflect.get(panel.element, "hidden"), true);
  store.set({
    imports: [
      item(1, "done"), item(2, "failed", { text: "It is damaged." }), item(3, "reading", { fraction: 1 }), item(4, "waiting"),
      item(5, "asks", { series: 2, offer: "All 2, each a volume", text: "Holds 2 volumes." }), item(6, "present"), item(7, "asks", { offer: "Resample and import" }),
    ],
  });
  assert.equal(panel.text.textContent, "Importing 6 of 7 \u00b7 1 failed \u00b7 2 to decide \u00b7 1 in the project already");
  const rows = fake(panel.list).children;
  const buttons = rows.map((row) => row.querySelectorAll(".link").map((each) => each.textContent));
  assert.deepEqual(buttons, [[], ["Try again"], ["Cancel"], ["Cancel"], ["All 2, each a volume", "Choose one\u2026"], ["Import again"], ["Resample and import"]]);
  assert.match(String(rows[1].textContent), /Failed.*It is damaged\./);
  assert.equal(rows[2].querySelectorAll(".link")[0].getAttribute("aria-label"), "Cancel: Scan 3");
  for (const row of rows) for (const button of row.querySelectorAll(".link")) button.click();
  assert.deepEqual(asked, [["retry", 2], ["cancel", 3], ["cancel", 4], ["accept", 5], ["choose", 5], ["retry", 6], ["accept", 7]]);
  const foot = () => fake(panel.foot).children.map((each) => each.textContent);
  assert.deepEqual(foot(), ["Take what all offer", "Try all failed again", "Cancel all"]);
  store.set({ imports: [item(1, "done")] });
  assert.deepEqual([foot(), panel.text.textContent], [["Clear list"], "1 of 1 imported"]);
  /** @type {FakeElement} */ (fake(panel.foot).children[0]).click();
  assert.deepEqual(asked.at(-1), ["clear"]);
  store.set({ imports: [] });
  assert.equal(Reflect.get(panel.element, "hidden"), true);
});

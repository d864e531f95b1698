import assert from "node:assert/strict";
import { test } from "node:test";

import { fake, newPage } from "../support/page.js";
import { storeWith, summary } from "../support/controllers.js";
import { proposalWith } from "../support/proposals.js";
import { toolColumn } from "../../../../ui/static/panels/toolbar.js";

test("undo is there for an outline of the person's own, on screen or taken, not for one that is offered", () => {
  const store = storeWith({ volume: summary() });
  let undone = 0;
  const column = fake(toolColumn(store, { view: { chooseTool: () => {} }, steps: { undo: () => (undone += 1), redo: () => {} }, fit: () => {} }));
  const app = newPage();
  app.append(column);
  const undo = /** @type {any} */ (app.querySelector('[data-testid="undo"]'));
  assert.equal(undo.disabled, true);
  store.set({ proposal: proposalWith() });
  assert.equal(undo.disabled, false);
  undo.click();
  assert.equal(undone, 1);
  store.set({ proposal: proposalWith({ offered: true }) });
  assert.equal(undo.disabled, true);
  store.set({ taking: 1 });
  assert.equal(undo.disabled, false);
});

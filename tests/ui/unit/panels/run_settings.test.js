import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { event, fake, newPage } from "../support/page.js";
import { fakeNotify, newStorage, storeWith, system } from "../support/controllers.js";
import { RunChoiceController } from "../../../../ui/static/controllers/run_choice.js";
import { RunSettings } from "../../../../ui/static/panels/run_settings.js";

/** @import { FakeElement } from "../support/dom.js" */

let app = newPage();
beforeEach(() => {
  newStorage();
  app = newPage();
});

function page(about = system()) {
  const store = storeWith({ system: about, project: { id: "p", name: "" } });
  const panel = new RunSettings(store, { choice: new RunChoiceController(store, fakeNotify()) });
  app.append(fake(panel.button), fake(panel.chip));
  fake(panel.button).click();
  /** @param {string} testid */
  const part = (testid) => /** @type {FakeElement & {hidden: boolean}} */ (app.querySelector(`[data-testid="${testid}"]`));
  return { store, part };
}

/** @param {(testid: string) => FakeElement} part @param {string[]} testids */
const checked = (part, ...testids) => testids.map((testid) => part(testid).getAttribute("aria-checked"));

test("the defaults are chosen at first, and no chip is shown", () => {
  const { part } = page();
  assert.deepEqual(checked(part, "method-triplanar", "method-sam_decoder", "encoder-lite-medsam", "encoder-sam-vit-b"), ["true", "false", "true", "false"]);
  assert.equal(part("run-choice").hidden, true);
  assert.equal(part("choice-reset").hidden, true);
  assert.match(part("run-settings-menu").textContent, /Three planes.*SAM's decoder.*LiteMedSAM.*SAM ViT-B/);
});

test("a choice is told by the chip, and taken back", () => {
  const { store, part } = page();
  const row = part("method-sam_decoder");
  row.click();
  part("encoder-sam-vit-b").click();
  Object.assign(part("seed"), { value: "3" }).dispatchEvent(event("input", {}));
  Object.assign(part("afresh"), { checked: true }).dispatchEvent(event("change", {}));
  assert.deepEqual(store.state.runChoice, { method: "sam_decoder", encoder: "sam-vit-b", seed: 3, afresh: true });
  assert.deepEqual([part("run-choice").hidden, part("run-choice").textContent], [false, "SAM's decoder, SAM ViT-B, seed 3, from scratch"]);
  assert.equal(part("method-sam_decoder"), row); // the same element: focus stays
  assert.deepEqual(checked(part, "method-triplanar", "method-sam_decoder"), ["false", "true"]);
  part("choice-reset").click();
  assert.equal(part("run-choice").hidden, true);
  assert.equal(Reflect.get(part("afresh"), "checked"), false);
});

test("arrow keys choose the next of a group, round its ends", () => {
  const { store, part } = page();
  const first = part("method-triplanar");
  first.focus();
  const group = /** @type {FakeElement} */ (app.querySelector('[aria-label="Method"]'));
  for (const [key, method, testid] of [["ArrowDown", "sam_decoder", "method-sam_decoder"], ["ArrowDown", null, "method-triplanar"], ["ArrowUp", "sam_decoder", "method-sam_decoder"]]) {
    group.dispatchEvent(event("keydown", { key }));
    assert.deepEqual([store.state.runChoice.method, document.activeElement], [method, part(String(testid))]);
  }
  assert.deepEqual(["method-triplanar", "method-sam_decoder"].map((testid) => part(testid).getAttribute("tabindex")), ["-1", "0"]);
});

test("one user may name a checkpoint's file; of several nobody may", () => {
  const { store, part } = page();
  const field = Object.assign(part("encoder-path"), { value: "/models/tuned.pth" });
  field.dispatchEvent(event("change", {}));
  assert.equal(store.state.runChoice.encoder, "/models/tuned.pth");
  assert.deepEqual(checked(part, "encoder-/models/tuned.pth"), ["true"]);
  assert.match(part("encoder-/models/tuned.pth").textContent, /tuned/);
  app = newPage();
  assert.equal(page(system({ multi_user: true })).part("encoder-path").hidden, true);
});

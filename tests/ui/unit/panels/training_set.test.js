import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { fake, newPage } from "../support/page.js";
import { project, run, storeWith, summary } from "../support/controllers.js";
import { links } from "../../../../ui/static/controllers/server.js";
import { volumeStatus } from "../../../../ui/static/state/volume_list.js";
import { masked, openTrainingSet, trainable } from "../../../../ui/static/panels/training_set.js";

/** @import { VolumeSummary } from "../../../../ui/static/api/types.d.ts" */

let app = newPage();
beforeEach(() => (app = newPage()));

/** @param {Partial<VolumeSummary>[]} volumes */
function open(volumes) {
  const listed = volumes.map((each, place) => summary({ id: `v${place}`, mask_id: `m${place}`, ...each }));
  openTrainingSet(storeWith({ project: /** @type {any} */ (project()), volumes: listed }), { links });
  const find = (/** @type {string} */ testid) => /** @type {any} */ (app.querySelector(`[data-testid="${testid}"]`));
  const choose = (/** @type {string} */ testid) => {
    for (const each of /** @type {any[]} */ (app.querySelectorAll('[type="radio"]'))) if (testid.startsWith("layout")) each.checked = false;
    find(testid).checked = true;
    fake(find("training-dialog").querySelector(".training-set")).dispatchEvent(new Event("change"));
  };
  return { find, choose, address: () => find("training-ok").getAttribute("href").split("training-set")[1] };
}

test("a layout is chosen, and which volumes go into it", () => {
  const { address, choose, find } = open([{}, { state: "accepted" }, {}]);
  assert.match(find("training-dialog").textContent, /3 scans with their current masks/);
  assert.equal(address(), "?layout=nnunet");
  choose("layout-bids");
  assert.equal(address(), "?layout=bids");
  choose("training-accepted");
  choose("training-test");
  assert.equal(address(), "?layout=bids&accepted_only=true&test=true");
});

test("what makes no difference is not asked", () => {
  const { find } = open([{}, {}]);
  assert.equal(find("training-accepted"), null);
  assert.equal(find("training-test"), null);
  app = newPage();
  assert.ok(open([{}, { mask_id: null }]).find("training-test"));
  app = newPage();
  assert.equal(open([{ state: "accepted" }]).find("training-accepted"), null);
});

test("drafts, pictures, readings and what has no mask are no cases", () => {
  const pictures = [{ name: "a.png", rows: 4, columns: 3, pixel_mm: null }];
  const reading = /** @type {any} */ ({ of_id: "v", reader: "r" });
  const listed = [{ mask_id: "m" }, { mask_id: null }, { mask_id: "m", mask_draft: true }, { mask_id: "m", pictures }, { mask_id: "m", reading }];
  assert.equal(trainable(listed.map((each) => summary(each))).length, 1);
});

test("masks of few painted slices are told to be left out, and nothing is offered where no other is there", () => {
  const made = (/** @type {number} */ slices) => ({ mask_id: "m", run: run({ kind: "take", mask_id: "m", choice: /** @type {any} */ ({ method: "painted" }), slices }) });
  const listed = [made(2), made(5), { ...made(2), state: /** @type {const} */ ("accepted") }].map((each) => summary({ painted: { axial: 2, coronal: 0, sagittal: 0 }, ...each }));
  assert.equal(masked(listed).length, 3);
  assert.deepEqual(trainable(listed), listed.slice(1));
  assert.equal(volumeStatus(listed[0]), "2 painted"); // nothing was predicted
  const mixed = open([{}, made(2)]).find;
  assert.match(mixed("training-partly").textContent, /^1 scan is left out/);
  assert.ok(mixed("training-ok"));
  app = newPage();
  openTrainingSet(storeWith({ project: /** @type {any} */ (project()), volumes: [listed[0]] }), { links });
  assert.ok(app.querySelector('[data-testid="training-partly"]'));
  assert.equal(app.querySelector('[data-testid="training-ok"]'), null);
});

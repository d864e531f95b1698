import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { fake, newPage } from "../support/page.js";
import { project, storeWith, system } from "../support/controllers.js";
import { retentionNote, rulesDialog } from "../../../../ui/static/panels/retention.js";

let app = newPage();
beforeEach(() => (app = newPage()));

/** @param {string} testid */
const byId = (testid) => /** @type {any} */ (app.querySelector(`[data-testid="${testid}"]`));
const rows = () => app.querySelectorAll(".choice").map((each) => [each.getAttribute("data-testid"), each.getAttribute("aria-checked")]);

/** @param {Partial<import("../../../../ui/static/api/types.d.ts").Project>} patch */
const ruled = (patch = {}) => project({ keep_days: null, deidentify: false, ...patch });

test("the line is there near the end alone, and leads to the rule", () => {
  const store = storeWith({ system: system(), project: { id: "p", name: "Project" }, projects: [project({ deletion_near: false })] });
  let asked = 0;
  const note = /** @type {any} */ (fake(retentionNote(store, { change: () => asked++ })));
  assert.equal(note.hidden, true);
  store.set({ projects: [project({ deletion_near: true, deleted_at: "2026-03-03T12:00:00.000+00:00", keep_days: 30 })] });
  assert.equal(note.hidden, false);
  assert.match(note.textContent, /^Deleted on 3 Mar.* unless it is changed/);
  note.querySelector("button").click();
  assert.equal(asked, 1);
});

test("a rule is chosen; closing changes nothing", async () => {
  const chosen = rulesDialog(ruled(), system());
  assert.deepEqual(rows(), [["keep-ever", "true"], ["keep-30", "false"], ["keep-90", "false"], ["keep-365", "false"], ["keep-other", "false"]]);
  byId("keep-90").click();
  byId("keep-deidentify").checked = true;
  byId("keep-ok").click();
  assert.deepEqual(await chosen, { keep_days: 90, deidentify: true });
  const closed = rulesDialog(ruled(), system());
  byId("keep-dialog").close();
  assert.equal(await closed, null);
});

test("another number of days is a whole one within the limits", async () => {
  const chosen = rulesDialog(ruled({ keep_days: 45 }), system());
  assert.deepEqual([byId("keep-other").getAttribute("aria-checked"), byId("keep-days").value], ["true", "45"]);
  for (const wrong of ["", "0", "1.5", "3651"]) {
    byId("keep-days").value = wrong;
    byId("keep-ok").click();
    assert.equal(/** @type {any} */ (app.querySelector(".retention-refusal")).hidden, false);
  }
  byId("keep-days").value = "7";
  byId("keep-ok").click();
  assert.deepEqual(await chosen, { keep_days: 7, deidentify: false });
});

test("a server with a limit offers nothing longer and says where it comes from", async () => {
  const chosen = rulesDialog(ruled({ keep_days: 365 }), system({ max_keep_days: 90, deidentify: true }));
  assert.deepEqual(rows(), [["keep-ever", "false"], ["keep-30", "false"], ["keep-other", "true"]]);
  assert.match(byId("keep-ever").textContent, /For 90 days after the last change.*limit of this server/);
  assert.equal(byId("keep-days").value, "90");
  byId("keep-ever").click();
  byId("keep-ok").click();
  assert.deepEqual(await chosen, { keep_days: null, deidentify: false }); // the server does it anyway; the project's own rule stays
});

test("a server that keeps projects for one day asks for that day", () => {
  void rulesDialog(ruled(), system({ max_keep_days: 1 }));
  assert.equal(app.querySelector(".retention-refusal")?.textContent, "Enter 1.");
  byId("keep-dialog").close();
});

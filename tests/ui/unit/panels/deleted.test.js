import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { newPage } from "../support/page.js";
import { pause, storeWith } from "../support/controllers.js";
import { openDeletedDialog } from "../../../../ui/static/panels/deleted.js";

let app = newPage();
beforeEach(() => (app = newPage()));

/** @param {string} testid @returns {any[]} */
const all = (testid) => [...app.querySelectorAll(`[data-testid="${testid}"]`)];

test("rows tell what was deleted; a restored one leaves the list", async () => {
  const row = (/** @type {object} */ patch) => ({ id: "d", kind: "label", project_id: "p", name: "liver", color: "#ff0000", deleted_by: "Ada", deleted_at: "2026-11-27T06:00:00Z", days_left: 12, slices: 2, ...patch });
  let inProject = [row({}), row({ id: "w", kind: "volume", name: "Scan" })];
  /** @type {unknown[]} */
  const asked = [];
  const restore = async (/** @type {any} */ item) => (asked.push(item.id), (inProject = inProject.filter(({ id }) => id !== item.id)), true);
  const deleted = /** @type {any} */ ({ list: async () => ({ inProject, projects: [] }), restore, deleteForGood: async () => false });
  await openDeletedDialog(storeWith({ project: { id: "p", name: "Livers" } }), { deleted, links: { deletedThumbnail: (id) => `thumbnail/${id}` } });
  assert.equal(all("deleted-item").length, 2);
  assert.match(all("deleted-item")[0].textContent, /liverpainted on 2 slices . deleted by Ada, .*12 days left/);
  all("deleted-end")[0].click();
  await pause();
  assert.equal(all("deleted-item").length, 2);
  for (const id of ["d", "w"]) {
    const [button] = all("deleted-restore");
    button.click();
    button.click(); // before the first is answered
    await pause();
    assert.equal(asked.at(-1), id);
  }
  assert.deepEqual(asked, ["d", "w"]);
  assert.equal(all("deleted-nothing").length, 1);
});

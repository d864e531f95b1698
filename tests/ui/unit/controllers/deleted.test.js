import assert from "node:assert/strict";
import { test } from "node:test";

import { apiError, fakeNotify, fakeServer, storeWith } from "../support/controllers.js";
import { DeletedController } from "../../../../ui/static/controllers/deleted.js";

/** @import { Deleted } from "../../../../ui/static/api/types.d.ts" */

/** @param {Partial<Deleted>} patch */
const item = (patch) => /** @type {Deleted} */ ({ id: "d", kind: "volume", project_id: "p", name: "Scan", deleted_by: null, deleted_at: "2026-11-27T06:00:00Z", days_left: 30, ...patch });

/** @param {Parameters<typeof fakeServer>[0]} answers @param {boolean} answer to questions */
function page(answers = {}, answer = true) {
  const store = storeWith({ project: { id: "p", name: "Livers" } });
  const { server, asked } = fakeServer({ restoreDeleted: () => ({ left_out: [] }), deleteForGood: () => null, deletedIn: () => [item({})], deletedProjects: () => [], ...answers });
  const notices = fakeNotify(answer);
  const told = (/** @type {string} */ name) => async (/** @type {unknown[]} */ ...given) => void asked.push([name, ...given]);
  const parts = { labels: { fetch: told("fetch") }, annotations: { refresh: told("refresh") }, project: { show: told("show") } };
  return { deleted: new DeletedController(store, { server, notify: notices.notify, ...parts }), store, asked, ...notices };
}

test("what is in the bin is listed for the project that is open, and whole projects", async () => {
  const { deleted, store, asked } = page();
  assert.equal((await deleted.list())?.inProject.length, 1);
  store.set({ project: null });
  assert.deepEqual(await deleted.list(), { inProject: [], projects: [] });
  assert.deepEqual(asked, [["deletedIn", "p"], ["deletedProjects"], ["deletedProjects"]]);
});

test("a volume is shown once it is back, a project with its first, a label with its paint", async () => {
  const { deleted, asked, said } = page();
  for (const kind of /** @type {const} */ (["volume", "project", "label"])) assert.equal(await deleted.restore(item({ kind })), true);
  assert.deepEqual(asked.filter(([name]) => name !== "restoreDeleted"), [["show", "p", "d"], ["show", "p", null], ["fetch", { project_id: "p" }], ["refresh"]]);
  assert.deepEqual(said, ["Scan is back.", "Scan is back.", "Scan is back."]);
});

test("a label that stays off accepted volumes says which", async () => {
  const { deleted, said } = page({ restoreDeleted: () => ({ left_out: ["CT 1", "CT 2", "CT 3", "CT 4"] }) });
  await deleted.restore(item({ kind: "label", name: "Liver" }));
  assert.deepEqual(said, ["Liver is back. CT 1, CT 2, CT 3 and 1 more were accepted in a review and stay without its paint."]);
});

test("it is deleted for good after asking only", async () => {
  const { deleted, asked, questions } = page();
  assert.equal(await deleted.deleteForGood(item({})), true);
  assert.deepEqual([asked, questions], [[["deleteForGood", "d"]], ["Delete Scan for good?"]]);
  const refused = page({}, false);
  assert.equal(await refused.deleted.deleteForGood(item({})), false);
  assert.deepEqual(refused.asked, []);
});

test("a failure is told", async () => {
  const error = () => {
    throw apiError(404);
  };
  const { deleted, failed } = page({ restoreDeleted: error, deleteForGood: error, deletedIn: error });
  assert.deepEqual([await deleted.restore(item({})), await deleted.deleteForGood(item({})), await deleted.list()], [false, false, null]);
  assert.deepEqual(failed, ["error 404", "error 404", "error 404"]);
});

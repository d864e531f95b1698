import assert from "node:assert/strict";
import { test } from "node:test";

import { deletionText } from "../../../../ui/static/state/retention.js";
import { project, system } from "../support/controllers.js";

const END = "2026-03-03T12:00:00.000+00:00";

test("nothing is said before the end is near", () => {
  const nothing = { text: "", short: "", title: "" };
  assert.deepEqual(deletionText(undefined, system()), nothing);
  assert.deepEqual(deletionText(project({ deletion_near: false, deleted_at: END }), system()), nothing);
});

test("what is said names the day, and whose rule it is", () => {
  const own = deletionText(project({ deletion_near: true, deleted_at: END, keep_days: 30, kept_by_server: false }), system({ max_keep_days: 90 }));
  assert.match(own.text, /^Deleted on 3 Mar( 2026)? unless it is changed$/);
  assert.match(own.short, /^will be deleted on 3 Mar/);
  assert.match(own.title, /^By its rule this project is kept for 30 days after/);
  const oneDay = deletionText(project({ deletion_near: true, deleted_at: END, keep_days: 1, kept_by_server: false }), system());
  assert.match(oneDay.title, /^By its rule this project is kept for 1 day after/);
  const servers = deletionText(project({ deletion_near: true, deleted_at: END, keep_days: null, kept_by_server: true }), system({ max_keep_days: 90 }));
  assert.match(servers.title, /^This server keeps a project for 90 days after/);
});

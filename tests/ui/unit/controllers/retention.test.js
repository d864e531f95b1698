import assert from "node:assert/strict";
import { test } from "node:test";

import { RetentionController } from "../../../../ui/static/controllers/retention.js";
import { apiError, fakeNotify, fakeServer, label, project, storeWith } from "../support/controllers.js";

const settled = () => new Promise((resolve) => setTimeout(resolve));

/** @param {boolean} near @param {Parameters<typeof fakeServer>[0]} [answers] */
function page(near, answers = {}) {
  const store = storeWith({ projects: [project({ deletion_near: near })], project: { id: "p", name: "Project" } });
  const { server, asked } = fakeServer({ projects: () => [project({ deletion_near: false })], setProjectRules: () => project(), ...answers });
  const notices = fakeNotify();
  return { store, asked, controller: new RetentionController(store, { server, notify: notices.notify }), ...notices };
}

test("rules are sent, and what the server makes of them is shown", async () => {
  const { controller, asked, store } = page(true);
  await controller.setRules({ id: "p" }, { keep_days: 30, deidentify: true });
  assert.deepEqual(asked, [["setProjectRules", "p", { keep_days: 30, deidentify: true }], ["projects"]]);
  assert.equal(store.state.projects[0].deletion_near, false);
});

test("a refusal is told", async () => {
  const { controller, failed } = page(false, { setProjectRules: () => Promise.reject(apiError(400)) });
  await controller.setRules({ id: "p" }, { keep_days: 30, deidentify: false });
  assert.deepEqual(failed, ["error 400"]);
});

test("a change near the end asks anew, once; far from it nothing is asked", async () => {
  const far = page(false);
  far.store.emit("slice-saved", { volumeId: "v", plane: "axial", index: 1 });
  await settled();
  assert.deepEqual(far.asked, []);

  const near = page(true);
  near.store.emit("slice-saved", { volumeId: "v", plane: "axial", index: 1 });
  near.store.set({ labels: [label(1)] });
  await settled();
  assert.deepEqual(near.asked, [["projects"]]);
  assert.equal(near.store.state.projects[0].deletion_near, false);
});

test("where the server is away the line stays as it is", async () => {
  const { store, failed } = page(true, { projects: () => Promise.reject(apiError(503)) });
  store.emit("slice-saved", { volumeId: "v", plane: "axial", index: 1 });
  await settled();
  assert.deepEqual([store.state.projects[0].deletion_near, failed], [true, []]);
});

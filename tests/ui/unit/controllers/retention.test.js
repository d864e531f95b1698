import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { RetentionController } from "../../../../ui/static/controllers/retention.js";
import { apiError, fakeNotify, fakeServer, label, project, storeWith } from "../support/controllers.js";

const settled = () => new Promise((resolve) => setTimeout(resolve));

/** @param {boolean} near @param {Parameters<typeof fakeServer>[0]} [answers] */
function page(near, answers = {}) {
  const store = storeWith({ projects: [project({ deletion_near: near })], project: { id: "p", name: "Project" } });
  const { server, asked } = fakeServer({ projects: () => [project({ deletion_near: false })], setProjectRules: () => project(), ...answers });
  const notices = fakeNotify();
  const opened = new EventTarget();
  return { store, asked, opened, controller: new RetentionController(store, { server, notify: notices.notify, page: opened }), ...notices };
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

test("on another day the list is asked for, where no login asks for it at each return", async () => {
  mock.timers.enable({ apis: ["Date"], now: Date.UTC(2026, 10, 27, 12) });
  const [alone, loggedIn] = [page(false), page(false)];
  loggedIn.store.set({ login: { name: "Ada", role: "annotator" } });
  for (const { opened } of [alone, loggedIn]) opened.dispatchEvent(new Event("focus"));
  mock.timers.tick(24 * 3600 * 1000);
  for (const { opened } of [alone, loggedIn]) for (const event of ["blur", "focus"]) opened.dispatchEvent(new Event(event));
  await settled();
  mock.timers.reset();
  assert.deepEqual([alone.asked, loggedIn.asked], [[["projects"]], []]);
});

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { ProjectController } from "../../../../ui/static/controllers/project.js";
import { rememberOpen } from "../../../../ui/static/controllers/remembered.js";
import { apiError, fakeNotify, fakeServer, label, newStorage, pause, project, storeWith, summary } from "../support/controllers.js";

beforeEach(() => void newStorage());

const SYSTEM = { encoder: "an encoder", worker_error: null, prompts: ["box"] };

/** @param {Parameters<typeof fakeServer>[0]} answers */
function page(answers) {
  const store = storeWith();
  const { server, asked } = fakeServer({ system: () => SYSTEM, projects: () => [project()], project: (id) => project({ id }), ...answers });
  const notices = fakeNotify();
  /** @type {string[]} */
  const order = [];
  const volume = { open: async (/** @type {string} */ id) => void order.push(`open ${id}`), close: () => void order.push("close") };
  return { store, asked, order, controller: new ProjectController(store, { server, notify: notices.notify, volume }), ...notices };
}

const two = project({ labels: [label(3)], volumes: [summary({ id: "a" }), summary({ id: "b" })] });

test("the page starts with what was open last", async () => {
  rememberOpen({ project: "p", volume: "b" });
  const { store, controller, order } = page({ project: () => two });
  await controller.start();
  assert.deepEqual(order, ["close", "open b"]);
  const { project: open, labels, activeLabel, system } = store.state;
  assert.deepEqual([open, labels.length, activeLabel, system], [{ id: "p", name: "Project", access: "owner", ownerName: null }, 1, 3, SYSTEM]);
});

test("a volume that is gone is replaced by the first", async () => {
  rememberOpen({ project: "gone", volume: "gone" });
  const { controller, order } = page({ project: () => two });
  await controller.start();
  assert.deepEqual(order, ["close", "open a"]);
});

test("a newcomer gets a workspace", async () => {
  let known = false;
  const { store, controller, said } = page({ projects: () => (known ? [project()] : []), openWorkspace: () => ((known = true), [project()]) });
  await controller.start();
  assert.deepEqual([store.state.project?.id, said], ["p", []]);
});

test("a browser without cookies is told what to do", async () => {
  const { store, controller, said } = page({ projects: () => [], openWorkspace: () => [project()] });
  await controller.start();
  assert.match(said[0], /Allow cookies for this site, then reload the page/);
  assert.equal(store.state.project, null);
});

test("a server with too many newcomers says so; another failure stops the start", async () => {
  const busy = page({ projects: () => [], openWorkspace: () => Promise.reject(apiError(503)) });
  await busy.controller.start();
  assert.deepEqual([busy.failed, busy.store.state.failedToStart], [["error 503"], false]);
  const broken = page({ projects: () => [], openWorkspace: () => Promise.reject(apiError(500)) });
  await broken.controller.start();
  assert.deepEqual([broken.failed, broken.store.state.failedToStart], [["error 500"], true]);
});

test("a volume that arrived is listed once and opened", async () => {
  const { store, controller, order } = page({});
  store.set({ project: { id: "p", name: "" }, volumes: [summary(), summary({ id: "w" })] });
  await controller.volumeArrived(summary({ name: "Again" }));
  assert.deepEqual(store.state.volumes.map(({ id, name }) => [id, name]), [["w", "Scan"], ["v", "Again"]]);
  assert.deepEqual(order, ["open v"]);
});

test("a volume that arrived for a project left meanwhile opens that project", async () => {
  const { store, controller } = page({ project: () => two });
  store.set({ project: { id: "other", name: "" } });
  await controller.volumeArrived(summary({ id: "b" }));
  assert.equal(store.state.project?.id, "p");
});

test("projects are created, renamed and deleted", async () => {
  const { store, controller, asked, order } = page({
    createProject: () => project({ id: "new" }),
    renameProject: (id, name) => project({ id, name }),
    deleteProject: () => null,
  });
  assert.equal(await controller.create("New"), "new");
  await controller.rename({ id: "new" , name: "New" }, "Better");
  assert.deepEqual(store.state.project, { id: "new", name: "Better", access: "owner", ownerName: null });
  order.length = 0;
  await controller.remove({ id: "new" });
  assert.equal(order[0], "close");
  assert.ok(asked.some(([name]) => name === "deleteProject"));
});

test("the volume on screen is left before it is deleted", async () => {
  const { store, controller, order, asked } = page({ deleteVolume: () => (order.push("delete"), null) });
  store.set({ volume: summary() });
  await controller.removeVolume(summary());
  assert.deepEqual(order.slice(0, 2), ["close", "delete"]);
  assert.ok(asked.some(([name]) => name === "project"));
});

test("what fails is told", async () => {
  const { controller, failed } = page({ project: () => Promise.reject(apiError(404)), createProject: () => Promise.reject(apiError(403)) });
  assert.equal(await controller.create("New"), null);
  assert.deepEqual(failed.splice(0), ["error 403"]);
  await controller.open("gone");
  assert.deepEqual(failed, ["error 404"]);
});

test("notices of a project go when another one is opened, not when it is opened again", async () => {
  const { store, controller, withdrawn } = page({});
  await controller.start();
  withdrawn.length = 0;
  await controller.open("p");
  assert.deepEqual(withdrawn, ["left", "shared"]);
  await controller.open("q");
  assert.deepEqual([withdrawn.slice(2), store.state.project?.id], [["left", "shared", "access"], "q"]);
});

test("the list is fetched again, and keeps what changed here meanwhile", async () => {
  /** @type {(value: unknown) => void} */
  let answer = () => {};
  const { store, controller } = page({ project: () => new Promise((resolve) => (answer = resolve)) });
  store.set({ project: { id: "p", name: "" }, volumes: [summary({ id: "a" }), summary({ id: "deleted" }), summary({ id: "b" })] });
  const listing = controller.listAgain();
  await pause();
  const [a, , b] = store.state.volumes;
  store.set({ volumes: [a, summary({ id: "deleted", name: "Changed" }), { ...b, name: "Renamed here" }, summary({ id: "imported" })] });
  answer(project({ volumes: [summary({ id: "a" }), summary({ id: "b" }), summary({ id: "theirs" })] }));
  await listing;
  const listed = store.state.volumes.map(({ id, name }) => [id, name]);
  assert.deepEqual(listed, [["a", "Scan"], ["b", "Renamed here"], ["theirs", "Scan"], ["imported", "Scan"]]);
});

test("a server that is away, or a project left meanwhile, changes nothing of the list", async () => {
  const { store, controller, failed } = page({ project: () => Promise.reject(apiError(0, "offline")) });
  const volumes = [summary()];
  store.set({ project: { id: "p", name: "" }, volumes });
  await controller.listAgain();
  assert.deepEqual([store.state.volumes === volumes, failed], [true, []]);
});

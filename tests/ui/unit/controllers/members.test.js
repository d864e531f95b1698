/** Sharing, and a page whose project is shared otherwise meanwhile. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { MemberController } from "../../../../ui/static/controllers/members.js";
import { apiError, fakeNotify, fakeServer, newStorage, project, storeWith, summary, system } from "../support/controllers.js";

/** @import { ProjectAccess } from "../../../../ui/static/api/types.d.ts" */

beforeEach(() => void newStorage());

const MEMBERS = { owner_name: "Ada", members: [{ account_id: "g", name: "Grace", role: /** @type {const} */ ("annotator") }] };

/** Grace's page with a project of Ada's; `told` is what the server says of it now. @param {ProjectAccess} access */
function page(access, answers = {}) {
  const store = storeWith({
    login: { name: "Grace", role: "annotator" },
    project: { id: "p", name: "Livers", access, ownerName: "Ada" },
    system: system(),
    volume: summary(),
    volumes: [summary()],
  });
  const { server, asked } = fakeServer({ projects: () => [], ...answers });
  const notices = fakeNotify();
  /** @type {string[]} */
  const order = [];
  const parts = {
    project: { start: async () => void order.push("start") },
    annotations: { load: async () => void order.push("load") },
    saver: {
      setAside: (/** @type {string[]} */ ids) => void order.push(`set aside ${ids}`),
      flush: async (/** @type {string} */ id) => void order.push(`flush ${id}`),
    },
    page: new EventTarget(),
  };
  const controller = new MemberController(store, /** @type {any} */ ({ server, notify: notices.notify, ...parts }));
  return { store, asked, order, controller, ...parts, ...notices };
}

test("who may only look from now on is told, and what was refused stays in the browser", async () => {
  const now = project({ name: "Livers", access: "reviewer", owner_name: "Ada" });
  const { store, said, order, controller } = page("annotator", { project: () => now });
  store.emit("refused");
  await controller.check(); // the one that the refusal began
  assert.deepEqual(said, ["Ada lets you only look at this project now. What was not saved stays in this browser."]);
  assert.deepEqual(order, ["set aside v", "load"]);
  assert.equal(store.state.project?.access, "reviewer");
  await controller.check();
  assert.equal(said.length, 1);
});

test("where this browser has no room, what was refused is not said to stay in it", async () => {
  const now = project({ name: "Livers", access: "reviewer", owner_name: "Ada" });
  const { store, said, controller } = page("annotator", { project: () => now });
  store.set({ saving: { state: "held", count: 1, backedUp: false } });
  await controller.check();
  assert.deepEqual(said, ["Ada lets you only look at this project now. What was not saved stays only in this window."]);
});

test("who may paint from now on is told when the page is looked at again", async () => {
  const now = project({ name: "Livers", access: "annotator", owner_name: "Ada" });
  const { said, order, page: opened, controller } = page("reviewer", { project: () => now });
  opened.dispatchEvent(new Event("focus"));
  await controller.check();
  assert.deepEqual([said, order], [["Ada lets you paint in this project now."], ["load"]]);
});

test("a project that was taken back is left", async () => {
  const { said, order, controller } = page("annotator", { project: () => Promise.reject(apiError(404)) });
  await controller.check();
  assert.deepEqual(said, ["Ada does not share Livers with you any more. What was not saved stays in this browser."]);
  assert.deepEqual(order, ["set aside v", "start"]);
});

const shared = project({ id: "q", name: "Lungs", access: "reviewer", owner_name: "Bob" });

test("a project that was shared meanwhile is listed and told of once", async () => {
  const open = project({ name: "Livers", access: "annotator", owner_name: "Ada" });
  const { store, said, order, page: opened, controller } = page("annotator", { projects: () => [open, shared], project: () => open });
  store.set({ projects: [open] });
  opened.dispatchEvent(new Event("focus"));
  await controller.check();
  assert.deepEqual([store.state.projects.map(({ id }) => id), said, order], [["p", "q"], ["Bob shared Lungs with you."], []]);
  await controller.check();
  assert.equal(said.length, 1);
});

test("a project that was given is one's own, whatever could be done in it before", async () => {
  for (const access of /** @type {const} */ (["annotator", "reviewer"])) {
    const given = project({ name: "Livers", access: "owner", owner_name: null });
    const { store, said, withdrawn, controller } = page(access, { projects: () => [given], project: () => given });
    store.set({ projects: [project({ name: "Livers", access, owner_name: "Ada" })] });
    await controller.check();
    assert.deepEqual([store.state.projects[0].owner_name, store.state.project?.access, said], [null, "owner", ["Livers is yours now."]]);
    assert.deepEqual(withdrawn, access === "reviewer" ? ["access"] : []);
  }
});

test("the first project that is shared with somebody who has none is opened", async () => {
  const { store, said, order, controller } = page("reviewer", { projects: () => [shared] });
  store.set({ project: null, volume: null, volumes: [] });
  await controller.check();
  assert.deepEqual([said, order], [["Bob shared Lungs with you."], ["start"]]);
});

test("a server that is away, or a page without a login, takes nothing away", async () => {
  const away = page("annotator", { project: () => Promise.reject(apiError(0)) });
  await away.controller.check();
  assert.deepEqual([away.said, away.order], [[], []]);
  const alone = page("annotator");
  alone.store.set({ login: null });
  await alone.controller.check();
  assert.deepEqual(alone.asked, []);
});

test("members are put, removed, and leave by themselves", async () => {
  const answers = { members: () => MEMBERS, putMember: () => MEMBERS, removeMember: () => null };
  const { store, asked, order, said, controller } = page("annotator", answers);
  const open = /** @type {any} */ (store.state.project);
  assert.deepEqual(await controller.put(open, "grace", "annotator"), MEMBERS);
  assert.deepEqual(await controller.remove(open, "g"), MEMBERS);
  await controller.leave(open);
  assert.deepEqual(asked.filter(([name]) => name === "removeMember"), [["removeMember", "p", "g"], ["removeMember", "p", "g"]]);
  assert.deepEqual([order, said], [["flush v", "set aside v", "start"], ["You left Livers."]]);
});

test("a project that is given away is the other person's", async () => {
  const now = project({ name: "Livers", access: "annotator", owner_name: "Grace" });
  const { store, said, controller } = page("owner", { handOver: () => MEMBERS, project: () => now });
  await controller.handOver(/** @type {any} */ (store.state.project), "Grace");
  assert.deepEqual([store.state.project?.ownerName, said], ["Grace", []]);
});

test("what the server refuses is told", async () => {
  const { store, failed, controller } = page("owner", { putMember: () => Promise.reject(apiError(422)) });
  assert.equal(await controller.put(/** @type {any} */ (store.state.project), "Nobody", "reviewer"), null);
  assert.deepEqual(failed, ["error 422"]);
});

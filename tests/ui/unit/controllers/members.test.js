/** Sharing, and a page whose project is shared otherwise meanwhile. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { MemberController } from "../../../../ui/static/controllers/members.js";
import { apiError, fakeNotify, fakeServer, newStorage, pause, project, storeWith, summary, system } from "../support/controllers.js";

/** @import { ProjectAccess } from "../../../../ui/static/api/types.d.ts" */

beforeEach(() => void newStorage());

const MEMBERS = { owner_name: "Ada", members: [{ account_id: "g", name: "Grace", role: /** @type {const} */ ("annotator") }], offer: null };
const OFFER = { project_id: "o", project_name: "Hips", owner_name: "Ada", created_at: "2026-11-27T03:00:00.000Z" };

/** Grace's page with a project of Ada's; `told` is what the server says of it now. @param {ProjectAccess} access */
function page(access, answers = {}) {
  const store = storeWith({
    login: { name: "Grace", role: "annotator" },
    project: { id: "p", name: "Livers", access, ownerName: "Ada" },
    system: system(),
    volume: summary(),
    volumes: [summary()],
  });
  const { server, asked } = fakeServer({ projects: () => [], offers: () => [], ...answers });
  const notices = fakeNotify();
  /** @type {string[]} */
  const order = [];
  const parts = {
    project: { start: async () => void order.push("start"), open: async (/** @type {string} */ id) => void order.push(`open ${id}`) },
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

test("who may paint from now on is not told before the slices are there: a stroke on those that go would be dropped", async () => {
  const now = project({ name: "Livers", access: "annotator", owner_name: "Ada" });
  const { said, annotations, controller } = page("reviewer", { project: () => now });
  /** @type {number[]} */
  const saidBefore = [];
  annotations.load = async () => void saidBefore.push(said.length);
  await controller.check();
  assert.deepEqual([saidBefore, said.length], [[0], 1]);
});

test("a project that was taken back is left", async () => {
  const { said, order, withdrawn, controller } = page("annotator", { project: () => Promise.reject(apiError(404)) });
  await controller.check();
  assert.deepEqual(said, ["Ada does not share Livers with you any more. What was not saved stays in this browser."]);
  assert.deepEqual(order, ["set aside v", "start"]);
  assert.equal(withdrawn.at(-1), "access"); // what was under way when the project went
});

test("one's own that was given away, to keep nothing, or deleted elsewhere is left", async () => {
  const { store, said, order, controller } = page("owner", { project: () => Promise.reject(apiError(404)) });
  store.set({ project: { id: "p", name: "Livers", access: "owner", ownerName: null } });
  await controller.check();
  assert.deepEqual(said, ["Livers is not here any more: it was given away or deleted. What was not saved stays in this browser."]);
  assert.deepEqual(order, ["set aside v", "start"]);
});

test("one's own that was made in another window is listed, and no news", async () => {
  const open = project({ name: "Livers", access: "annotator", owner_name: "Ada" });
  const own = project({ id: "n", name: "New" });
  const { store, said, controller } = page("annotator", { projects: () => [own, open], project: () => open });
  store.set({ projects: [open] });
  await controller.check();
  assert.deepEqual([store.state.projects.map(({ id }) => id), said], [["n", "p"], []]);
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

test("a project that was accepted is the other person's", async () => {
  const before = project({ name: "Livers", access: "owner", owner_name: null });
  const now = project({ name: "Livers", access: "annotator", owner_name: "Grace" });
  const { store, said, controller } = page("owner", { projects: () => [now], project: () => now });
  store.set({ projects: [before], project: { id: "p", name: "Livers", access: "owner", ownerName: null } });
  await controller.check();
  assert.deepEqual([store.state.project?.ownerName, said], ["Grace", ["Grace owns Livers now."]]);
});

test("a project is offered, and taken back", async () => {
  const { store, asked, controller } = page("owner", { offerProject: () => MEMBERS, takeOfferBack: () => MEMBERS });
  const open = /** @type {any} */ (store.state.project);
  assert.deepEqual(await controller.offer(open, "Grace", "look"), MEMBERS);
  assert.deepEqual(await controller.takeBack(open), MEMBERS);
  assert.deepEqual(asked, [["offerProject", "p", "Grace", "look"], ["takeOfferBack", "p"]]);
});

test("what is offered is told of once, when somebody is there to be told", async () => {
  const { store, said, withdrawn, controller } = page("annotator", { offers: () => [OFFER], project: () => Promise.reject(apiError(0)) });
  store.set({ login: { name: "Grace", role: "annotator" } });
  await pause();
  await controller.check();
  assert.deepEqual([store.state.offers, said, withdrawn], [[OFFER], ["Ada offers you Hips. Accept or decline in the list of projects."], []]);
});

test("what is accepted is opened, what is declined goes, and what was taken back is told", async () => {
  let left = [OFFER];
  const answerOffer = () => void (left = []);
  const accepting = page("annotator", { offers: () => left, answerOffer });
  await accepting.controller.accept(OFFER);
  assert.deepEqual([accepting.order, accepting.said, accepting.store.state.offers], [["open o"], ["Hips is yours now."], []]);
  const declining = page("annotator", { offers: () => [], answerOffer });
  declining.store.set({ offers: [OFFER] });
  await declining.controller.decline(OFFER);
  assert.deepEqual([declining.asked, declining.store.state.offers, declining.withdrawn], [[["answerOffer", "o", "decline"], ["offers"]], [], ["offer"]]);
  const late = page("annotator", { answerOffer: () => Promise.reject(apiError(404)) });
  late.store.set({ offers: [OFFER] });
  await late.controller.accept(OFFER);
  assert.deepEqual([late.failed, late.order, late.store.state.offers], [["error 404"], [], []]);
});

test("what the server refuses is told", async () => {
  const { store, failed, controller } = page("owner", { putMember: () => Promise.reject(apiError(422)) });
  assert.equal(await controller.put(/** @type {any} */ (store.state.project), "Nobody", "reviewer"), null);
  assert.deepEqual(failed, ["error 422"]);
});

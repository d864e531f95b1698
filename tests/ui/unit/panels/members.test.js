/** The dialog in which a project is shared, the project menu, and what is hidden from those who only look. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { recallList } from "../../../../ui/static/controllers/remembered.js";
import { event, fake, newPage } from "../support/page.js";
import { label, pause, project, storeWith, summary } from "../support/controllers.js";
import { LabelsPanel } from "../../../../ui/static/panels/labels.js";
import { lookOnlyNote } from "../../../../ui/static/panels/look_only.js";
import { openMembersDialog } from "../../../../ui/static/panels/members.js";
import { ProjectsPanel } from "../../../../ui/static/panels/projects.js";
import { toolColumn } from "../../../../ui/static/panels/toolbar.js";

/**
 * @import { Members } from "../../../../ui/static/api/types.d.ts"
 * @import { FakeElement } from "../support/dom.js"
 */

let app = newPage();
beforeEach(() => (app = newPage()));

/** @param {string} testid */
const all = (testid) => app.querySelectorAll(`[data-testid="${testid}"]`);
/** @param {string} testid */
const byId = (testid) => /** @type {FakeElement} */ (all(testid)[0]);

/** @param {string} testid */
const hidden = (testid) => /** @type {any} */ (byId(testid)).hidden;

const OPEN = /** @type {const} */ ({ id: "p", name: "Livers", access: "owner", ownerName: null });

test("a person is added by name, gets another role, and is removed", async () => {
  /** @type {unknown[]} */
  const asked = [];
  /** @type {Members} */
  let now = { owner_name: "Ada", members: [], offer: null };
  const grace = { account_id: "g", name: "Grace", role: /** @type {const} */ ("reviewer") };
  const members = {
    list: async () => now,
    put: async (/** @type {unknown} */ _, /** @type {string} */ name, /** @type {any} */ role) => {
      asked.push([name, role]);
      return (now = { owner_name: "Ada", members: [{ ...grace, role }], offer: null });
    },
    remove: async (/** @type {unknown} */ _, /** @type {string} */ id) => (asked.push(id), (now = { owner_name: "Ada", members: [], offer: null })),
    offer: async () => null,
    takeBack: async () => null,
  };
  await openMembersDialog(OPEN, { members });
  assert.equal(all("member-row").length, 0);
  const form = /** @type {FakeElement} */ (app.querySelector("form"));
  byId("member-name").value = " Grace ";
  form.dispatchEvent(event("submit"));
  await pause();
  assert.deepEqual([asked, all("member-row").length, byId("member-name").value], [[["Grace", "reviewer"]], 1, ""]);
  const role = byId("member-row-role");
  role.value = "annotator";
  role.dispatchEvent(event("change"));
  await pause();
  assert.deepEqual(asked[1], ["Grace", "annotator"]);
  byId("member-remove").click();
  await pause();
  assert.deepEqual([asked[2], all("member-row").length], ["g", 0]);
});

test("what is refused is said in the dialog, and the name stays to be mended", async () => {
  const said = "Nobody here is called 'Grcae'.";
  /** @type {Members} */
  const now = { owner_name: "Ada", members: [], offer: null };
  const refuse = async (/** @type {unknown[]} */ ...args) => (/** @type {any} */ (args.at(-1)).failed(new Error(said)), null);
  await openMembersDialog(OPEN, { members: { list: async () => now, put: refuse, remove: async () => null, offer: refuse, takeBack: refuse } });
  assert.equal(hidden("member-refusal"), true);
  byId("give-away").click();
  assert.match(byId("member-refusal").textContent, /^Type above the name/);
  byId("member-name").value = "Grcae";
  /** @type {FakeElement} */ (app.querySelector("form")).dispatchEvent(event("submit"));
  await pause();
  assert.deepEqual([hidden("member-refusal"), byId("member-refusal").textContent, byId("member-name").value], [false, said, "Grcae"]);
});

test("a project is offered to be looked at from then on, and taken back", async () => {
  /** @type {unknown[]} */
  const asked = [];
  /** @type {Members} */
  const alone = { owner_name: "Ada", members: [], offer: null };
  const members = {
    list: async () => alone,
    put: async () => null,
    remove: async () => null,
    offer: async (/** @type {unknown} */ _, /** @type {string} */ name, /** @type {any} */ stay) => (asked.push([name, stay]), { ...alone, offer: { name, stay, created_at: "" } }),
    takeBack: async () => (asked.push("taken back"), alone),
  };
  await openMembersDialog(OPEN, { members });
  byId("member-name").value = " Grace ";
  byId("give-away").click();
  assert.match(byId("offer-dialog").textContent, /Grace is asked first/);
  byId("stay-look").click();
  byId("offer-ok").click();
  await pause();
  assert.deepEqual([asked, hidden("pending-offer")], [[["Grace", "look"]], false]);
  assert.match(byId("pending-offer").textContent, /Offered to Grace, who has not answered yet\. Once it is accepted, you can still look at it\./);
  byId("take-back").click();
  await pause();
  assert.deepEqual([asked[1], hidden("pending-offer")], ["taken back", true]);
});

test("what is offered stands in the project menu, with its answers", async () => {
  const offer = { project_id: "o", project_name: "Hips", owner_name: "Ada", created_at: "" };
  const store = storeWith({ login: { name: "Grace", role: "annotator" }, offers: [offer] });
  /** @type {unknown[]} */
  const answered = [];
  const members = { check: async () => {}, accept: (/** @type {unknown} */ each) => answered.push(["accept", each]), decline: (/** @type {unknown} */ each) => answered.push(["decline", each]) };
  const panel = new ProjectsPanel(store, /** @type {any} */ ({ members }));
  app.append(fake(panel.projectButton), fake(panel.element));
  for (const answer of ["accept", "decline"]) {
    fake(panel.projectButton).click();
    assert.match(byId("offer").textContent, /^Ada offers you Hips\./);
    byId(`offer-${answer}`).click();
    assert.equal(all("offer").length, 0);
  }
  assert.deepEqual(answered, [["accept", offer], ["decline", offer]]);
});

test("the project menu groups what others share, and offers what may be done", () => {
  const store = storeWith({
    login: { name: "Grace", role: "annotator" },
    projects: [project({ id: "own", name: "Own" }), project({ id: "p", name: "Livers", access: "reviewer", owner_name: "Ada" })],
    project: { id: "p", name: "Livers", access: "reviewer", ownerName: "Ada" },
  });
  const panel = new ProjectsPanel(store, /** @type {any} */ ({ members: { check: async () => {} }, project: { recallList } }));
  app.append(fake(panel.projectButton), fake(panel.element));
  const menu = () => {
    fake(panel.projectButton).click();
    return app.querySelectorAll(".menu-item").map((item) => item.querySelectorAll("span").map((each) => each.textContent).filter(Boolean).join(" | "));
  };
  assert.deepEqual(menu(), ["Own | 0", "Livers | Ada · look and review", "New project…", "New project from a model… | a file", "Deleted… | kept for 30 days", "Leave…"]);
  fake(panel.projectButton).click();
  store.set({ project: { id: "own", name: "Own", access: "owner", ownerName: null } });
  assert.deepEqual(menu().slice(5), ["Use a model from a file…", "Share…", "Rename…", "Keep…", "Delete project…"]);
});

const itemTexts = () => app.querySelectorAll(".menu-item").map((item) => item.querySelectorAll("span")[0].textContent);

test("the open project menu takes in what was shared meanwhile; everyone's projects are listed once", async () => {
  const store = storeWith({ login: { name: "Root", role: "admin" }, projects: [project({ name: "Own" })] });
  const shared = [project({ name: "Own" }), project({ id: "q", name: "Livers", owner_name: "Ada", access: "reviewer" })];
  const parts = { members: { check: async () => store.set({ projects: shared }) }, project: { listEveryones: async () => {} } };
  const panel = new ProjectsPanel(store, /** @type {any} */ (parts));
  app.append(fake(panel.projectButton), fake(panel.element));
  fake(panel.projectButton).click();
  assert.deepEqual(itemTexts(), ["Own", "New project…", "New project from a model…", "List everyone’s projects", "Deleted…"]);
  await pause();
  assert.deepEqual(itemTexts(), ["Own", "Livers", "New project…", "New project from a model…", "List everyone’s projects", "Deleted…"]);
  byId("everyones-projects").click();
  await pause();
  assert.deepEqual(itemTexts(), ["Own", "Livers", "New project…", "New project from a model…", "Deleted…"]);
  fake(panel.projectButton).click();
  fake(panel.projectButton).click();
  assert.equal(all("everyones-projects").length, 1);
});

test("leaving a project names what is not saved", async () => {
  const project = /** @type {const} */ ({ id: "p", name: "Livers", access: "annotator", ownerName: "Ada" });
  const store = storeWith({ login: { name: "Grace", role: "annotator" }, projects: [/** @type {any} */ ({ ...project, owner_name: "Ada" })], project, saving: { state: "saving", count: 2 }, kept: { here: 1, elsewhere: 4 } });
  /** @type {unknown[]} */
  const left = [];
  const panel = new ProjectsPanel(store, /** @type {any} */ ({ members: { check: async () => {}, leave: async (/** @type {unknown} */ each) => left.push(each) }, project: { recallList } }));
  app.append(fake(panel.projectButton), fake(panel.element));
  fake(panel.projectButton).click();
  byId("leave-project").click();
  assert.match(byId("confirm-dialog").textContent, /3 slices of it are not saved; what cannot be saved first stays in this browser\./);
  byId("confirm").click();
  await pause();
  assert.deepEqual(left, [project]);
});

test("who only looks has no painting tools, no label to add, and is told why", () => {
  const store = storeWith({ project: OPEN, labels: [label(1)], volume: summary() });
  const column = fake(toolColumn(store, { view: { chooseTool() {} }, steps: { undo() {}, redo() {} }, fit() {} }));
  const labels = new LabelsPanel(store, /** @type {any} */ ({ labels: {}, view: { chooseLabel() {} }, goTo() {} }));
  app.append(column, fake(labels.element), fake(lookOnlyNote(store)));
  const shown = () => app.querySelectorAll("button.tool").filter((/** @type {any} */ each) => !each.hidden).map((each) => each.getAttribute("data-testid"));
  assert.ok(shown().includes("tool-brush"));
  store.set({ project: { ...OPEN, access: "reviewer", ownerName: "Ada" } });
  assert.deepEqual(shown(), ["tool-navigate", "fit-view"]);
  assert.deepEqual([hidden("add-label"), hidden("look-only")], [true, false]);
  assert.match(byId("look-only").textContent, /You can look at this project and review it; Ada shared it with you\./);
  assert.equal(all("label-lock").length, 0);
});

/** Dialogs, menus and notices: what lies over the page. */
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { event, fake, newPage } from "../support/page.js";
import { ApiError } from "../../../../ui/static/api/client.js";
import { chooseDialog, confirmDialog, openDialog, promptDialog } from "../../../../ui/static/lib/dialog.js";
import { h } from "../../../../ui/static/lib/dom.js";
import { icon } from "../../../../ui/static/lib/icons.js";
import { namesDialog } from "../../../../ui/static/lib/name_dialog.js";
import { closeMenu, menuItem, toggleMenu } from "../../../../ui/static/lib/menu.js";
import { toast, toastError, withdraw } from "../../../../ui/static/lib/toast.js";

let app = newPage();
beforeEach(() => {
  closeMenu();
  app = newPage();
});

/** @param {string} testid */
const byId = (testid) => /** @type {import("../support/dom.js").FakeElement} */ (app.querySelector(`[data-testid="${testid}"]`));
const notices = () => app.querySelectorAll(".toast-text").map((each) => each.textContent);

test("a dialog leaves the page when it is closed, and says so once", () => {
  let closed = 0;
  const { close } = openDialog("Title", h("p", "Text"), { testid: "d", onClose: () => closed++ });
  assert.equal(byId("d").getAttribute("aria-label"), "Title");
  close();
  assert.equal(byId("d"), null);
  assert.equal(closed, 1);
});

test("a click on the backdrop closes a dialog, keys stay in it", () => {
  openDialog("Title", "Text", { testid: "d" });
  const key = event("keydown", { key: "b" });
  key.stopPropagation = mock.fn();
  byId("d").dispatchEvent(key);
  assert.equal(/** @type {import("node:test").Mock<() => void>} */ (key.stopPropagation).mock.callCount(), 1);
  byId("d").dispatchEvent(event("pointerdown"));
  assert.equal(byId("d"), null);
});

test("a question is answered by its buttons; closing it is a no", async () => {
  const yes = confirmDialog("Delete?", "It is gone then.", "Delete");
  byId("confirm").click();
  assert.equal(await yes, true);
  const no = confirmDialog("Delete?", "It is gone then.", "Delete");
  byId("confirm-dialog").close();
  assert.equal(await no, false);
});

test("one of several things is chosen, or none", async () => {
  const choices = [{ value: 7, text: "Axial", hint: "3 slices" }, { value: 8, text: "Coronal", hint: "1 slice" }];
  const chosen = chooseDialog("Which?", "Text", choices);
  app.querySelectorAll('[data-testid="choice"]')[1].click();
  assert.equal(await chosen, 8);
  const none = chooseDialog("Which?", "Text", choices);
  byId("choice-dialog").close();
  assert.equal(await none, null);
});

const CONFLICTS = [
  { code: 1, name: "Liver", color: "#111111", file_name: "Leber", file_color: "#222222" },
  { code: 2, name: "<i>Spleen</i>", color: "#333333", file_name: "\u8139", file_color: null },
];

test("names are kept unless something else is chosen, for each code or for all", async () => {
  const each = namesDialog(CONFLICTS);
  assert.equal(byId("name-keep-1").getAttribute("aria-checked"), "true");
  assert.match(byId("name-new-2").textContent, /^\u8139Import as a label/);
  byId("name-take-1").click();
  assert.deepEqual(["keep", "take", "new"].map((choice) => byId(`name-${choice}-1`).getAttribute("aria-checked")), ["false", "true", "false"]);
  byId("names-ok").click();
  assert.deepEqual(await each, { 1: "take", 2: "keep" });
  const all = namesDialog(CONFLICTS);
  byId("names-all-new").click();
  byId("names-ok").click();
  assert.deepEqual(await all, { 1: "new", 2: "new" });
});

test("an import is given up by closing its question; of one code none is asked for all", async () => {
  const one = namesDialog(CONFLICTS.slice(0, 1));
  assert.equal(byId("names-all-keep"), null);
  byId("names-dialog").close();
  assert.equal(await one, null);
});

for (const [typed, expected] of [["  Liver ", "Liver"], ["   ", null]]) {
  test(`typing "${typed}" into a prompt gives ${expected}`, async () => {
    const answer = promptDialog("Name", "Name", "", "Save");
    byId("prompt-input").value = String(typed);
    /** @type {import("../support/dom.js").FakeElement} */ (app.querySelector("form")).dispatchEvent(event("submit"));
    assert.equal(await answer, expected);
  });
}

test("a menu opens and closes with its button; another one takes its place", () => {
  const [first, second] = [h("button"), h("button")];
  toggleMenu(first, "one", { testid: "first" });
  assert.equal(first.getAttribute("aria-expanded"), "true");
  toggleMenu(second, "two", { testid: "second", className: "wide" });
  assert.equal(byId("first"), null);
  assert.equal(first.getAttribute("aria-expanded"), "false");
  toggleMenu(second, "two", { testid: "second" });
  assert.equal(byId("second"), null);
});

test("Escape closes a menu and gives focus back to its button", () => {
  const button = h("button");
  toggleMenu(button, "one", { testid: "menu" });
  byId("menu").dispatchEvent(event("keydown", { key: "Escape" }));
  assert.equal(byId("menu"), null);
  assert.equal(document.activeElement, button);
});

test("a menu row closes the menu and runs", () => {
  const run = mock.fn();
  const row = menuItem("Rename", run, { testid: "row", hint: "F2", checked: true, danger: true });
  toggleMenu(h("button"), row, { testid: "menu" });
  fake(row).click();
  assert.equal(byId("menu"), null);
  assert.equal(run.mock.callCount(), 1);
  assert.equal(row.className, "menu-item danger checked");
  const link = menuItem("Mask", null, { href: "/file" });
  assert.equal(link.getAttribute("href"), "/file");
});

test("a notice is shown once, three at a time, with what can be done", () => {
  const run = mock.fn();
  for (const text of ["a", "b", "b", "c", "d"]) toast(text, { durationMs: 0, action: { text: "Undo", run } });
  assert.deepEqual(notices(), ["b", "c", "d"]);
  app.querySelectorAll(".link")[0].click();
  assert.equal(run.mock.callCount(), 1);
});

test("an error is told in its own sentence, except where the user caused it on purpose", () => {
  mock.method(console, "error", () => {});
  toastError(new ApiError("The disk is full.", 507, "disk_full"));
  toastError(new ApiError("Upload cancelled.", 0, "cancelled"));
  toastError(new DOMException("aborted", "AbortError"));
  toastError(null);
  assert.deepEqual(notices(), ["The disk is full.", "Something went wrong; try again."]);
});

test("an icon is drawn from its name or from path data", () => {
  assert.equal(icon("eraser").children.length, 3);
  assert.equal(icon(["M0 0h20"]).children[0].getAttribute("d"), "M0 0h20");
});

test("of what is said of one place the latest stays, until it is withdrawn", () => {
  toastError(new ApiError("This volume does not exist.", 404, "not_found"));
  toastError(new ApiError("Ask Bob to let you paint.", 403, "forbidden"));
  toast("Bob lets you paint now.", { durationMs: 0, place: "access" });
  toast("Bob shared Lungs with you.", { durationMs: 0, place: "shared" });
  assert.deepEqual(notices(), ["Bob lets you paint now.", "Bob shared Lungs with you."]);
  withdraw("access");
  assert.deepEqual(notices(), ["Bob shared Lungs with you."]);
});

test("arrow keys and Tab go round the controls of a menu, Escape gives the focus back", () => {
  const anchor = h("button", "Menu");
  app.append(fake(anchor));
  toggleMenu(anchor, [menuItem("One", () => {}), menuItem("Two", () => {}), menuItem("Three", () => {})], { testid: "m" });
  const press = (/** @type {string} */ key, more = {}) => (fake(document.activeElement).closest(".menu") ?? byId("m")).dispatchEvent(event("keydown", { key, ...more }));
  const focused = () => document.activeElement?.textContent;
  const seen = ["ArrowDown", "ArrowDown", "End", "ArrowDown", "ArrowUp", "Home"].map((key) => (press(key), focused()));
  assert.deepEqual(seen, ["One", "Two", "Three", "One", "Three", "One"]);
  press("Tab", { shiftKey: true });
  assert.equal(focused(), "Three");
  press("Escape");
  assert.deepEqual([focused(), byId("m")], ["Menu", null]);
});

/** Press on an element, at a moment and a place. @param {any} element @param {string} type @param {[ms: number, x: number, y: number]} where */
function press(element, type, [timeStamp, clientX, clientY]) {
  const pressed = event(type, { clientX, clientY });
  Object.defineProperty(pressed, "timeStamp", { value: timeStamp });
  element.dispatchEvent(pressed);
  return pressed.cancelBubble; // whether it was kept from who listens there
}

for (const [what, open, close] of /** @type {[string, (name: string) => void, (name: string) => void][]} */ ([
  ["dialog", (name) => openDialog(name, h("p", "Text"), { testid: name }), (name) => byId(name).close()],
  ["menu", (name) => toggleMenu(h("button"), menuItem("Row", () => {}), { testid: name }), () => closeMenu()],
])) {
  test(`the second press of a double click that closed a ${what} does nothing to the slices behind it`, () => {
    const [pane, list] = [fake(h("div.pane")), fake(h("div"))];
    app.append(pane, list);
    open("first");
    press(byId("first").children.at(-1), "pointerdown", [1000, 50, 60]);
    close("first");
    assert.equal(press(pane, "pointerdown", [1150, 52, 61]), true);
    assert.equal(press(pane, "dblclick", [1200, 52, 61]), true);
    assert.equal(press(list, "pointerdown", [1200, 52, 61]), false); // no slice
    assert.equal(press(pane, "pointerdown", [1200, 150, 61]), false); // elsewhere
    assert.equal(press(pane, "pointerdown", [1700, 50, 60]), false); // later
    assert.equal(press(pane, "pointerdown", [1300, 50, 60]), false); // after a later one nothing is watched any more
    open("second");
    close("second"); // by the keyboard
    assert.equal(press(pane, "pointerdown", [1800, 50, 60]), false);
  });
}

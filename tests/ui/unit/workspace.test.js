import assert from "node:assert/strict";
import { test } from "node:test";

import "./support/page.js";
import { startIn } from "../../../ui/static/workspace.js";

function page() {
  const root = document.createElement("div");
  root.className = "workspace-root";
  document.body.replaceChildren(root);
  const calls = { focus: 0 };
  return { root, calls, window: { document: /** @type {Document} */ (/** @type {unknown} */ ({ querySelector: () => root, body: document.body })), focus: () => calls.focus++ } };
}

test("the program starts in the document's root and has the keyboard", async () => {
  const { root, calls, window } = page();
  /** @type {Element[]} */
  const started = [];
  await startIn(window, async () => ({ start: (/** @type {Element} */ element) => started.push(element) }));
  assert.deepEqual(started, [root]);
  assert.equal(calls.focus, 1);
});

test("a program that does not load is said", async () => {
  const { root, window } = page();
  await startIn(window, async () => {
    throw new Error("no network");
  }, { isLoggedOut: async () => false });
  assert.equal(root.textContent, "The application could not start: no network");
});

test("a program that does not load because nobody is logged in leads to the login", async () => {
  const { root, window } = page();
  /** @type {string[]} */
  const went = [];
  const load = async () => {
    throw new Error("401");
  };
  await startIn(window, load, { isLoggedOut: async () => true, leave: (address) => void went.push(address) });
  assert.deepEqual([went, root.textContent], [["login"], ""]);
});

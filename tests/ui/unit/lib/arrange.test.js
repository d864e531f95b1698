import assert from "node:assert/strict";
import { test } from "node:test";

import "../support/page.js";
import { arrange, KeyedList } from "../../../../ui/static/lib/arrange.js";
import { h } from "../../../../ui/static/lib/dom.js";

/** @param {Element} parent */
const texts = (parent) => [...parent.children].map((child) => child.textContent);

test("children come into the wanted order, those in place are not touched", () => {
  const [a, b, c] = ["a", "b", "c"].map((name) => h("i", name));
  const parent = h("div", a, b);
  const moved = /** @type {unknown[]} */ ([]);
  const { insertBefore } = parent;
  Object.assign(parent, {
    insertBefore: (/** @type {Node} */ node, /** @type {Node | null} */ next) => (moved.push(node), insertBefore.call(parent, node, next)),
  });
  arrange(parent, [a, null, c, false, b]);
  assert.deepEqual([texts(parent), moved], [["a", "c", "b"], [c]]);
  arrange(parent, [b]);
  assert.deepEqual(texts(parent), ["b"]);
});

test("an item keeps its row while it is listed, whatever changes about it", () => {
  /** @typedef {{id: string, name: string}} Item */
  const parent = h("ul");
  const list = new KeyedList(parent, {
    key: (/** @type {Item} */ item) => item.id,
    create: () => {
      const element = h("li");
      return { element, update: (item, position) => (element.textContent = `${position} ${item.name}`) };
    },
  });
  list.update([{ id: "1", name: "Liver" }, { id: "2", name: "Aorta" }]);
  const [liver, aorta] = [...parent.children];
  list.update([{ id: "2", name: "Aorta" }, { id: "1", name: "Left liver" }]);
  assert.deepEqual(texts(parent), ["0 Aorta", "1 Left liver"]);
  assert.deepEqual([...parent.children], [aorta, liver]);
  list.update([]);
  list.update([{ id: "1", name: "Liver" }]);
  assert.notEqual(parent.children[0], liver);
});

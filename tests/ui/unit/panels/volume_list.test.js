import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { event, fake, newPage } from "../support/page.js";
import { project, storeWith, summary } from "../support/controllers.js";
import { recallList, rememberList } from "../../../../ui/static/controllers/remembered.js";
import { VolumeList } from "../../../../ui/static/panels/volume_list.js";

/** @import { FakeElement } from "../support/dom.js" */

let app = newPage();
beforeEach(() => (app = newPage()));

/** @param {number} count */
function listOf(count) {
  const volumes = Array.from({ length: count }, (_, n) =>
    summary({ id: `v${n}`, name: `Scan ${count - n}`, state: n ? "new" : "predicted", mean_confidence: n ? null : 0.5, mask_id: n ? null : "m" }),
  );
  const store = storeWith({ volumes, volume: volumes[1] });
  /** @type {string[]} */
  const opened = [];
  const intents = { project: { recallList, rememberList }, volume: { open: (/** @type {string} */ id) => opened.push(id) }, links: { thumbnail: (/** @type {{id: string}} */ { id }) => `picture of ${id}` } };
  const list = new VolumeList(store, /** @type {any} */ (intents));
  app.append(fake(list.controls), fake(list.list));
  const names = () => fake(list.list).querySelectorAll(".volume-name").map((each) => each.textContent);
  return { store, list, opened, names, rows: () => fake(list.list).querySelectorAll(".volume-text"), items: () => fake(list.list).children };
}

/** @param {FakeElement[]} rows */
const stops = (rows) => rows.map((row) => row.getAttribute("tabindex")).join(" ");

test("Tab goes to one row, the arrows to the others, and a row says what it shows", () => {
  const { rows, items, opened } = listOf(3);
  assert.equal(stops(rows()), "-1 0 -1", "the volume on screen");
  const press = (/** @type {number} */ row, /** @type {string} */ key) => rows()[row].dispatchEvent(event("keydown", { key }));
  for (const [row, key, expected] of /** @type {[number, string, number][]} */ ([[1, "ArrowDown", 2], [2, "ArrowDown", 2], [2, "Home", 0], [0, "ArrowUp", 0], [0, "End", 2], [2, "ArrowUp", 1]])) {
    press(row, key);
    assert.equal(fake(document.activeElement), rows()[expected], key);
  }
  items()[1].click(); // as a click on its name, or Enter there, does
  assert.deepEqual(opened, ["v1"]);
  assert.equal(rows()[0].getAttribute("aria-label"), "Scan 3, CT, Predicted \u00b7 3\u2009\u00d7\u20094\u2009\u00d7\u20095, Confidence 50 %");
});

test("many volumes are searched, filtered and sorted; few are not", () => {
  assert.equal(Reflect.get(listOf(6).list.controls, "hidden"), true);
  const { list, names, store } = listOf(12);
  assert.equal(Reflect.get(list.controls, "hidden"), false);
  const type = (/** @type {string} */ text) => {
    fake(list.search).value = text;
    fake(list.search).dispatchEvent(event("input", {}));
  };
  type("scan 1");
  assert.deepEqual([names(), list.count.textContent], [["Scan 12", "Scan 11", "Scan 10", "Scan 1"], "4 of 12"]);
  type("");
  const choose = (/** @type {string} */ testid) => {
    fake(list.filterButton).click();
    /** @type {FakeElement} */ (app.querySelector(`[data-testid="${testid}"]`)).click();
  };
  choose("volume-order-name");
  assert.deepEqual(names().slice(0, 2), ["Scan 1", "Scan 2"]);
  choose("volume-state-predicted");
  assert.deepEqual(names(), ["Scan 12"]);
  choose("volume-state-all");
  choose("volume-order-confidence");
  assert.deepEqual(names().slice(0, 2), ["Scan 12", "Scan 11"]);
  store.set({ project: { id: "other", name: "Other" } });
  assert.deepEqual([names()[0], list.count.textContent], ["Scan 12", "12"]);
});

test("a picture that is not there yet is asked for again", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { items } = listOf(1);
  const image = /** @type {FakeElement} */ (items()[0].querySelector("img"));
  assert.deepEqual([Reflect.get(image, "src"), image.className], ["picture of v0", ""]);
  image.dispatchEvent(event("error", {}));
  t.mock.timers.tick(3000);
  assert.equal(Reflect.get(image, "src"), "picture of v0&try=1");
  image.dispatchEvent(event("load", {}));
  assert.equal(image.className, "shown");
});

test("how a project's volumes are listed is remembered, and left out where nothing could change it", () => {
  const choose = (/** @type {VolumeList} */ list, /** @type {string} */ testid) => {
    fake(list.filterButton).click();
    /** @type {FakeElement} */ (app.querySelector(`[data-testid="${testid}"]`)).click();
  };
  const open = (/** @type {number} */ count, /** @type {string} */ id) => {
    const page = listOf(count);
    page.store.set({ project: /** @type {any} */ (project({ id })) });
    return page;
  };
  const first = open(12, "a");
  choose(first.list, "volume-order-name");
  choose(first.list, "volume-state-new");
  const again = open(12, "a").names();
  assert.deepEqual([again.length, again[0]], [11, "Scan 1"]);
  assert.equal(open(12, "b").names().length, 12);
  assert.equal(open(3, "a").names().length, 3); // too few to be searched
});

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { event, fake, newPage } from "../support/page.js";
import { label, pause, storeWith, summary } from "../support/controllers.js";
import { SliceHistory } from "../../../../ui/static/panels/slice_history.js";
import { AnnotationBook } from "../../../../ui/static/state/annotations.js";
import { Volume } from "../../../../ui/static/viewer/volume.js";

let app = newPage();
beforeEach(() => (app = newPage()));

/** @param {string} testid @returns {any[]} */
const all = (testid) => [...app.querySelectorAll(`[data-testid="${testid}"]`)];

function page() {
  const address = /** @type {const} */ ({ volumeId: "v", plane: "axial", index: 2 });
  const versions = [2, 1].map((version) => ({ version, state: "painted", author_name: "Ada", saved_at: "2026-11-27T06:00:00Z" }));
  /** @type {any[]} */
  const asked = [];
  const intents = /** @type {any} */ ({
    list: async () => ({ address: { ...address, index: store.state.cursor[2] }, versions }),
    labels: async (/** @type {unknown} */ _, /** @type {number} */ version) => new Uint8Array(12).fill(1, 0, version),
    restore: async (/** @type {unknown} */ _, /** @type {any} */ each) => (asked.push(["restore", each.version]), true),
  });
  const volume = summary();
  const store = storeWith({ volume, voxels: new Volume(volume), labels: [label(1)], cursor: [0, 0, 2], annotations: new AnnotationBook([3, 4, 5], "axial") });
  const history = new SliceHistory(store, { versions: intents, preview: (shown) => asked.push(["preview", shown && shown.labels.filter(Boolean).length]) });
  app.append(fake(history.element));
  return { store, history, asked, intents, note: () => history.note.textContent, list: fake(history.list) };
}

test("versions are listed with what changed, seen on the slice with the focus, and restored with a click", async () => {
  const { history, asked } = page();
  history.toggle();
  await pause();
  await pause();
  assert.deepEqual(all("version").map((each) => each.getAttribute("data-version")), ["2", "1"]);
  assert.match(all("version")[0].textContent, /^2 . Painted . nowAda, .*Label 1 \+1 voxel$/);
  all("version")[0].dispatchEvent(event("focus"));
  await pause();
  assert.deepEqual(asked.at(-1), ["preview", 2]);
  fake(history.element).dispatchEvent(event("keydown", { key: "ArrowDown" }));
  assert.equal(fake(document.activeElement), all("version")[1]);
  all("version")[1].dispatchEvent(event("focus"));
  await pause();
  assert.deepEqual(asked.at(-1), ["preview", 1]);
  all("version")[0].click();
  all("version")[1].click();
  assert.deepEqual(asked.filter(([name]) => name === "restore"), [["restore", 1]]);
});

test("Escape closes it, and so does another volume; what is painted is seen again", async () => {
  const { history, store, asked } = page();
  history.toggle();
  await pause();
  fake(history.element).dispatchEvent(event("keydown", { key: "Escape" }));
  assert.equal(history.element.hidden, true);
  assert.deepEqual(asked.at(-1), ["preview", null]);
  history.toggle();
  await pause();
  store.set({ annotations: null });
  assert.equal(history.element.hidden, true);
  assert.equal(history.close(), false);
});

test("another slice's versions are not shown for this one, and it is said that they are being read", async () => {
  const { store, history, intents, note, list } = page();
  history.toggle();
  await pause();
  store.set({ cursor: [0, 0, 3] });
  assert.deepEqual([all("version").length, list.getAttribute("aria-busy"), note()], [0, "true", "Reading the versions\u2026"]);
  await pause();
  assert.deepEqual([all("version").length, list.getAttribute("aria-busy")], [2, "false"]);
  intents.list = async () => null;
  store.set({ cursor: [0, 0, 4] });
  await pause();
  assert.deepEqual([all("version").length, note()], [0, "The versions could not be read."]);
});

test("the version that was restored keeps the focus", async () => {
  const { store, history } = page();
  history.toggle();
  await pause();
  const restored = all("version")[1];
  restored.focus();
  store.emit("slice-saved", /** @type {any} */ ({ index: 2 }));
  assert.equal(all("version")[1], restored); // they stay until the answer is there
  await pause();
  assert.notEqual(all("version")[1], restored);
  assert.equal(fake(document.activeElement), all("version")[1]);
});

test("on a frozen volume it says that nothing can be restored", async () => {
  const { store, history, note } = page();
  history.toggle();
  await pause();
  assert.match(note(), /click or Enter restores it\.$/);
  store.set({ volume: summary({ review: /** @type {any} */ ({ state: "accepted" }) }) });
  assert.match(note(), /None can be restored: This volume was accepted in a review and is frozen/);
});

test("a finger looks first and restores with a second tap; a mouse and a key restore at once", async () => {
  const { history, asked, note, list } = page();
  const restored = () => asked.filter(([name]) => name === "restore").length;
  history.toggle();
  await pause();
  const tap = () => {
    list.dispatchEvent(event("pointerdown", { pointerType: "touch" }));
    list.dispatchEvent(event("pointerleave", { pointerType: "touch" }));
    all("version")[1].click();
  };
  tap();
  await pause();
  assert.deepEqual([asked.at(-1), restored()], [["preview", 1], 0]);
  assert.match(note(), /tap it again to restore it\.$/);
  tap();
  assert.equal(restored(), 1);
  list.dispatchEvent(event("pointerdown", { pointerType: "mouse" }));
  all("version")[1].click();
  assert.equal(restored(), 2);
  tap();
  fake(history.element).dispatchEvent(event("keydown", { key: "Enter" }));
  all("version")[1].click();
  assert.equal(restored(), 3);
});

test("the history of a picture is headed by its name", () => {
  const { history, store } = page();
  store.set({ volume: summary({ pictures: [0, 1, 2, 3, 4].map((n) => ({ name: `${n}.png`, rows: 4, columns: 3, pixel_mm: null })) }) });
  history.toggle();
  assert.equal(history.title.textContent, "History of 2.png");
});

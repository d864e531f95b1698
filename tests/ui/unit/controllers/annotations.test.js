import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { AnnotationsController } from "../../../../ui/static/controllers/annotations.js";
import { Saver } from "../../../../ui/static/controllers/autosave.js";
import { keep } from "../../../../ui/static/controllers/backup.js";
import { Edits } from "../../../../ui/static/tools/edits.js";
import { bookOf, fakeNotify, FakeServer, installStorage, labelsWith, paintedCells, paintingStore, VOLUME } from "../support/painting.js";

beforeEach(() => installStorage());

function setUp() {
  const store = paintingStore();
  const server = new FakeServer();
  const notify = fakeNotify();
  const saver = new Saver(store, { server, notify, page: /** @type {any} */ (new EventTarget()) });
  const edits = new Edits(store, saver);
  const page = new EventTarget();
  const annotations = new AnnotationsController(store, { server, notify, saver, page: /** @type {any} */ (page) });
  const stroke = (/** @type {number} */ at, index = 1) => {
    edits.begin(index)[at] = 1;
    edits.commit();
  };
  const shown = (index = 1) => paintedCells(bookOf(store).ensure(index).labels);
  const stored = (index = 1) => paintedCells(server.latest("axial", index).labels);
  return { store, server, notify, saver, edits, annotations, page, stroke, shown, stored };
}

test("opening loads the plane's slices and puts unsaved strokes over them", async () => {
  const { store, server, notify, annotations, shown } = setUp();
  server.store("axial", 1, labelsWith({ 4: 1 }));
  server.store("axial", 2, labelsWith(), "empty");
  server.store("coronal", 2, labelsWith({ 4: 1 }));
  keep(VOLUME, "axial", 3, { labels: labelsWith({ 9: 1 }), state: "painted", base: 0 });
  const before = bookOf(store);
  let announced = 0;
  store.when("annotations-loaded", () => (announced += 1));
  await annotations.load();
  assert.notEqual(bookOf(store), before);
  assert.deepEqual([bookOf(store).indices("painted"), bookOf(store).indices("empty"), shown(3)], [[1, 3], [2], ["1,1"]]);
  assert.deepEqual([bookOf(store).ensure(1).version, announced, notify.said], [1, 1, ["An unsaved slice was restored."]]);
});

test("unsaved strokes on an older version are merged with the newer one", async () => {
  const { server, saver, notify, annotations, shown, stored } = setUp();
  server.store("axial", 1, labelsWith({ 4: 1 }));
  server.store("axial", 1, labelsWith({ 4: 1, 5: 2 }));
  keep(VOLUME, "axial", 1, { labels: labelsWith({ 4: 1, 9: 1 }), state: "painted", base: 1 });
  await annotations.load();
  await saver.flush(VOLUME);
  assert.deepEqual([shown(), stored()], Array(2).fill(["4,0", "5,0", "1,1"]));
  assert.match(notify.said[1], /both changes are kept\.$/);
});

test("a volume left while its slices travel is not shown", async () => {
  const { store, server, annotations } = setUp();
  const before = bookOf(store);
  server.before = () => store.set({ plane: "coronal" });
  await annotations.load();
  assert.equal(bookOf(store), before);
});

test("leaving a volume closes its slices", () => {
  const { store, annotations } = setUp();
  annotations.close();
  assert.equal(store.state.annotations, null);
});

test("refreshing takes newer versions and keeps strokes that are not saved or not finished", async () => {
  const { server, edits, annotations, stroke, shown, saver } = setUp();
  stroke(4);
  await saver.flush(VOLUME);
  stroke(5); // not saved
  edits.begin(2)[6] = 1; // not finished
  server.store("axial", 1, labelsWith({ 20: 2 })); // erases cell 4
  server.store("axial", 2, labelsWith({ 21: 2 }));
  server.store("axial", 3, labelsWith({ 22: 2 }));
  await annotations.refresh();
  edits.commit();
  assert.deepEqual([shown(1), shown(2), shown(3)], [["5,0", "4,2"], ["6,0", "5,2"], ["6,2"]]);
  await saver.flush(VOLUME);
  assert.deepEqual(paintedCells(server.latest("axial", 1).labels), ["5,0", "4,2"]);
});

test("a window that is looked at again takes in what another painted, at no cost where that is nothing", async () => {
  const { store, server, annotations, page, saver, stroke, shown } = setUp();
  /** @type {number[][]} */
  const merged = [];
  store.when("slice-merged", ({ labels }) => merged.push([...labels]));
  stroke(5); // not saved
  server.store("axial", 1, labelsWith({ 20: 2 }));
  server.store("axial", 2, labelsWith({ 21: 2 }));
  page.dispatchEvent(new Event("focus"));
  await annotations.catchUp();
  assert.deepEqual([shown(1), shown(2), merged], [["5,0", "4,2"], ["5,2"], [[1, 2, 2]]]);
  await annotations.catchUp();
  assert.equal(merged.length, 1);
  server.before = () => {
    throw new Error("away");
  };
  await annotations.catchUp(); // says nothing
  server.before = null;
  await saver.flush(VOLUME);
});

test("an import takes in what is new itself", async () => {
  const { server, annotations, shown } = setUp();
  await annotations.whileImporting(VOLUME, async () => {
    server.store("axial", 2, labelsWith({ 21: 2 }));
    await annotations.catchUp();
    assert.deepEqual(shown(2), []); // its labels are not known yet
  });
  assert.deepEqual(shown(2), ["5,2"]);
});

test("strokes made while a label map is imported are kept and saved on top of it", async () => {
  const { server, notify, saver, annotations, stroke, shown, stored } = setUp();
  stroke(4);
  const answer = await annotations.whileImporting(VOLUME, async () => {
    assert.deepEqual(stored(), ["4,0"]); // what was painted before is saved before
    stroke(5);
    await new Promise((done) => setTimeout(done, 400)); // longer than autosave waits
    assert.deepEqual(stored(), ["4,0"]);
    server.store("axial", 1, labelsWith({ 20: 2 }));
    server.store("axial", 2, labelsWith({ 21: 2 }));
    return "done";
  });
  assert.equal(answer, "done");
  assert.deepEqual([shown(1), shown(2)], [["5,0", "4,2"], ["5,2"]]);
  await saver.flush(VOLUME);
  assert.deepEqual([stored(1), notify.said], [["5,0", "4,2"], []]);
});

test("labels are made known before the imported slices are shown", async () => {
  const { store, server, annotations } = setUp();
  /** @type {string[]} */
  const order = [];
  store.when("annotations-loaded", () => order.push("shown"));
  server.store("axial", 2, labelsWith({ 21: 2 }));
  await annotations.whileImporting(VOLUME, async () => "answer", async (answer) => void order.push(answer));
  assert.deepEqual(order, ["answer", "shown"]);
});

test("strokes are saved after an import that failed", async () => {
  const { annotations, saver, stroke, stored } = setUp();
  const failed = annotations.whileImporting(VOLUME, async () => {
    stroke(5);
    throw new Error("no label map");
  });
  await assert.rejects(failed, /no label map/);
  await saver.flush(VOLUME);
  assert.deepEqual(stored(), ["5,0"]);
});

test("an import into a volume that was left shows nothing", async () => {
  const { store, server, annotations } = setUp();
  await annotations.whileImporting(VOLUME, async () => {
    store.set({ volume: null, annotations: null });
    server.store("axial", 1, labelsWith({ 20: 2 }));
  });
  assert.equal(store.state.annotations, null);
});

test("an outline on screen is taken while the slices it belongs to are still there", () => {
  const { store, annotations } = setUp();
  const book = bookOf(store);
  /** @type {unknown[]} */
  const there = [];
  store.when("take-outline", () => there.push(store.state.annotations));
  annotations.close();
  assert.deepEqual([there[0] === book, store.state.annotations], [true, null]);
});

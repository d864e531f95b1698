import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { Saver } from "../../../../ui/static/controllers/autosave.js";
import { recall } from "../../../../ui/static/controllers/backup.js";
import { restoreUnsaved } from "../../../../ui/static/controllers/restore.js";
import { AnnotationBook } from "../../../../ui/static/state/annotations.js";
import { KeptSlices } from "../../../../ui/static/controllers/kept.js";
import { label } from "../support/controllers.js";
import { apiError, bookOf, fakeNotify, FakeServer, HEIGHT, installStorage, labelsWith, paintedCells, paintingStore, VOLUME, WIDTH } from "../support/painting.js";

Reflect.deleteProperty(globalThis, "CompressionStream"); // it works in a thread: nothing tells when it is done

let storage = installStorage();
beforeEach(() => {
  storage = installStorage();
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
});

/** Let promises run; timers stay where they are. */
const settle = () => new Promise((done) => setImmediate(done));

/** @param {number} milliseconds */
const pass = async (milliseconds) => {
  mock.timers.tick(milliseconds);
  await settle();
};

function setUp() {
  const store = paintingStore();
  const server = new FakeServer();
  const notify = fakeNotify();
  const page = new EventTarget();
  const saver = new Saver(store, { server, notify, page: /** @type {any} */ (page) });
  const book = bookOf(store);
  const paint = (/** @type {number} */ at, value = 1) => {
    const slice = book.ensure(1);
    slice.labels[at] = value;
    slice.state = "painted";
    saver.enqueue(VOLUME, "axial", 1, slice);
  };
  const stored = () => paintedCells(server.latest("axial", 1).labels);
  return { store, server, notify, page, saver, book, paint, stored, line: () => store.state.saving.state };
}

const failing = (/** @type {number} */ status, code = "unexpected", detail = {}) => () => {
  throw apiError(status, code, detail);
};

test("an edit is saved within a second, several as one", async () => {
  const { server, paint, stored, line } = setUp();
  paint(4);
  paint(5);
  assert.deepEqual([line(), recall(VOLUME).length, server.puts], ["saving", 1, 0]);
  await pass(250);
  assert.deepEqual([line(), recall(VOLUME).length, server.puts, stored()], ["saved", 0, 1, ["4,0", "5,0"]]);
});

test("a stroke that goes on while the one before is saved is in neither copy, and is not missed when it is given up", async () => {
  const { book, paint, stored, line } = setUp();
  paint(4);
  const slice = book.ensure(1);
  slice.begun = { labels: slice.labels.slice(), state: "painted" };
  slice.labels[5] = 1;
  paint(4); // another change of the slice is backed up
  assert.deepEqual(recall(VOLUME).map(({ labels }) => paintedCells(labels)), [["4,0"]]);
  await pass(250);
  assert.deepEqual([line(), stored()], ["saved", ["4,0"]]);
});

test("what is painted while a request travels follows on top of it", async () => {
  const { server, paint, stored, line } = setUp();
  server.after = () => {
    server.after = null;
    paint(5);
  };
  paint(4);
  await pass(250);
  assert.equal(line(), "saving");
  await pass(250);
  assert.deepEqual([line(), stored(), server.slices.get("axial/1")?.length], ["saved", ["4,0", "5,0"], 2]);
});

test("failures are retried with pauses, and flush tells of them", async () => {
  const { server, saver, paint, line, store, page } = setUp();
  server.before = failing(0, "offline");
  paint(4);
  const flushed = assert.rejects(saver.flush(VOLUME), { code: "offline" });
  await pass(0);
  await flushed;
  assert.deepEqual([line(), store.state.online, saver.atRisk], ["offline", false, false]);
  await pass(1000);
  assert.equal(server.puts, 2);
  server.before = null;
  page.dispatchEvent(new Event("online"));
  await pass(0);
  assert.deepEqual([line(), store.state.online], ["saved", true]);
  await saver.flush(VOLUME);
});

test("a full browser storage puts strokes at risk until they are saved", async () => {
  const { saver, paint } = setUp();
  storage.full = true;
  paint(4);
  assert.equal(saver.atRisk, true);
  await pass(250);
  assert.equal(saver.atRisk, false);
});

test("another window's strokes are taken in, shown and told of", async () => {
  const { server, store, notify, paint, book } = setUp();
  /** @type {string[]} */
  const events = [];
  store.when("painted", () => events.push("painted"));
  store.when("annotations-loaded", () => events.push("loaded"));
  server.store("axial", 1, labelsWith({ 20: 2 }));
  paint(4);
  await pass(250);
  assert.deepEqual(paintedCells(book.ensure(1).labels), ["4,0", "4,2"]);
  assert.deepEqual(events, ["painted", "loaded"]);
  assert.deepEqual(notify.said, ["This slice was also changed in another window: both changes are kept."]);
});

test("cells both windows painted are counted in the notice", async () => {
  const { server, notify, paint } = setUp();
  server.store("axial", 1, labelsWith({ 4: 2, 5: 2 }));
  paint(4);
  await pass(250);
  assert.deepEqual(notify.said, ["This slice was also changed in another window: both changes are kept; in 1 place the newer stroke won."]);
});

test("where a person painted meanwhile what is withdrawn here, the notice says whose stays", async () => {
  const { server, notify, book, saver } = setUp();
  const version = server.store("axial", 1, labelsWith({ 20: 1 }), "interpolated");
  server.store("axial", 1, labelsWith({ 20: 1, 21: 1 }));
  Object.assign(book.ensure(1), { version, state: "cleared", labels: labelsWith() });
  saver.enqueue("volume", "axial", 1, book.ensure(1));
  await pass(250);
  assert.deepEqual(notify.said, ["Slice 2 was painted in another window meanwhile. It stays as it is there."]);
  assert.deepEqual([book.state(1), paintedCells(book.ensure(1).labels)], ["painted", ["4,2", "5,2"]]);
});

test("where nothing can be merged this window's slice is saved over the other", async () => {
  const { server, notify, paint, stored, book } = setUp();
  server.store("axial", 1, labelsWith({ 20: 2 }));
  server.before = () => {
    server.before = null;
    failing(409, "conflict", { version: 1 })();
  };
  paint(4);
  await pass(250);
  await pass(0);
  assert.deepEqual([stored(), book.ensure(1).version], [["4,0"], 2]);
  assert.match(notify.said[0], /saved over it/);
});

test("labels that were deleted meanwhile are dropped", async () => {
  const { server, paint, stored } = setUp();
  server.before = () => {
    server.before = null;
    failing(400, "unknown_label")();
  };
  paint(3);
  paint(4, 9);
  await pass(250);
  await pass(0);
  assert.deepEqual(stored(), ["3,0"]);
});

test("what was painted with a label that another window deleted is saved, and the label is back", async () => {
  const { store, server, notify, paint, stored } = setUp();
  const spleen = label(7, { name: "Spleen" });
  store.set({ labels: [label(1), spleen] });
  server.before = failing(0, "offline");
  paint(3);
  paint(4, 7);
  await pass(250);
  assert.deepEqual(recall(VOLUME)[0].paintedWith, [label(1), spleen]);
  store.set({ labels: [label(1)] }); // it came to know in between
  paint(5);
  server.before = () => {
    server.before = null;
    failing(422, "unknown_label")();
  };
  await pass(1000);
  await pass(0);
  assert.deepEqual([stored(), server.labels.at(-1).name, recall(VOLUME)], [["3,0", "4,0", "5,0"], "Spleen", []]);
  assert.deepEqual(notify.said, ["Spleen was deleted in another window; it is back because you painted with it."]);
});

test("while a deleted label cannot be brought back its paint is kept in this browser", async () => {
  const { store, server, paint, line } = setUp();
  store.set({ labels: [label(1), label(7)] });
  server.putSlice = async () => failing(422, "unknown_label")();
  server.restoreLabel = async () => failing(0, "offline")();
  paint(4, 7);
  await pass(250);
  assert.deepEqual([line(), paintedCells(recall(VOLUME)[0].labels)], ["offline", ["4,0"]]);
});

test("a volume that is gone is told of once and its backup kept", async () => {
  const { server, notify, paint, line } = setUp();
  server.before = failing(404, "not_found");
  paint(4);
  await pass(250);
  assert.deepEqual([notify.said, line(), recall(VOLUME).length], [["error 404"], "saved", 1]);
});

test("a volume that was accepted meanwhile refuses once, and nobody waits for what it refused", async () => {
  const { server, saver, notify, paint, line } = setUp();
  server.before = failing(409, "frozen");
  paint(4);
  await pass(250);
  await saver.flush(VOLUME);
  await pass(20_000);
  assert.deepEqual([notify.said, line(), recall(VOLUME).length, server.puts], [["error 409"], "saved", 1, 1]);
});

test("an unexpected answer is told of once, a busy server not at all", async () => {
  const { server, notify, paint } = setUp();
  server.before = failing(500);
  paint(4);
  await pass(250);
  await pass(1000);
  assert.deepEqual(notify.said, ["error 500"]);
  server.before = failing(503, "busy");
  await pass(2000);
  assert.equal(notify.said.length, 1);
});

test("a page that goes away sends what is unsaved at once, and once", async () => {
  const { server, page, paint, line } = setUp();
  paint(4);
  page.dispatchEvent(new Event("pagehide"));
  assert.equal(server.keepalive, 1);
  await pass(250);
  assert.deepEqual([server.puts, line()], [1, "saved"]);
});

test("a volume that is held is saved when it is let go", async () => {
  const { server, saver, paint, stored } = setUp();
  const release = saver.hold(VOLUME);
  paint(4);
  const flushed = saver.flush(VOLUME);
  await pass(5000);
  assert.deepEqual([server.puts, saver.isUnsaved(VOLUME, "axial", 1)], [0, true]);
  release();
  await pass(0);
  await flushed;
  assert.deepEqual(stored(), ["4,0"]);
});

test("what the server refuses is set aside: it stays in this browser and nothing sends it again", async () => {
  const { store, server, saver, paint, line } = setUp();
  const kept = new KeptSlices(store, /** @type {any} */ ({ notify: {} }));
  store.when("refused", () => saver.setAside([VOLUME]));
  server.before = failing(403, "forbidden");
  paint(4);
  await pass(250);
  await pass(60_000);
  assert.deepEqual([server.puts, line(), recall(VOLUME).length, store.state.kept], [1, "saved", 1, { here: 0, elsewhere: 1 }]);
  server.before = null;
  paint(5); // it may be painted again
  await pass(250);
  assert.deepEqual([line(), recall(VOLUME).length, store.state.kept, Boolean(kept)], ["saved", 0, { here: 0, elsewhere: 0 }, true]);
});

test("what the server refuses and this browser has no room for stays in this window, at risk, until there is room", async () => {
  const { server, saver, paint, line, store } = setUp();
  /** @type {unknown[]} */
  const told = [];
  store.when("set-aside", () => told.push(store.state.saving.count));
  storage.full = true;
  server.before = failing(404, "not_found");
  paint(4);
  await pass(250);
  await saver.flush(VOLUME); // nobody waits for what is not sent
  await pass(20_000);
  assert.deepEqual([line(), store.state.saving.count, saver.atRisk, recall(VOLUME), server.puts], ["held", 1, true, [], 1]);
  storage.full = false;
  await pass(15_000);
  assert.deepEqual([line(), saver.atRisk, paintedCells(recall(VOLUME)[0].labels), server.puts, told.at(-1)], ["saved", false, ["4,0"], 1, 0]);
});

test("what only this window has is sent once it may be painted there again", async () => {
  const { store, server, saver, paint, line, stored } = setUp();
  storage.full = true;
  store.when("refused", () => saver.setAside([VOLUME]));
  server.before = failing(403, "forbidden");
  paint(4);
  await pass(250);
  assert.deepEqual([line(), saver.atRisk], ["held", true]);
  server.before = null;
  store.set({ annotations: new AnnotationBook([WIDTH, HEIGHT, 4], "axial") }); // as the server has it
  assert.equal(restoreUnsaved(bookOf(store), VOLUME, saver), 1);
  assert.deepEqual([line(), paintedCells(bookOf(store).ensure(1).labels)], ["saving", ["4,0"]]);
  await pass(0);
  assert.deepEqual([line(), saver.atRisk, stored()], ["saved", false, ["4,0"]]);
});

test("a request that ends after its slice was set aside for want of room changes nothing, or saves it", async () => {
  for (const status of [0, 200]) {
    const { server, saver, paint, line } = setUp();
    storage.full = true;
    server.before = () => {
      saver.setAside([VOLUME]);
      if (!status) failing(0, "offline")();
    };
    paint(4);
    await pass(250);
    assert.deepEqual([line(), saver.atRisk], status ? ["saved", false] : ["held", true]);
  }
});

test("slices of a volume that is not there any more are counted as not saved", async () => {
  const { store, server, paint, line } = setUp();
  store.when("set-aside", () => store.set({ kept: { here: recall(VOLUME).length, elsewhere: 0 } }));
  server.before = failing(404, "not_found");
  paint(4);
  await pass(250);
  assert.deepEqual([line(), store.state.kept.here], ["saved", 1]);
});

/** Logging out, and a session that ends while somebody paints. */
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { Saver } from "../../../../ui/static/controllers/autosave.js";
import { recall } from "../../../../ui/static/controllers/backup.js";
import { SessionController } from "../../../../ui/static/controllers/session.js";
import { apiError, bookOf, fakeNotify, FakeServer, installStorage, paintedCells, paintingStore, VOLUME } from "../support/painting.js";

Reflect.deleteProperty(globalThis, "CompressionStream"); // it works in a thread: nothing tells when it is done

beforeEach(() => {
  installStorage();
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

/** A page on which Ada is logged in; `session` is who the server takes its requests for. */
function setUp() {
  const store = paintingStore();
  /** @type {{ name: string | null, left: string[], confirms: boolean }} */
  const world = { name: "Ada", left: [], confirms: false };
  const painting = new FakeServer();
  const put = painting.putSlice.bind(painting);
  const loginEvents = new EventTarget();
  const required = () => {
    loginEvents.dispatchEvent(new Event("required"));
    return apiError(401, "login_required", {});
  };
  Object.assign(painting, {
    loginEvents,
    putSlice: async (/** @type {Parameters<typeof put>} */ ...sent) => {
      if (!world.name) throw required();
      return put(...sent);
    },
    session: async () => {
      if (!world.name) throw required();
      return { name: world.name, role: "annotator" };
    },
    logOut: async () => {
      world.name = null;
    },
  });
  const notify = /** @type {any} */ ({ ...fakeNotify(), failed: () => {}, confirm: async () => world.confirms });
  const page = new EventTarget();
  const channel = new EventTarget();
  const server = /** @type {any} */ (painting);
  const saver = new Saver(store, { server, notify, page: /** @type {any} */ (page) });
  const session = new SessionController(store, { server, notify, saver, page, channel, leave: (address) => world.left.push(address) });
  store.set({ login: { name: "Ada", role: "annotator" } });
  const paint = (/** @type {number} */ at) => {
    const slice = bookOf(store).ensure(1);
    slice.labels[at] = 1;
    slice.state = "painted";
    saver.enqueue(VOLUME, "axial", 1, slice);
  };
  const stored = () => paintedCells(painting.latest("axial", 1).labels);
  return { store, world, server: painting, page, channel, saver, session, notify, paint, stored };
}

test("what is painted after a session ended is kept here, and saved once the same person is back", async () => {
  const { store, world, server, page, saver, paint, stored } = setUp();
  world.name = null;
  paint(4);
  await pass(250);
  assert.deepEqual([store.state.loggedOut, store.state.saving.state, recall(VOLUME).length], [true, "offline", 1]);
  paint(5);
  await pass(60_000);
  assert.deepEqual([server.puts, saver.atRisk, recall(VOLUME).length], [0, false, 1]);
  await assert.rejects(Promise.race([saver.flush(VOLUME), pass(0).then(() => new Promise(() => {}))]), /You were logged out/);
  world.name = "Ada";
  page.dispatchEvent(new Event("focus"));
  await settle();
  await pass(0);
  assert.deepEqual([store.state.loggedOut, store.state.saving.state, stored(), recall(VOLUME).length], [false, "saved", ["4,0", "5,0"], 0]);
});

test("nothing is sent while somebody else is logged in: to them the volume would not exist", async () => {
  const { store, world, server, channel, notify, paint } = setUp();
  world.name = null;
  paint(4);
  await pass(250);
  world.name = "Grace";
  channel.dispatchEvent(new Event("message"));
  await pass(60_000);
  assert.deepEqual([server.puts, store.state.loggedOut, recall(VOLUME).length], [0, true, 1]);
  assert.match(JSON.stringify(notify.said), /Grace is logged in now. Log in as Ada/);
});

test("logging out waits for what is not saved, and asks where that cannot be", async () => {
  const { world, session, saver, notify, paint, stored } = setUp();
  paint(4);
  const done = session.logOut();
  await pass(0);
  await done;
  assert.deepEqual([stored(), world.name, world.left.length], [["4,0"], null, 1]);
  assert.match(world.left[0], /\/login$/);

  world.name = "Ada";
  saver.flush = () => Promise.reject(apiError(503, "busy", {}));
  await session.logOut();
  assert.deepEqual([world.name, world.left.length], ["Ada", 1]);
  notify.confirm = async (/** @type {unknown[]} */ ...asked) => JSON.stringify(asked.at(-1)) === '{"cancelText":"Stay logged in"}';
  await session.logOut();
  assert.deepEqual([world.name, world.left.length], [null, 2]);
});

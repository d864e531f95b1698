/** Colours of pictures come one at a time, from where one is. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { loadColoursOnDemand } from "../../../../ui/static/controllers/colours.js";
import { Volume } from "../../../../ui/static/viewer/volume.js";
import { apiError, fakeServer, pause, storeWith, summary } from "../support/controllers.js";

const pictures = Array.from({ length: 9 }, (_, n) => ({ name: `${n}.png`, rows: 4, columns: 3, pixel_mm: null }));
/** @param {string} id */
const stack = (id) => summary({ id, shape: [3, 4, 9], pictures, colour: true });

function setUp() {
  /** @type {{id: string, index: number, signal: AbortSignal, answer: () => Promise<void>, fail: () => Promise<void>}[]} */
  const requests = [];
  const { server } = fakeServer({
    volumeColour: (id, index, signal) =>
      new Promise((resolve, reject) => {
        const answer = () => (resolve(new ArrayBuffer(36)), pause());
        requests.push({ id, index, signal, answer, fail: () => (reject(apiError(500)), pause()) });
      }),
  });
  const store = storeWith({});
  /** @type {number[]} */
  const arrived = [];
  store.when("slice-arrived", (slice) => void arrived.push(Number(slice?.index)));
  loadColoursOnDemand(store, { server });
  const open = (/** @type {string} */ id) => {
    store.set({ volume: null, voxels: null });
    const voxels = new Volume(stack(id));
    store.set({ volume: stack(id), voxels, cursor: [0, 0, 0] });
    return voxels;
  };
  return { store, requests, arrived, open };
}

test("one picture is fetched at a time, the next from where one has come to", async () => {
  const { store, requests, arrived, open } = setUp();
  open("a");
  for (const index of [1, 2, 3, 4, 5]) store.set({ cursor: [0, 0, index] });
  await pause();
  assert.deepEqual(requests.map(({ index }) => index), [0]);
  for (let n = 0; n < 4; n++) await requests[n].answer();
  assert.deepEqual([requests.map(({ index }) => index), arrived], [[0, 5, 6, 4], [0, 5, 6, 4]]);
});

test("what could not be had is asked for when one comes by again, not at once", async () => {
  const { store, requests, open } = setUp();
  open("a");
  await pause();
  await requests[0].fail();
  await requests[1].answer();
  assert.deepEqual(requests.map(({ index }) => index), [0, 1]);
  store.set({ cursor: [1, 0, 0] });
  await pause();
  assert.deepEqual(requests.map(({ index }) => index), [0, 1, 0]);
});

test("a stack that is left and opened again while its colours travel gets them", async () => {
  const { requests, arrived, open } = setUp();
  open("a");
  await pause();
  open("b");
  await pause();
  const again = open("a");
  await pause();
  assert.deepEqual(requests.map(({ id, signal }) => [id, signal.aborted]), [["a", true], ["b", true], ["a", false]]);
  for (const request of [...requests]) await request.fail();
  await requests[3].answer();
  assert.deepEqual([[...again.colours.keys()], arrived], [[1], [1]]);
});

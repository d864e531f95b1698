import assert from "node:assert/strict";
import { test } from "node:test";

import { AutoRun } from "../../../../ui/static/controllers/auto_run.js";
import { pause, run, storeWith, summary, until } from "../support/controllers.js";
import { proposalWith } from "../support/proposals.js";

function page() {
  const store = storeWith({ volume: summary() });
  /** @type {string[]} */
  const asked = [];
  const edits = { active: false };
  const auto = new AutoRun(store, {
    edits,
    runs: {
      start: async () => {
        asked.push("start");
        store.set({ run: run(), editedSinceRun: false });
      },
      cancel: async (how) => void asked.push(how?.quietly ? "cancel quietly" : "cancel"),
    },
    restMs: 5,
    retryMs: 1,
  });
  return { store, edits, asked, auto };
}

test("nothing runs by itself unless it is switched on", async () => {
  const { store, asked } = page();
  store.emit("slice-edited", { index: 2, reviewed: true });
  await pause(15);
  assert.deepEqual(asked, []);
});

test("switched on, a run starts from what is there", async () => {
  const { store, asked, auto } = page();
  auto.toggle();
  assert.equal(store.state.auto, true);
  await until(() => asked.length);
  assert.deepEqual(asked, ["start"]);
});

test("a mask of all that is painted is left as it is", async () => {
  const { store, asked, auto } = page();
  store.set({ mask: /** @type {any} */ ({ labels: [] }) });
  auto.toggle();
  await pause(15);
  assert.deepEqual(asked, []);
});

test("strokes in quick succession make one run", async () => {
  const { store, asked, auto } = page();
  auto.toggle();
  for (let stroke = 0; stroke < 4; stroke++) {
    store.emit("slice-edited", { index: 2, reviewed: true });
    await pause(1);
  }
  await until(() => asked.length);
  await pause(15);
  assert.deepEqual(asked, ["start"]);
});

test("a run gives way to the next stroke, and starts again when it has ended", async () => {
  const { store, asked, auto } = page();
  auto.toggle();
  await until(() => asked.length);
  store.emit("slice-edited", { index: 2, reviewed: true });
  assert.deepEqual(asked, ["start", "cancel quietly"]);
  await pause(15);
  assert.equal(asked.length, 2); // the cancelled run has not ended
  store.set({ run: run({ state: "cancelled" }) });
  await until(() => asked.length > 2);
  assert.deepEqual(asked, ["start", "cancel quietly", "start"]);
});

test("another volume, or switching off, ends the wait", async () => {
  const { store, asked, auto } = page();
  auto.toggle();
  store.set({ annotations: /** @type {any} */ ({}) });
  await pause(15);
  store.emit("slice-edited", { index: 2, reviewed: true });
  auto.toggle();
  await pause(15);
  assert.deepEqual(asked, []);
});

test("a run waits for a stroke and for an outline of the person's own, not for one that is offered", async () => {
  const { store, edits, asked, auto } = page();
  edits.active = true;
  auto.toggle();
  await pause(15);
  store.set({ proposal: proposalWith() });
  edits.active = false;
  await pause(15);
  store.set({ proposal: null, taking: 1 });
  await pause(15);
  assert.deepEqual(asked, []);
  store.set({ proposal: proposalWith({ offered: true }), taking: 0 });
  await until(() => asked.length);
  assert.deepEqual(asked, ["start"]);
});

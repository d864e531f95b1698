import assert from "node:assert/strict";
import { test } from "node:test";

import "../support/page.js";
import { ReadingController } from "../../../../ui/static/controllers/readings.js";
import { label, project, storeWith, summary } from "../support/controllers.js";
import { agreement, pair, reading, readings, told } from "../support/readings.js";
import { bookOf } from "../support/volumes.js";

const settle = () => new Promise((resolve) => setTimeout(resolve));

/** @param {Record<string, unknown>} [answers] of the server, by what is asked @param {object} [volume] on screen @param {object} [later] what it is when the page is looked at again */
async function page(answers = {}, volume = { reading: told() }, later = volume) {
  let opens = (/** @type {string} */ id) => id;
  const looked = new EventTarget();
  /** @type {unknown[][]} */
  const asked = [];
  const said = /** @type {string[]} */ ([]);
  const server = new Proxy({}, {
    get: (_, name) => async (/** @type {unknown[]} */ ...given) => {
      if (name === "volume") return summary(later);
      asked.push([name, ...given]);
      const answer = answers[String(name)];
      if (answer instanceof Error) throw answer;
      return typeof answer === "function" ? answer() : (answer ?? readings());
    },
  });
  const noting = (/** @type {string} */ name) => async (/** @type {unknown[]} */ ...given) => void asked.push([name, ...given]);
  const parts = {
    server,
    notify: { say: (/** @type {string} */ text) => said.push(text), confirm: async (/** @type {string[]} */ ...question) => (said.push(question[1]), answers.confirm), failed: (/** @type {Error} */ error) => said.push(error.message) },
    saver: { flush: noting("flush") },
    project: { show: noting("show") },
    volume: { open: async (/** @type {string} */ id) => (asked.push(["open", id]), store.set({ volume: summary({ id: opens(id) }) })), choosePlane: noting("choosePlane") },
    annotations: { whileImporting: (/** @type {string} */ _, /** @type {() => unknown} */ act) => act() },
    labels: { fetch: noting("fetch") },
    steps: { remember: noting("remember") },
    page: looked,
  };
  const store = storeWith({ project: /** @type {any} */ (project()), volumes: [summary(volume)], volume: summary(volume), plane: "axial", cursor: [1, 1, 4] });
  store.when("take-outline", () => asked.push(["take-outline"]));
  const controller = new ReadingController(store, /** @type {any} */ (parts));
  await settle();
  const openAnother = () => void (opens = () => "another"); // before what was asked for is here
  return { store, controller, asked, said, openAnother, lookAgain: async () => (looked.dispatchEvent(new Event("visibilitychange")), looked.dispatchEvent(new Event("focus")), settle()) };
}

test("readings come with their volume, and how far they agree once all are revealed", async () => {
  const { store, asked } = await page();
  assert.deepEqual(asked, [["readings", "v"]]);
  assert.equal(store.state.readings?.of_id, "scan");
  assert.equal(store.state.agreement, null);
  const listed = [summary({ id: "scan" }), summary()];
  const revealed = await page({ readings: readings({ state: "revealed" }), agreement: agreement(), project: { volumes: listed } });
  assert.equal(revealed.store.state.agreement?.pairs.length, 1);
  assert.deepEqual(revealed.store.state.volumes, listed); // what was hidden before
});

test("of a volume that nobody reads nothing is asked", async () => {
  const { asked } = await page({}, {});
  assert.deepEqual(asked, []);
});

test("who begins a reading of their own is brought to it", async () => {
  const begun = readings({ readings: [reading({ volume_id: "mine", is_mine: true }), reading()] });
  const { controller, asked, said } = await page({ startReadings: begun });
  await controller.start(summary(), ["a", "b"]);
  assert.deepEqual(asked.slice(1), [["take-outline"], ["flush", "v"], ["startReadings", "v", ["a", "b"]], ["show", "p", "mine"]]);
  assert.match(said[0], /^Your reading is open/);
});

test("who reads twice is told of their other reading, and whoever asks one person to of that one", async () => {
  const alone = await page({ startReadings: readings({ is_first: true, readings: [reading({ state: "revealed" }), reading({ volume_id: "mine", is_mine: true })] }) });
  await alone.controller.start(summary(), []);
  assert.deepEqual(alone.said, ["Your reading is open. What your other reading made of this scan is out of sight until you have finished."]);
  const asking = await page({ startReadings: readings({ is_first: true, readings: [reading()] }) });
  await asking.controller.start(summary(), ["b"]);
  assert.deepEqual(asking.said, ["The reader finds the scan in this project, without what is labelled on it now."]);
});

test("a reading that was taken whole has no rule to tell", async () => {
  const merged = { ...UNCHANGED, changes: [{ slice_index: 4, before: 0, after: 1, values: [1] }], notes: "Rule: as one reading has it." };
  const { controller, said } = await page({ mergeReadings: merged, readings: readings({ of_id: "v" }) });
  await controller.merge({ method: "reading", reading: "b2" });
  assert.deepEqual(said, ["Merged: 1 slice painted."]);
});

test("what was painted is saved before a reading is finished; the last one shows the volume that was read", async () => {
  const { controller, asked } = await page({ stepReading: readings({ state: "revealed" }) });
  await controller.step("finish");
  assert.deepEqual(asked.slice(1), [["take-outline"], ["flush", "v"], ["stepReading", "v", "finish"], ["show", "p", "scan"]]);
});

test("a reading that says nothing of some slices is finished after a question, one with a prediction at once", async () => {
  const steps = (/** @type {unknown[][]} */ asked) => asked.filter(([name]) => name === "stepReading").length;
  for (const [confirm, count] of [[false, 0], [true, 1]]) {
    const { store, controller, asked, said } = await page({ confirm });
    store.set({ annotations: bookOf([3, 4, 5], "axial", { 2: [[0, 1]] }) });
    await controller.step("finish");
    assert.deepEqual([said, steps(asked)], [["4 of 5 slices are neither painted nor predicted. They count as without labels."], count]);
  }
  const predicted = await page();
  predicted.store.set({ annotations: bookOf([3, 4, 5], "axial", {}), mask: /** @type {any} */ ({ id: "m", draft: false }) });
  await predicted.controller.step("finish");
  assert.deepEqual([predicted.said, steps(predicted.asked)], [[], 1]);
});

test("a step that was refused is told", async () => {
  const { controller, said } = await page({ stepReading: new Error("There is nothing in this reading yet.") });
  await controller.step("finish");
  assert.deepEqual(said, ["There is nothing in this reading yet."]);
});

test("a merge is one step that can be taken back, and its rule is said", async () => {
  const changes = [{ slice_index: 4, before: 0, after: 1, values: [1] }];
  const merged = { plane: "axial", slices: [4], annotations: [], changes, labels: [], renamed: [], notes: "Rule: r." };
  const { store, controller, asked, said } = await page({ mergeReadings: merged, readings: readings({ of_id: "v" }) });
  await controller.merge({ method: "majority" });
  assert.deepEqual(asked.map(([name]) => name), ["readings", "mergeReadings", "remember", "readings"]);
  assert.deepEqual(said, ["Merged: 1 slice painted.", "Rule: r."]);
  const [, step] = /** @type {[string, import("../../../../ui/static/state/history.js").Step]} */ (asked.find(([name]) => name === "remember"));
  assert.equal(step.text, "merge of readings");
  store.set({ labels: [label(1)], lockedLabels: new Set([1]) });
  await assert.rejects(async () => step.command?.undo(), { code: "locked", message: "Label 1 is locked. Unlock it first: the merge of readings has to do with it." });
  await controller.takeSlice("b2", 1);
  const byHand = asked.filter(([name]) => name === "mergeReadings").at(-1);
  assert.deepEqual(byHand, ["mergeReadings", "v", { method: "reading", reading: "b2", slices: [4], labels: [1], plane: "axial" }]);
});

const UNCHANGED = { plane: "axial", slices: [], annotations: [], changes: [], labels: [], renamed: [], notes: "" };

test("while a merge is made no other begins, and how far readers agree is asked for again only where readings went", async () => {
  const three = [pair(), pair({ first_id: "b2", second_id: "c3" })];
  const made = ["a1", "b2", "c3"].map((id) => reading({ volume_id: id, state: "revealed" }));
  const given = { mergeReadings: UNCHANGED, readings: readings({ of_id: "v", state: "revealed", readings: made }), agreement: agreement(three) };
  const { store, controller, asked } = await page(given);
  const [first, second] = [controller.merge({ method: "majority" }), controller.takeSlice("b2", null)];
  assert.deepEqual(store.state.merging, new Set(["v"]));
  await Promise.all([first, second]);
  assert.deepEqual(store.state.merging, new Set());
  assert.deepEqual(asked.map(([name]) => name), ["readings", "agreement", "mergeReadings", "readings"]);
  given.readings = readings({ of_id: "v", state: "revealed", readings: made.slice(1) });
  given.agreement = agreement([three[1]]);
  await controller.merge({ method: "majority" });
  assert.deepEqual([asked.at(-1), store.state.agreement], [["agreement", "v"], given.agreement]);
});

test("after a merge that was refused another can be made", async () => {
  const { store, controller, said } = await page({ mergeReadings: new Error("Two readings are needed."), readings: readings({ of_id: "v" }) });
  await controller.merge({ method: "majority" });
  assert.deepEqual([said, store.state.merging.size], [["Two readings are needed."], 0]);
});

test("a merge of another volume is made meanwhile", async () => {
  const { store, controller, asked } = await page({ mergeReadings: UNCHANGED, readings: readings({ of_id: "v" }) });
  const first = controller.merge({ method: "majority" });
  store.set({ volume: summary({ id: "w" }) });
  store.set({ readings: readings({ of_id: "w" }) });
  const second = controller.merge({ method: "staple" });
  assert.deepEqual(store.state.merging, new Set(["v", "w"]));
  await Promise.all([first, second]);
  assert.deepEqual([store.state.merging.size, asked.filter(([name]) => name === "mergeReadings").length], [0, 2]);
});

test("two readings are compared on the volume that was read", async () => {
  const { store, controller, asked } = await page();
  store.set({ volumes: [summary(), summary({ id: "scan" })] });
  /** @type {unknown} */
  let compared = null;
  await controller.compare(pair(), async (both) => void (compared = both));
  assert.deepEqual(asked.filter(([name]) => name === "open"), [["open", "scan"]]);
  assert.deepEqual(compared, [{ id: "a1", name: "Ada 1" }, { id: "b2", name: "Ben 2" }]);
});

test("neither goes on once another volume was opened, nor where the one that was read cannot be", async () => {
  const { store, controller, asked, openAnother } = await page();
  let compared = 0;
  const compare = async () => void (compared += 1);
  await controller.compare(pair(), compare);
  await controller.merge({ method: "majority" });
  store.set({ volumes: [summary(), summary({ id: "scan" })] });
  openAnother();
  await controller.compare(pair(), compare);
  assert.equal(store.state.volume?.id, "another");
  assert.deepEqual([compared, asked.filter(([name]) => name === "mergeReadings")], [0, []]);
});

test("when the page is looked at again, what others finished meanwhile is seen", async () => {
  const still = await page();
  await still.lookAgain();
  assert.deepEqual(still.asked, [["readings", "v"]]);
  const over = await page({}, { reading: told({ state: "finished" }) }, { reading: told({ state: "revealed" }) });
  await over.lookAgain();
  assert.deepEqual(over.asked.filter(([name]) => name === "show"), [["show", "p", "v"]]);
});

test("what another refresh brought is seen too, once", async () => {
  const { store, asked } = await page();
  const revealed = summary({ reading: told({ state: "revealed", finished: 2 }) });
  store.set({ volume: summary({ reading: told({ finished: 1 }) }) });
  store.set({ volume: revealed });
  store.set({ volume: { ...revealed } });
  await settle();
  assert.deepEqual(asked.filter(([name]) => name === "show"), [["show", "p", "v"]]);
});

test("news on the volume that was read leave it open and list the readings", async () => {
  const listed = [summary({ id: "scan" }), summary({ id: "a1" })];
  const given = { readings: readings({ of_id: "scan" }), project: { volumes: listed }, agreement: agreement() };
  const { store, asked } = await page(given, { id: "scan", reading: told({ reader: null }) });
  given.readings = readings({ of_id: "scan", state: "revealed" });
  const now = summary({ id: "scan", reading: told({ reader: null, state: "revealed" }) });
  store.set({ volume: now });
  await settle();
  assert.deepEqual(asked.slice(1).map(([name]) => name).sort(), ["agreement", "project", "readings"]); // nothing is opened
  assert.deepEqual([store.state.volume, store.state.volumes, store.state.agreement], [now, listed, given.agreement]);
});

test("where the volume that was read is gone the list is asked for once, and the agreement in any case", async () => {
  const given = { readings: readings({ state: "revealed" }), agreement: agreement(), project: /** @type {unknown} */ (new Error("The list does not come.")) };
  const { store, asked, said } = await page(given);
  assert.deepEqual([said, store.state.agreement], [["The list does not come."], given.agreement]);
  given.project = { volumes: [summary()] };
  for (const id of ["w", "v", "w"]) {
    store.set({ volume: summary({ id, reading: told({ state: "revealed" }) }) });
    await settle();
  }
  assert.equal(asked.filter(([name]) => name === "project").length, 2); // it came the second time
});

test("another volume whose readings were compared long ago is only looked at", async () => {
  const { store, asked } = await page();
  store.set({ volume: summary({ id: "w", reading: told({ state: "revealed" }) }) });
  await settle();
  assert.deepEqual(asked, [["readings", "v"], ["readings", "w"]]);
});

test("the step that reveals all says itself what is shown", async () => {
  const refresh = () => store.set({ volume: summary({ reading: told({ state: "revealed" }) }) });
  const { store, controller, asked } = await page({ stepReading: () => (refresh(), readings({ state: "revealed" })) });
  await controller.step("finish");
  assert.deepEqual(asked.filter(([name]) => name === "show"), [["show", "p", "scan"]]);
});

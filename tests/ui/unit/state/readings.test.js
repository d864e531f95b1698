import assert from "node:assert/strict";
import { test } from "node:test";

import { mayPaint, paintBlocker } from "../../../../ui/static/state/access.js";
import { closedText, comparedId, comparedReading, isClosedReading, mergeChoices, mergedText, pairText, ratersOf, readingFacts, readingsOnScreen, readingsText, takenText, unsaidSlices } from "../../../../ui/static/state/readings.js";
import { summary } from "../support/controllers.js";
import { pair, reading, readings, told } from "../support/readings.js";
import { bookOf } from "../support/volumes.js";

const ada = { name: "Ada", role: /** @type {const} */ ("annotator") };

test("a reader is told that neither sees the other, and for whom to wait", () => {
  const { title, note } = readingsText(readings());
  assert.equal(title, "Blind reading");
  assert.match(note, /You do not see what the others make of this scan.*0 of 2 so far/);
  const waiting = readingsText(readings({ readings: [reading({ is_mine: true, state: "finished" }), reading(), reading({ reader_name: "Cy" })] }));
  assert.match(waiting.note, /^Waiting for Ben and Cy\./);
});

test("a second reading says that what was labelled before is out of sight", () => {
  assert.deepEqual(readingsText(readings({ is_first: true, readings: [reading({ is_mine: true, reader_name: null })] })), {
    title: "Second reading",
    note: "What was labelled before is out of sight until you have finished, so that it does not guide you.",
  });
});

test("an owner who does not read is told that nothing is hidden from them", () => {
  const { title, note } = readingsText(readings({ may_see_all: true, readings: [reading({ state: "finished" }), reading({ reader_name: "Cy" })] }));
  assert.equal(title, "Being read blind");
  assert.equal(note, "By Ben and Cy: 1 of 2 finished. You are none of them and see their work; they do not see each other's.");
});

test("a reading is painted by its reader alone, until it is finished", () => {
  const volume = summary({ reading: told() });
  assert.equal(isClosedReading(volume, ada), false);
  assert.equal(isClosedReading(volume, null), false); // where nobody logs in there is one person
  assert.equal(isClosedReading(summary({ reading: told({ reader_name: "Ben" }) }), ada), true);
  assert.equal(isClosedReading(summary({ reading: told({ reader: null }) }), ada), false); // the volume that is read
  assert.equal(mayPaint({ volume: summary({ reading: told({ state: "finished" }) }), login: ada, project: null }), false);
  assert.match(paintBlocker({ volume: summary({ reading: told({ state: "finished" }) }), login: ada, project: null }) ?? "", /take it back/);
  assert.match(closedText({ reading: told({ reader_name: "Ben" }) }, ada), /^Ben is reading this scan blind/);
  assert.match(closedText({ reading: told({ state: "revealed" }) }, ada), /merge them/);
});

test("rows of the list say what a volume is", () => {
  assert.equal(readingFacts({ reading: null }), "");
  assert.equal(readingFacts({ reading: told() }), "Blind reading by Ada");
  assert.equal(readingFacts({ reading: told({ state: "paused" }) }), "paused"); // of a newer server
  assert.equal(readingFacts({ reading: told({ reader: null, finished: 1 }) }), "Being read, 1 of 2 finished");
  assert.equal(readingFacts({ reading: told({ reader: null, state: "revealed" }) }), "Read blind, compared");
});

test("a pair's line has Dice, HD95 and how many slices differ", () => {
  assert.equal(pairText(pair(), "slice", "mm"), "Dice 0.500 · HD95 3.2 mm · 1 slice differs");
  assert.equal(pairText(pair({ differing_voxels: 0, slices: [] }), "slice", "mm"), "The same, voxel by voxel");
  assert.equal(pairText(pair(), "picture", "px"), "Dice 0.500 · HD95 3.2 px · 1 picture differs");
});

test("ways to merge say their rule", () => {
  const raters = ratersOf([pair(), pair({ first_id: "b2", first_name: "Ben 2", second_id: "c3", second_name: "Cy 3" })]);
  assert.deepEqual(raters.map(({ name }) => name), ["Ada 1", "Ben 2", "Cy 3"]);
  const three = readings({ state: "revealed", readings: [reading({ volume_id: "a1", reader: "a", reader_name: "Ada" }), reading({ volume_id: "b2" }), reading({ volume_id: "c3", reader: "c", reader_name: "Cy" })] });
  assert.match(mergeChoices(raters, three)[0].hint, /more than half/);
  assert.match(mergeChoices(raters.slice(0, 2), three)[0].hint, /only what both agree on/);
  assert.deepEqual(mergeChoices(raters, three).at(-1)?.value, { method: "reading", reading: "c3" });
  assert.deepEqual(mergeChoices(raters, three).slice(2).map(({ text }) => text), ["As read by Ada", "As read by Ben", "As read by Cy"]);
});

test("of who read twice the reading is told by its number", () => {
  const again = [reading({ volume_id: "x1" }), reading({ volume_id: "x2" }), reading({ volume_id: "a3", reader: "a", reader_name: "Ada" })];
  const said = (/** @type {object} */ more, /** @type {string} */ id, /** @type {string} */ name) => takenText({ id, name }, readings(more));
  assert.equal(said({ readings: again }, "x2", "Ben 2"), "As in reading 2");
  assert.equal(said({ readings: again }, "a3", "Ada 3"), "As read by Ada");
  assert.equal(said({ readings: [again[1]], is_first: true }, "scan", "Reading 1"), "As in reading 1");
  assert.equal(said({ readings: [again[1]], is_first: true }, "x2", "Ben 2"), "As in reading 2");
  assert.equal(takenText(undefined, readings()), "As in a reading that was deleted");
});

test("a reading that is compared has the id of its volume in its own", () => {
  assert.equal(comparedReading(comparedId("v")), "v");
  assert.equal(comparedReading("reference"), null);
  assert.deepEqual(readingsOnScreen({ comparison: null }), []);
  const runs = /** @type {any} */ ([{ id: "reading:a1", title: "Ada 1" }, { id: "reading:b2", title: "Ben 2" }, { id: "r" }]);
  const comparison = { runs, chosen: /** @type {[string, string]} */ (["reading:a1", "reading:b2"]), masks: null, beside: false, found: null };
  assert.deepEqual(readingsOnScreen({ comparison }), [{ id: "a1", name: "Ada 1" }, { id: "b2", name: "Ben 2" }]);
  assert.deepEqual(readingsOnScreen({ comparison: { ...comparison, chosen: ["reading:a1", "r"] } }), []);
});

test("of a merge what was emptied is told apart from what was painted", () => {
  const merged = (/** @type {string[]} */ ...states) => /** @type {any} */ ({ annotations: states.map((state) => ({ state })), changes: states });
  assert.equal(mergedText(merged("painted", "empty", "painted", "empty", "empty"), "slice"), "Merged: 2 slices painted, 3 emptied.");
  assert.equal(mergedText(merged("painted"), "slice"), "Merged: 1 slice painted.");
  assert.equal(mergedText(merged("empty", "empty"), "picture"), "Merged: 2 pictures emptied.");
  assert.equal(mergedText(merged(), "slice"), "The merge changes nothing.");
});

test("a reading says nothing of slices without paint, and something of all once they are predicted", () => {
  const annotations = bookOf([3, 4, 5], "axial", { 1: [[0, 1]] });
  annotations.ensure(2).state = "empty";
  annotations.ensure(3).state = "cleared";
  const mask = (/** @type {boolean} */ draft) => /** @type {any} */ ({ id: "m", draft });
  const counts = [null, mask(true), mask(false)].map((each) => unsaidSlices({ annotations, mask: each }));
  assert.deepEqual([...counts, unsaidSlices({ annotations: null, mask: null })], [3, 3, 0, 0]);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { DEFAULT_CHOICE, choiceWords, stillOffered } from "../../../../ui/static/state/run_choice.js";
import { chosenOthers, learntFromText, paintedOthers, runRequest } from "../../../../ui/static/state/run_sources.js";
import { sourceVolume } from "../../../../ui/static/state/runs.js";
import { summary, system } from "../support/controllers.js";

const painted = (/** @type {string} */ id, axial = 2, coronal = 0) => summary({ id, painted: { axial, coronal, sagittal: 0 } });
/** @param {string[]} [sources] */
const state = (sources) => ({
  volumes: [painted("a"), painted("b"), painted("c", 0, 3), painted("d")],
  volume: summary({ id: "a" }),
  plane: /** @type {const} */ ("axial"),
  runChoice: { ...DEFAULT_CHOICE, ...(sources && { sources }) },
});

test("by default a run learns from all others that are painted in its plane", () => {
  assert.deepEqual(paintedOthers(state()).map(({ id }) => id), ["b", "d"]);
  assert.deepEqual(chosenOthers(state()).map(({ id }) => id), ["b", "d"]);
  assert.deepEqual(runRequest(state()), {});
});

test("chosen ones are asked for while they are painted", () => {
  assert.deepEqual(runRequest(state(["d", "c", "gone"])), { sources: ["d"] });
  assert.deepEqual(runRequest(state([])), { sources: [] });
});

test("a scan learns from scans, pictures from pictures", () => {
  const pictures = [{ name: "a.png", rows: 1, columns: 1, pixel_mm: null }];
  const volumes = [...state().volumes, { ...painted("p"), pictures }, { ...painted("q"), pictures, model_id: "mq" }, { ...painted("s"), model_id: "ms" }];
  const scan = { ...state(["b", "p"]), volumes };
  const stack = { ...scan, volume: summary({ id: "p", pictures }) };
  assert.deepEqual(paintedOthers(scan).map(({ id }) => id), ["b", "d", "s"]);
  assert.deepEqual(paintedOthers(stack).map(({ id }) => id), ["q"]);
  assert.deepEqual([runRequest(scan), runRequest(stack)], [{ sources: ["b"] }, { sources: [] }]);
  assert.deepEqual([sourceVolume(scan)?.id, sourceVolume(stack)?.id], ["s", "q"]);
});

test("a choice is told in words, and kept", () => {
  const choice = (/** @type {string[]} */ ...sources) => ({ ...DEFAULT_CHOICE, sources });
  assert.deepEqual(choiceWords(choice(), system()), ["this volume alone"]);
  assert.deepEqual(choiceWords(choice("b"), system()), ["chosen volumes"]);
  assert.deepEqual(stillOffered(choice("b"), system()), choice("b"));
  assert.deepEqual([0, 1, 2].map((others) => learntFromText(3, others)), ["3 painted slices", "3 painted slices and 1 other volume", "3 painted slices and 2 other volumes"]);
});

/** In which settings two runs differ, in words. Pure. */
import { madeWithWords } from "./run_choice.js";

/** @import { Run, System } from "../api/types.d.ts" */

/** What a run was asked for, by what it is called. @param {Run} run @param {System | null} system */
function settingsOf(run, system) {
  const [method = "", encoder = ""] = madeWithWords(run.choice, system).split(", ");
  return {
    Kind: run.kind === "predict" ? "prediction" : "propagation",
    Method: method,
    Encoder: run.choice.encoder === null ? "" : encoder,
    Seed: String(run.choice.seed ?? 0),
    Plane: run.plane,
    "Painted slices": String(run.slices),
    "Volumes learnt from": String(run.source_count ?? 0),
    "Going on from the run before": run.continued ? "yes" : "no",
  };
}

/**
 * The settings that are not the same, each with what it is of the first and of the second.
 * @param {Run} first
 * @param {Run} second
 * @param {System | null} system
 * @returns {{name: string, first: string, second: string}[]}
 */
export function runDifferences(first, second, system) {
  const [one, other] = [settingsOf(first, system), settingsOf(second, system)];
  const names = /** @type {(keyof typeof one)[]} */ (Object.keys(one));
  return names.filter((name) => one[name] !== other[name]).map((name) => ({ name, first: one[name] || "none", second: other[name] || "none" }));
}

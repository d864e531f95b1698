/** In which settings two runs differ, in words. Pure. */
import { Plane, RunKind } from "../api/contract.js";
import { worded } from "./known.js";
import { encoderTitle, methodTitle } from "./run_choice.js";
import { t } from "../words/index.js";

/** @import { Run, System } from "../api/types.d.ts" */

/** What a run was asked for, in words. @param {Run} run @param {System | null} system */
function settingsOf({ kind, plane, choice, slices, source_count: sources, continued }, system) {
  return {
    kind: worded(RunKind, kind, (each) => t(`comparison.settings.${each}`)),
    method: system && kind !== RunKind.TAKE ? methodTitle(choice.method, system) : "",
    encoder: system && choice.encoder !== null ? encoderTitle(choice.encoder, system) : "",
    seed: String(choice.seed ?? 0),
    plane: worded(Plane, plane, (each) => t(`viewer.planeInText.${each}`)),
    slices: String(slices),
    sources: String(sources ?? 0),
    continued: t(continued ? "comparison.settings.yes" : "comparison.settings.no"),
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
  return names.filter((name) => one[name] !== other[name]).map((name) => ({ name: t(`comparison.settings.${name}`), first: one[name] || t("comparison.settings.none"), second: other[name] || t("comparison.settings.none") }));
}

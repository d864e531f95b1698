/** Method, encoder, seed and beginning of runs: what is chosen, and what a run was made with, in words. Pure. */
import { MAX_SEED } from "../api/contract.js";
import { enumerated, t } from "../words/index.js";

/**
 * @import { AppState, RunChoice } from "./types.d.ts"
 * @import { MadeWith, System } from "../api/types.d.ts"
 */

/** @type {Readonly<RunChoice>} */
export const DEFAULT_CHOICE = Object.freeze({ method: null, encoder: null, seed: 0, afresh: false });

/** @param {unknown} value @returns {value is number} */
export const isSeed = (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_SEED;

/**
 * What differs from the server's defaults, in words: "SAM's decoder", "seed 3".
 * @param {RunChoice | (Omit<RunChoice, "afresh"> & {afresh?: undefined, encoder_title?: string | null}) | undefined} choice
 * @param {System | null} system
 */
export function choiceWords(choice, system) {
  if (!choice || !system) return [];
  const { method, encoder, seed, afresh } = choice;
  const sources = "sources" in choice ? choice.sources : undefined;
  return [
    method !== null && method !== system.methods[0]?.name && methodTitle(method, system),
    encoder !== null && encoder !== system.encoders[0]?.name && encoderTitle(encoder, system),
    seed !== 0 && t("runs.choice.seed", { seed }),
    afresh === true && t("runs.choice.afresh"),
    sources !== undefined && t(sources.length ? "runs.choice.chosen" : "runs.choice.alone"),
  ].filter((word) => word !== false);
}

/**
 * What tells a run from others, in words: the method, and what else is not the default: "Three planes, seed 3".
 * @param {MadeWith} made
 * @param {System | null} system
 */
export function methodWords(made, system) {
  if (!system) return "";
  const others = choiceWords({ ...made, method: null }, system);
  return enumerated([methodTitle(made.method, system), ...others]);
}

/**
 * All that a run was made with, in words: "Three planes, LiteMedSAM, seed 0".
 * @param {MadeWith} made
 * @param {System | null} system
 */
export function madeWithWords({ method, encoder, seed }, system) {
  if (!system) return "";
  return enumerated([methodTitle(method, system), encoder !== null && encoderTitle(encoder, system), t("runs.choice.seed", { seed })]);
}

/**
 * @param {string} name
 * @param {System} system
 */
export const methodTitle = (name, { methods }) => methods.find((each) => each.name === name)?.title ?? name;

/**
 * @param {string} name or a checkpoint's path
 * @param {System} system
 */
export function encoderTitle(name, { encoders }) {
  return encoders.find((each) => each.name === name)?.title ?? name.split(/[\\/]/).pop()?.replace(/\.[^.]+$/, "") ?? name;
}

/**
 * What a run is asked for: only what was chosen.
 * @param {RunChoice} choice
 */
export function choiceRequest({ method, encoder, seed, afresh }) {
  return { ...(method !== null && { method }), ...(encoder !== null && { encoder }), ...(seed !== 0 && { seed }), ...(afresh && { afresh }) };
}

/**
 * A remembered choice, less what there is no more: an encoder may have been taken away meanwhile.
 * @param {RunChoice} choice
 * @param {System | null} system
 * @returns {RunChoice}
 */
export function stillOffered(choice, system) {
  if (!system) return choice;
  const { method, encoder, seed, afresh, sources } = choice;
  const isPath = !system.multi_user && /[\\/]/.test(encoder ?? "");
  return {
    method: system.methods.slice(1).some(({ name }) => name === method) ? method : null,
    encoder: isPath || system.encoders.slice(1).some(({ name }) => name === encoder) ? encoder : null,
    seed,
    afresh,
    ...(sources && { sources }),
  };
}

/**
 * Whether a run with what is chosen has slices to encode that the server does not encode by itself.
 * @param {Pick<AppState, "runChoice">} state
 */
export const encodesAnew = ({ runChoice }) => runChoice.encoder !== null;

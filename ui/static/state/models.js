/** Models of a project and what their files hold, in words. Pure. */

/**
 * @import { Model, ModelFacts } from "../api/types.d.ts"
 * @import { AppState } from "./types.d.ts"
 */

const count = (/** @type {number} */ number, /** @type {string} */ noun) => `${number.toLocaleString("en-GB")} ${noun}${number === 1 ? "" : "s"}`;

/** What a model that came as a file is called. @param {Model} model */
export const importedName = ({ imported }) => (imported?.title ? `The model \u201c${imported.title}\u201d` : "The model of the file");

/**
 * What a model is called: by its title, or by the volumes it learnt from, the first few by name.
 * @param {Model} model
 */
export function modelName({ sources, imported }) {
  if (imported) return `From a file: ${imported.title || imported.sha256.slice(0, 12)}`;
  const names = sources.map(({ name }) => name);
  const rest = names.length - 3;
  return `Learnt from ${names.slice(0, 3).join(", ") || "a deleted volume"}${rest > 0 ? ` and ${rest} more` : ""}`;
}

/**
 * The newest model that came as a file, to predict the volume on screen with.
 * @param {Pick<AppState, "models">} state
 */
export const newestImported = ({ models }) => models.find(({ imported }) => imported);

/**
 * What the numbers in a file are, and what they tell.
 * @param {ModelFacts["contents"]} contents
 */
export function contentsText({ weights, averages, slice_vectors: slices }) {
  const parts = [count(weights, "weight") + " of a network"];
  if (averages) parts.push(`${count(averages, "average vector")} of painted places`);
  if (slices) parts.push(`${count(slices, "average vector")} of painted slices`);
  return parts.join(", ");
}

/**
 * How it was fitted: method, encoder, plane, intensities, resolution.
 * @param {ModelFacts} facts
 */
export function fitText({ method_title: method, encoder_title: encoder, plane, window: range, input_size: side, seed }) {
  const shown = range ? `intensities ${range[0]} to ${range[1]}` : "each scan\u2019s own intensities";
  return [method, encoder, `${plane} slices`, shown, side ? `resized to ${side} pixels` : "", seed === null ? "" : `seed ${seed}`].filter(Boolean).join(", ");
}

/**
 * What it learnt from.
 * @param {ModelFacts} facts
 */
export function sourcesText({ sources, slices, created }) {
  const of = slices ? `${count(slices, "painted slice")} of ` : "";
  return `${of}${count(sources.length, "scan")}${created ? `, ${created}` : ""}`;
}

/** @param {number} bytes */
export const sizeText = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} KB` : `${(bytes / 1e6).toFixed(1)} MB`);

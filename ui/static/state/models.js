/** Models of a project and what their files hold, in words. Pure. */
import { Plane } from "../api/contract.js";
import { decimal, enumerated, grouped, t } from "../words/index.js";
import { worded } from "./known.js";

/**
 * @import { Model, ModelFacts } from "../api/types.d.ts"
 * @import { AppState } from "./types.d.ts"
 */

/** What a text that says a number needs. @param {number} count */
const counted = (count) => ({ count, number: grouped(count) });

/** What a model that came as a file is called. @param {Model} model */
export const importedName = ({ imported }) => (imported?.title ? t("models.name.titled", { title: imported.title }) : t("models.name.ofFile"));

/**
 * What a model is called: by its title, or by the volumes it learnt from, the first few by name.
 * @param {Model} model
 */
export function modelName({ sources, imported }) {
  if (imported) return t("models.name.file", { name: imported.title || imported.sha256.slice(0, 12) });
  const volumes = enumerated(sources.slice(0, 3).map(({ name }) => name));
  const more = sources.length - 3;
  if (!volumes) return t("models.name.deletedVolume");
  return more > 0 ? t("models.name.learntAndMore", { volumes, more }) : t("models.name.learnt", { volumes });
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
  const parts = [t("models.holds.weights", counted(weights))];
  if (averages) parts.push(t("models.holds.averages", counted(averages)));
  if (slices) parts.push(t("models.holds.slices", counted(slices)));
  return enumerated(parts);
}

/**
 * How it was fitted: method, encoder, plane, intensities, resolution.
 * @param {ModelFacts} facts
 */
export function fitText({ method_title: method, encoder_title: encoder, plane, window: range, input_size: side, seed }) {
  const shown = range ? t("models.fit.intensities", { low: range[0], high: range[1] }) : t("models.fit.ownIntensities");
  const slices = t("models.fit.slices", { plane: worded(Plane, plane, (each) => t(`viewer.planeInText.${each}`)) });
  return enumerated([method, encoder, slices, shown, side && t("models.fit.resized", { side }), seed !== null && t("runs.choice.seed", { seed })]);
}

/**
 * What it learnt from.
 * @param {ModelFacts} facts
 */
export function sourcesText({ sources, slices, created }) {
  const scans = t("models.learnt.scans", counted(sources.length));
  const what = slices ? t("models.learnt.slicesOf", { ...counted(slices), scans }) : scans;
  return created ? t("models.learnt.when", { what, when: created }) : what;
}

/** @param {number} bytes */
export const sizeText = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} KB` : `${decimal(bytes / 1e6, 1)} MB`);

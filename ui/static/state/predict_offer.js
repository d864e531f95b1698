/** Predicting a volume that nothing was painted on: with which model, and how that is said. Pure. */
import { mayPaint } from "./access.js";
import { newestImported } from "./models.js";
import { isRunning, sourceVolume } from "./runs.js";
import { t } from "../words/index.js";

/**
 * @import { Model } from "../api/types.d.ts"
 * @import { AppState } from "./types.d.ts"
 * @typedef {object} PredictOffer
 * @property {string} modelId
 * @property {string} text what the model is, as a thing to do
 */

/** What predicting with a model that came as a file is called. @param {Model} model */
export const importedOfferText = ({ imported }) => (imported?.title ? t("models.use.predict", { title: imported.title }) : t("models.use.predictUntitled"));

/**
 * The model that the volume on screen can be predicted with: that of another volume, or one that came as a file. Null where
 * something is painted on it, or nobody may or can predict.
 * @param {AppState} state
 * @returns {PredictOffer | null}
 */
export function predictOffer(state) {
  const { voxels, annotations, loggedOut, models } = state;
  if (!voxels || !annotations || annotations.indices("painted").length || loggedOut || !mayPaint(state) || isRunning(state)) return null;
  const source = sourceVolume(state);
  if (source?.model_id) {
    const others = (models.find(({ id }) => id === source.model_id)?.sources.length ?? 1) - 1;
    const { name } = source;
    return { modelId: source.model_id, text: others > 0 ? t("runs.card.predictMore", { name, count: others }) : t("runs.card.predict", { name }) };
  }
  const imported = newestImported(state);
  return imported ? { modelId: imported.id, text: importedOfferText(imported) } : null;
}

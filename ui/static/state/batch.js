/** A model applied to many volumes: how far it is, and which volume of the project to look at next. Pure. */
import { BatchState, RunState } from "../api/contract.js";
import { formatSeconds } from "../lib/dom.js";
import { t } from "../words/index.js";
import { isFrozen } from "./access.js";
import { known } from "./known.js";
import { sameKind } from "./pictures.js";
import { isReading } from "./readings.js";

/**
 * @import { AppState } from "./types.d.ts"
 * @import { Batch, BatchVolume, VolumeSummary } from "../api/types.d.ts"
 */

/**
 * The line of a batch: what it does or did, and the time left.
 * @param {Batch} batch
 */
export function batchText({ state, done, failed, total, eta_s: seconds }) {
  const shown = known(BatchState, state) ?? BatchState.RUNNING;
  const text = failed ? t(`batches.line.${shown}Failed`, { done, total, failed }) : t(`batches.line.${shown}`, { done, total });
  return { text, left: shown !== BatchState.RUNNING || seconds === null ? "" : t("page.timeLeft", { time: formatSeconds(seconds) }) };
}

/**
 * What a volume of a batch is at.
 * @param {BatchVolume} volume
 */
export function volumeStateText({ state, fraction }) {
  const shown = known(RunState, state);
  if (shown === RunState.RUNNING) return t("page.percent", { percent: Math.round(fraction * 100) });
  return shown ? t(`batches.volume.${shown}`) : state;
}

/**
 * Volumes whose state is another than it was.
 * @param {Batch | null} before
 * @param {Batch} now
 */
export function changedVolumes(before, now) {
  const states = new Map(before?.id === now.id ? before.volumes.map(({ volume_id: id, state }) => [id, state]) : []);
  return now.volumes.filter(({ volume_id: id, state }) => states.get(id) !== state).map(({ volume_id: id }) => id);
}

/** Whether a mask of a volume is a model's. @param {VolumeSummary} volume @param {string} modelId */
export const hasMaskOf = ({ mask_model_ids: models }, modelId) => models.includes(modelId);

/**
 * The volumes that a model can be applied to: those of the kind it was learnt from, all where that cannot be told; but
 * none that is frozen, and no reading, which is its reader's alone.
 * @param {VolumeSummary[]} volumes
 * @param {Pick<import("../api/types.d.ts").Model, "sources"> | undefined} model
 */
export function fitting(volumes, model) {
  const learntFrom = volumes.find(({ id }) => model?.sources.some((source) => source.volume_id === id));
  return volumes.filter((each) => !isFrozen({ volume: each }) && !isReading(each) && (!learntFrom || sameKind(each, learntFrom)));
}

/**
 * Volumes with a mask, the least certain first.
 * @param {Pick<AppState, "volumes">} state
 */
export function byCertainty({ volumes }) {
  const known = volumes.filter(({ mask_id: maskId, mask_draft: isDraft, mean_confidence: mean }) => maskId && !isDraft && typeof mean === "number");
  return known.sort((a, b) => Number(a.mean_confidence) - Number(b.mean_confidence));
}

/**
 * The volume after the one on screen, from the least certain on; undefined after the last.
 * @param {Pick<AppState, "volumes" | "volume">} state
 */
export function nextLeastCertain(state) {
  const order = byCertainty(state);
  return order[order.findIndex(({ id }) => id === state.volume?.id) + 1];
}

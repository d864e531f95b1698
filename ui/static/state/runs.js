/** What the state says about runs. Pure. */
import { RunKind, Stage, UNFINISHED_RUN_STATES } from "../api/contract.js";

import { paintBlocker } from "./access.js";
import { sameKind } from "./pictures.js";
import { sliceKind } from "./slices.js";
import { t } from "../words/index.js";

/**
 * @import { AppState } from "./types.d.ts"
 * @import { VolumeSummary } from "../api/types.d.ts"
 */

const STAGES = /** @type {(keyof typeof Stage)[]} */ (Object.keys(Stage));

/** @param {string | undefined} state of a run */
export const isActive = (state) => UNFINISHED_RUN_STATES.some((each) => each === state);

/** @param {Pick<AppState, "run">} state */
export const isRunning = ({ run }) => isActive(run?.state);

/**
 * Whether the run under way lacks slices that were painted since, and can begin anew with them: what is encoded stays so.
 * @param {Pick<AppState, "run" | "editedSinceRun" | "followedRun">} state
 */
export function canStartAgain({ run, editedSinceRun, followedRun }) {
  return editedSinceRun && run?.id !== followedRun && run?.kind === RunKind.PROPAGATE && isActive(run.state) && ["", Stage.ENCODE].includes(run.stage);
}

/**
 * Why propagation cannot start now, in words; null when it can.
 * @param {Pick<AppState, "voxels" | "labels" | "loading" | "annotations"> & Partial<Pick<AppState, "loggedOut" | "project" | "login" | "volume">>} state
 */
export function runBlocker(state) {
  const { voxels, labels, loading, annotations, loggedOut } = state;
  const forbidden = paintBlocker(state);
  if (forbidden) return forbidden;
  if (loggedOut) return t("runs.blocker.login");
  if (!voxels) return t(loading ? "runs.blocker.opening" : "runs.blocker.volume");
  if (!labels.length) return t(`runs.blocker.label.${sliceKind(state)}`);
  if (!annotations) return t(`runs.blocker.loadingSlices.${sliceKind(state)}`);
  if (!annotations.indices("painted").length) return t(`runs.blocker.paint.${sliceKind(state)}`);
  return null;
}

/**
 * Why no mask can be made of what is painted now, in words; null when one can.
 * @param {Parameters<typeof runBlocker>[0] & Pick<AppState, "run" | "launching">} state
 */
export function takeBlocker(state) {
  return state.launching || isRunning(state) ? t("runs.blocker.running") : runBlocker(state);
}

/** Whether a run made its mask of what was painted, by no model. @param {{kind: string} | null | undefined} run */
export const isTaken = (run) => run?.kind === RunKind.TAKE;

/**
 * Names of the labels that the run of the mask on screen warns of; one that was deleted needs no painting.
 * @param {Pick<AppState, "mask" | "labels">} state
 */
export function warnedLabels({ mask, labels }) {
  const warned = new Set(mask?.labels.filter(({ warning }) => warning).map(({ value }) => value));
  return labels.filter(({ value }) => warned.has(value)).map(({ name }) => name);
}

/**
 * Another volume of the project and of its kind whose model a volume without strokes can be predicted with.
 * @param {Pick<AppState, "volumes" | "volume">} state
 * @returns {VolumeSummary | undefined}
 */
export function sourceVolume({ volumes, volume }) {
  return volumes.find((each) => each.id !== volume?.id && each.model_id && sameKind(each, volume));
}

/** What a run is doing, in words. @param {string} stage as the server names it @param {import("./slices.js").SliceKind} kind */
export function stageText(stage, kind) {
  const known = STAGES.find((each) => Stage[each] === stage);
  if (known === "ENCODE" || known === "SCORE") return t(`runs.stage.${known}.${kind}`);
  return known ? t(`runs.stage.${known}`) : stage;
}

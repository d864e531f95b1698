/** Runs of the volume on screen: asked for, watched until they end, cancelled; their mask is shown when it is there. */
import { isBusy } from "../api/client.js";
import { ErrorCode, RunState } from "../api/contract.js";
import { mayPaint } from "../state/access.js";
import { runRequest } from "../state/run_sources.js";
import { canStartAgain, isActive, isRunning, runBlocker, sourceVolume, takeBlocker } from "../state/runs.js";
import { onReturn } from "./on_return.js";
import { replaceSummary } from "./summaries.js";
import { sliceKind } from "../state/slices.js";
import { t } from "../words/index.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { Run } from "../api/types.d.ts"
 */

const POLL_MS = 600;
const MASK_RETRY_MS = 3000;

export class RunController {
  #timer = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
  /** @type {string | null} id of a run that was cancelled without a word */
  #quietly = null;
  /** @type {Run | null} begun here and not ended: what was asked of its volume before may come after it */
  #begun = null;

  /**
   * @param {Store} store
   * @param {{
   *   server: import("./server.js").Server,
   *   notify: import("./notify.js").Notify,
   *   saver: Pick<import("./autosave.js").Saver, "flush">,
   *   masks: Pick<import("./masks.js").MaskController, "load">,
   *   pollMs?: number,
   *   maskRetryMs?: number,
   *   page?: Pick<Window, "addEventListener">,
   * }} parts `page` tells of being looked at again
   */
  constructor(store, { server, notify, saver, masks, pollMs = POLL_MS, maskRetryMs = MASK_RETRY_MS, page = globalThis.window }) {
    this.store = store;
    this.server = server;
    this.notify = notify;
    this.saver = saver;
    this.masks = masks;
    this.pollMs = pollMs;
    this.maskRetryMs = maskRetryMs;
    store.when("slice-edited", ({ reviewed }) => reviewed && store.set({ editedSinceRun: true }));
    store.on("annotations", () => store.set({ editedSinceRun: false }));
    onReturn(page, () => this.catchUp());
  }

  /**
   * Follow a run that another window began, or show its result. Where the server is away nothing is said.
   * @param {{quietly?: boolean}} [how] quietly: it is told otherwise, as a batch's in its own line
   */
  async catchUp({ quietly = false } = {}) {
    const { volume, voxels, run: known } = this.store.state;
    const isWatched = () => this.store.state.launching || isRunning(this.store.state);
    if (!volume || !voxels || isWatched()) return;
    const summary = await this.server.volume(volume.id).catch(() => null);
    const { state } = this.store;
    if (!summary?.run || state.voxels !== voxels || state.run !== known || isWatched()) return;
    if (summary.run.id === known?.id) return;
    replaceSummary(this.store, summary);
    this.store.set({ run: summary.run });
    const isUnderWay = isRunning(this.store.state);
    if (!quietly) this.notify.say(t(isUnderWay ? "runs.notices.elsewhereUnderWay" : "runs.notices.elsewhere"), { place: "other-window" });
    if (isUnderWay) return this.watch();
    if (summary.mask_id && summary.mask_id !== state.mask?.id) await this.#showMask(summary.run.id, summary.mask_id);
  }

  /** Propagate what is painted, if that is possible now; a run that lacks some of it gives way. */
  async start() {
    const { state } = this.store;
    if (state.launching || runBlocker(state)) return;
    if (canStartAgain(state)) {
      this.store.set({ followedRun: state.run?.id ?? null });
      return this.cancel({ quietly: true });
    }
    if (isRunning(state)) return;
    await this.#launch({ kind: "propagate", plane: state.plane, ...runRequest(state) });
  }

  /**
   * Predict with a model of the project.
   * @param {string | null} [modelId] by default the one that was fitted on another volume
   */
  async predict(modelId = sourceVolume(this.store.state)?.model_id) {
    if (modelId && mayPaint(this.store.state)) await this.#launch({ kind: "predict", model_id: modelId });
  }

  /** Make a mask of what is painted as it is, by no model. Whether that is on screen now. */
  async take() {
    const { state } = this.store;
    const { volume, plane } = state;
    if (!volume || takeBlocker(state)) return false;
    this.store.set({ launching: true });
    try {
      await this.saver.flush(volume.id);
      const mask = await this.server.takeMask(volume.id, plane);
      const run = await this.server.run(mask.run_id);
      this.store.set({ launching: false });
      if (this.store.state.volume?.id !== volume.id) return false;
      this.store.set({ editedSinceRun: false, run });
      await this.masks.load(mask.id);
      return this.store.state.mask?.id === mask.id;
    } catch (error) {
      this.store.set({ launching: false });
      this.notify.failed(error);
      return false;
    }
  }

  /** @param {Parameters<import("./server.js").Server["startRun"]>[1]} request */
  async #launch(request) {
    const { volume } = this.store.state;
    if (!volume) return;
    this.store.set({ launching: true });
    try {
      await this.saver.flush(volume.id);
      const run = await this.server.startRun(volume.id, request);
      this.store.set({ launching: false });
      this.#begun = run;
      if (this.store.state.volume?.id !== volume.id) return; // another is opened, or this one anew: then it is watched
      this.store.set({ editedSinceRun: false, run });
      this.watch();
    } catch (error) {
      this.store.set({ launching: false });
      this.notify.failed(error);
      // One that another window began stands in the way: with it on screen it can be waited for or cancelled.
      if (/** @type {{code?: string}} */ (error).code === ErrorCode.CONFLICT) await this.catchUp({ quietly: true });
    }
  }

  /** @param {{quietly?: boolean}} [how] quietly: another run follows, so nothing is said */
  async cancel({ quietly = false } = {}) {
    const { run } = this.store.state;
    if (!run || !isRunning(this.store.state) || !mayPaint(this.store.state)) return;
    this.#quietly = quietly ? run.id : null;
    if (!quietly) this.store.set({ followedRun: null }); // whoever cancels by hand wants no other
    try {
      const stopping = await this.server.cancelRun(run.id);
      const isShown = this.store.state.run?.id === run.id && isRunning(this.store.state);
      if (isShown && isActive(stopping?.state)) this.store.set({ run: stopping }); // one that has ended is found as such
    } catch (error) {
      this.store.set({ followedRun: null });
      this.notify.failed(error);
    }
  }

  /** Ask for the run on screen until it ends. */
  watch() {
    clearTimeout(this.#timer);
    this.#showBegun();
    if (isRunning(this.store.state)) this.#timer = setTimeout(() => this.#poll(), this.pollMs);
  }

  /** The run that was begun here, where its volume was opened anew meanwhile with what the server had before. */
  #showBegun() {
    const { volume, run } = this.store.state;
    const begun = this.#begun;
    if (!begun || begun.volume_id !== volume?.id) return;
    if (!run || run.created_at < begun.created_at) this.store.set({ run: begun });
  }

  async #poll() {
    const { run } = this.store.state;
    if (!run) return;
    try {
      const fresh = await this.server.run(run.id);
      if (this.store.state.run?.id !== fresh.id) return;
      this.store.set({ run: fresh, online: true });
      if (!isRunning(this.store.state)) return this.#ended(fresh);
      if (fresh.mask_id && fresh.mask_id !== this.store.state.mask?.id) await this.masks.load(fresh.mask_id); // its draft
    } catch (/** @type {any} */ error) {
      if (error.status && !isBusy(error)) return this.notify.failed(error);
      this.store.set({ online: false, busy: isBusy(error) }); // keep asking: the run goes on without us
    }
    this.watch();
  }

  /** @param {Run} run */
  async #ended(run) {
    if (run.id === this.#begun?.id) this.#begun = null;
    if (run.state === RunState.CANCELLED && run.id !== this.#quietly) this.notify.say(t(`runs.notices.cancelled.${sliceKind(this.store.state)}`));
    if (run.state === RunState.DONE && run.mask_id) await this.#showMask(run.id, run.mask_id);
    if (run.id === this.store.state.followedRun) await this.start();
  }

  /**
   * The new mask must not be missed: what is shown and downloaded until it is here is the one before.
   * @param {string} runId
   * @param {string} maskId
   */
  async #showMask(runId, maskId) {
    if (this.store.state.run?.id !== runId) return;
    try {
      await this.masks.load(maskId);
    } catch (error) {
      this.notify.failed(error);
      this.#timer = setTimeout(() => this.#showMask(runId, maskId), this.maskRetryMs);
    }
  }
}

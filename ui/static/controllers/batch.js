/** A model applied to many volumes: begun, watched until the end, cancelled and resumed; then the volumes are gone through. */
import { isBusy } from "../api/client.js";
import { BatchState } from "../api/contract.js";
import { mayWrite } from "../state/access.js";
import { changedVolumes, nextLeastCertain } from "../state/batch.js";
import { t } from "../words/index.js";
import { replaceSummary } from "./summaries.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { Batch, Model } from "../api/types.d.ts"
 */

const POLL_MS = 1500;

export class BatchController {
  #timer = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
  /** @type {string | undefined} */
  #projectId;

  /**
   * @param {Store} store
   * @param {{
   *   server: Pick<import("./server.js").Server, "models" | "batch" | "batches" | "startBatch" | "cancelBatch" | "resumeBatch" | "volume">,
   *   notify: Pick<import("./notify.js").Notify, "say" | "failed">,
   *   volume: Pick<import("./volume.js").VolumeController, "open">,
   *   runs: Pick<import("./run.js").RunController, "catchUp">,
   *   pollMs?: number,
   * }} parts
   */
  constructor(store, { server, notify, volume, runs, pollMs = POLL_MS }) {
    this.store = store;
    this.server = server;
    this.notify = notify;
    this.volume = volume;
    this.runs = runs;
    this.pollMs = pollMs;
    store.on("project", ({ project }) => this.#follow(project?.id));
  }

  /**
   * The models of the project, the newest first; none where they cannot be had.
   * @returns {Promise<Model[]>}
   */
  async models() {
    try {
      return this.#projectId ? await this.server.models(this.#projectId) : [];
    } catch (error) {
      this.notify.failed(error);
      return [];
    }
  }

  /** @param {{model_id?: string, volumes?: string[]}} wanted as of a request */
  async start(wanted) {
    const id = this.#projectId;
    if (id && mayWrite(this.store.state)) await this.#do(() => this.server.startBatch(id, wanted));
  }

  async cancel() {
    const { batch } = this.store.state;
    if (batch && mayWrite(this.store.state)) await this.#do(() => this.server.cancelBatch(batch.id));
  }

  /** Go on with the volumes that have no mask. */
  async resume() {
    const { batch } = this.store.state;
    if (batch && mayWrite(this.store.state)) await this.#do(() => this.server.resumeBatch(batch.id));
  }

  /** Open the volume whose mask is the least certain after that of the one on screen. */
  async openNext() {
    const next = nextLeastCertain(this.store.state);
    if (next) await this.volume.open(next.id);
    else this.notify.say(t("batches.nextNone"), { place: "least-certain" });
  }

  /** @param {string} volumeId */
  open(volumeId) {
    return this.volume.open(volumeId);
  }

  /** @param {string | undefined} id */
  #follow(id) {
    if (id === this.#projectId) return;
    this.#projectId = id;
    clearTimeout(this.#timer);
    this.store.set({ batch: null });
    if (id) void this.#poll(id);
  }

  /** @param {string} projectId */
  async #poll(projectId) {
    try {
      const known = this.store.state.batch;
      const batch = known ? await this.server.batch(known.id) : (await this.server.batches(projectId))[0];
      if (projectId === this.#projectId && batch) await this.#take(batch);
    } catch (/** @type {any} */ error) {
      if (projectId !== this.#projectId || (error.status && !isBusy(error))) return;
      this.#watch(projectId); // the server is away or busy: the batch goes on without us
    }
  }

  /** @param {() => Promise<Batch>} ask */
  async #do(ask) {
    try {
      await this.#take(await ask());
    } catch (error) {
      this.notify.failed(error);
    }
  }

  /** @param {Batch} batch */
  async #take(batch) {
    const before = this.store.state.batch;
    if (batch.project_id !== this.#projectId) return;
    this.store.set({ batch });
    if (batch.state === BatchState.RUNNING || batch.volumes.some(({ state }) => state === "running")) this.#watch(batch.project_id);
    if (!before) return; // what the project's answer said is as new
    for (const id of changedVolumes(before, batch)) await this.#refresh(id);
  }

  /** @param {string} volumeId */
  async #refresh(volumeId) {
    if (volumeId === this.store.state.volume?.id) await this.runs.catchUp({ quietly: true });
    const summary = await this.server.volume(volumeId).catch(() => null); // deleted meanwhile, or the server is away
    if (summary && summary.project_id === this.#projectId) replaceSummary(this.store, summary);
  }

  /** @param {string} projectId */
  #watch(projectId) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#poll(projectId), this.pollMs);
  }
}

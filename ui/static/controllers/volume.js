/** The volume on screen: opening, leaving, the plane to paint in, renaming and deleting. */
import { mayWrite } from "../state/access.js";
import { brushLimits } from "../state/limits.js";
import { PLANES } from "../viewer/planes.js";
import { t } from "../words/index.js";
import { attempt } from "./notify.js";
import { rememberOpen } from "./remembered.js";
import { replaceSummary } from "./summaries.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { Modality, PlaneName, VolumeSummary } from "../api/types.d.ts"
 */

/** What a page without a volume knows of one. */
const NO_VOLUME = { volume: null, voxels: null, mask: null, confidence: null, showUncertainty: false, run: null, review: null, pinning: false, comparison: null, loading: null, downloaded: false, threshold: null };

export class VolumeController {
  #opening = new AbortController(); // of the volume that is arriving or on screen
  #asking = new AbortController(); // of the volume that is to follow it

  /**
   * @param {Store} store
   * @param {{
   *   server: import("./server.js").Server,
   *   notify: import("./notify.js").Notify,
   *   saver: import("./autosave.js").Saver,
   *   annotations: import("./annotations.js").AnnotationsController,
   *   arrival: import("./arrival.js").VoxelArrival,
   *   encoding: import("./encoding.js").EncodingWatch,
   *   masks: import("./masks.js").MaskController,
   *   runs: import("./run.js").RunController,
   *   memory: import("./remembered.js").ViewMemory,
   *   steps: Pick<import("../tools/steps.js").Steps, "remember">,
   * }} parts
   */
  constructor(store, { server, notify, saver, annotations, arrival, encoding, masks, runs, memory, steps }) {
    this.store = store;
    this.server = server;
    this.notify = notify;
    this.saver = saver;
    this.annotations = annotations;
    this.arrival = arrival;
    this.encoding = encoding;
    this.masks = masks;
    this.runs = runs;
    this.memory = memory;
    this.steps = steps;
  }

  /** Let the open volume go. */
  close() {
    this.#asking.abort();
    this.#opening.abort();
    this.encoding.stop();
    this.annotations.close();
    this.store.set(NO_VOLUME);
  }

  /**
   * Open a volume; the one on screen stays until it is known that there is such a volume.
   * @param {string} id
   */
  async open(id) {
    const { volume, voxels, annotations } = this.store.state;
    this.#asking.abort();
    if (volume?.id === id && voxels && annotations) return;
    const asking = (this.#asking = new AbortController());
    const summary = await this.#ask(id, asking.signal);
    if (!summary) return;
    this.close();
    const { signal } = (this.#opening = new AbortController());
    try {
      await this.#open(summary, signal);
    } catch (error) {
      if (signal.aborted) return;
      this.store.set({ loading: null });
      this.notify.failed(error);
    }
  }

  /**
   * What the server has of a volume; null where it is not wanted any more, or that failed, which is told. One that was
   * deleted elsewhere leaves the list.
   * @param {string} id
   * @param {AbortSignal} signal
   */
  async #ask(id, signal) {
    try {
      const summary = await this.server.volume(id);
      return signal.aborted ? null : summary;
    } catch (/** @type {any} */ error) {
      if (signal.aborted) return null;
      const listed = error.status === 404 && this.store.state.volumes.find((each) => each.id === id);
      if (!listed) return void this.notify.failed(error);
      this.store.set({ volumes: this.store.state.volumes.filter((each) => each.id !== id) });
      this.notify.say(t("volumes.gone", { name: listed.name }), { place: "volume-gone" });
      return null;
    }
  }

  /**
   * @param {VolumeSummary} summary
   * @param {AbortSignal} signal
   */
  async #open(summary, signal) {
    const view = this.memory.viewOf(summary);
    replaceSummary(this.store, summary);
    this.store.set({ volume: summary, plane: view.plane, mainPane: view.mainPane, window: view.window, run: summary.run });
    rememberOpen({ project: summary.project_id, volume: summary.id });
    const voxels = await this.arrival.begin(summary, view, signal);
    if (signal.aborted) return;
    this.store.set({ voxels, cursor: view.cursor, brushMm: brushLimits({ volume: summary }).start });
    this.arrival.onScreen();
    await Promise.all([voxels.whole, this.#afterVoxels(summary, signal)]);
  }

  /**
   * @param {VolumeSummary} summary
   * @param {AbortSignal} signal
   */
  async #afterVoxels(summary, signal) {
    await this.annotations.load();
    this.encoding.watch();
    if (signal.aborted) return;
    if (summary.mask_id) await this.masks.load(summary.mask_id);
    this.runs.watch();
  }

  /**
   * Choose the plane to paint in: the server encodes its slices, beginning with the one on screen.
   * @param {PlaneName} plane
   * @param {{ chosen?: boolean }} [how] `chosen: false`: no person chose it, so the project's other volumes stay as they are
   */
  async choosePlane(plane, how = {}) {
    const { volume, cursor, voxels, plane: before, annotations } = this.store.state;
    if (!volume || plane === before || !mayWrite(this.store.state)) return;
    const kept = annotations?.indices("painted", "empty").length ?? 0;
    await attempt(this.notify, async () => {
      await this.saver.flush(volume.id);
      const summary = await this.server.updateVolume(volume.id, { plane, first_slice: cursor[PLANES[plane].axis], ...how });
      if (this.store.state.voxels !== voxels) return;
      this.annotations.close();
      this.store.set({ plane, mainPane: plane });
      replaceSummary(this.store, summary);
      this.masks.followPlane(); // a run may have ended meanwhile
      await this.annotations.load();
      this.encoding.watch();
      if (kept) this.notify.say(t("volumes.plane.stays", { count: kept, plane: t(`viewer.planeInText.${before}`) }));
    });
  }

  /**
   * Correct what the volume is a scan of, as a step of the history: its windows are others, so its slices are encoded again.
   * @param {VolumeSummary} volume
   * @param {Modality} modality
   */
  async changeModality(volume, modality) {
    const { id, name, modality: before } = volume;
    if (before === modality) return;
    const isShown = () => this.store.state.volume?.id === id;
    const window = isShown() ? this.store.state.window : this.memory.viewOf(volume).window;
    await attempt(this.notify, async () => {
      const { mask_id: maskId } = await this.#readAs(id, modality);
      const command = { undo: async () => void (await this.#readAs(id, before, window)), redo: async () => void (await this.#readAs(id, modality)) };
      this.steps.remember({ text: t("volumes.modality.step", { name, modality: t(`volumes.modality.${modality}`) }), slices: [], volumeId: id, command });
      if (maskId && isShown()) this.notify.say(t("volumes.modality.maskStays"));
    });
  }

  /**
   * @param {string} id
   * @param {Modality} modality
   * @param {[number, number] | null} [window] to show it in, by default the modality's
   */
  async #readAs(id, modality, window = null) {
    const isShown = () => this.store.state.volume?.id === id;
    if (isShown()) this.encoding.stop(); // what it asked for before must not come over what is answered now
    try {
      const summary = await this.server.updateVolume(id, { modality });
      const shown = window ?? summary.window;
      replaceSummary(this.store, summary);
      if (isShown()) {
        this.store.state.voxels?.readAs(summary);
        this.store.set({ window: shown, threshold: null });
        this.store.emit("modality-changed", {});
      } else this.memory.moveWindow({ id, window: shown });
      return summary;
    } finally {
      if (isShown()) this.encoding.watch();
    }
  }

  /**
   * @param {VolumeSummary} volume
   * @param {string} name
   */
  async rename(volume, name) {
    await attempt(this.notify, async () => replaceSummary(this.store, await this.server.updateVolume(volume.id, { name })));
  }
}

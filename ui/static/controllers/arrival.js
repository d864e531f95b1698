/**
 * The voxels of a volume on their way to the browser. What is on screen comes first: the large pane's slice alone, then
 * the other panes' while all voxels follow in one piece. A small volume comes whole.
 *
 * @import { VolumeSummary } from "../api/types.d.ts"
 */
import { PLANES } from "../viewer/planes.js";
import { Volume } from "../viewer/volume.js";
import { t } from "../words/index.js";

const SMALL_BYTES = 16 * 1024 * 1024;

export class VoxelArrival {
  /** @type {Volume | null} whose slice on screen is being fetched */
  #fetching = null;
  /** @type {AbortSignal | undefined} of the volume that is arriving */
  #signal = undefined;

  /**
   * @param {import("../state/store.js").Store} store
   * @param {{server: import("./server.js").Server, smallBytes?: number}} options
   */
  constructor(store, { server, smallBytes = SMALL_BYTES }) {
    this.store = store;
    this.server = server;
    this.smallBytes = smallBytes;
    store.on("cursor", () => this.#fetchMissing(), { now: false });
  }

  /**
   * Resolves once there is something to show; `whole` of the volume resolves once all of it is here.
   * @param {VolumeSummary} summary
   * @param {Pick<import("./remembered.js").View, "cursor" | "plane" | "mainPane">} view what will be on screen
   * @param {AbortSignal} signal
   */
  async begin(summary, { cursor, plane, mainPane }, signal) {
    this.#signal = signal;
    this.store.set({ loading: { text: t("start.loading.opening", { name: summary.name }), fraction: 0 } });
    const voxels = new Volume(summary);
    if (voxels.data.byteLength > this.smallBytes) {
      const first = mainPane === "3d" ? plane : mainPane;
      const index = cursor[PLANES[first].axis];
      voxels.put(first, index, await this.server.volumeSlice(summary.id, first, index, signal));
      voxels.whole = this.#fill(voxels, signal);
    } else {
      await (voxels.whole = this.#fill(voxels, signal));
    }
    voxels.whole.catch(() => {}); // who opens the volume tells of it; the 3D view only waits
    return voxels;
  }

  /** Fetch what the panes show, now that the volume is on screen. */
  onScreen() {
    this.#fetchMissing();
  }

  /**
   * All voxels, in one piece.
   * @param {Volume} voxels
   * @param {AbortSignal} signal
   */
  async #fill(voxels, signal) {
    const { data, id } = voxels;
    const report = (/** @type {number} */ fraction) => {
      voxels.arrived = Math.floor(fraction * data.length);
      const { loading } = this.store.state;
      if (loading && fraction - loading.fraction >= 0.01) this.store.set({ loading: { ...loading, fraction } });
    };
    await this.server.voxels(id, new Uint8Array(data.buffer), report, signal);
    if (signal.aborted) return;
    this.store.set({ loading: null });
    this.store.emit("slice-arrived", null);
  }

  /** While voxels travel, fetch the slices on screen that are not here yet, one at a time. */
  async #fetchMissing() {
    const { voxels, cursor, plane, mainPane } = this.store.state;
    if (!voxels || this.#fetching === voxels) return;
    const missing = voxels.missing(cursor);
    if (!missing.length) return;
    const large = mainPane === "3d" ? plane : mainPane;
    const next = [large, plane].find((each) => missing.includes(each)) ?? missing[0];
    const index = cursor[PLANES[next].axis];
    this.#fetching = voxels;
    try {
      voxels.put(next, index, await this.server.volumeSlice(voxels.id, next, index, this.#signal));
      if (this.store.state.voxels === voxels) this.store.emit("slice-arrived", { plane: next, index });
    } catch {
      return; // the voxels are on their way, or their failure is told
    } finally {
      if (this.#fetching === voxels) this.#fetching = null;
    }
    this.#fetchMissing();
  }
}

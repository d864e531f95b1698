/** The latest mask of the volume on screen. */
import { maskExtents } from "../viewer/extents.js";
import { replaceSummary } from "./summaries.js";

export class MaskController {
  /**
   * @param {import("../state/store.js").Store} store
   * @param {{server: import("./server.js").Server}} options
   */
  constructor(store, { server }) {
    this.store = store;
    this.server = server;
    // Paint that came otherwise than by strokes: a label map, a merge, another window's.
    store.on("annotations", ({ annotations }) => void (annotations && this.#askEdited()), { now: false });
  }

  /** Whether slices were changed since the run of the mask on screen. */
  async #askEdited() {
    const { mask } = this.store.state;
    const now = mask && (await this.server.mask(mask.id).catch(() => null));
    if (now?.edited_since && this.store.state.mask?.id === now.id) this.store.set({ editedSinceRun: true });
  }

  /**
   * Show a mask of the volume on screen; one of another volume, opened meanwhile, is let go.
   * @param {string} maskId
   */
  async load(maskId) {
    const { voxels } = this.store.state;
    if (!voxels) return;
    const [mask, buffer] = await Promise.all([this.server.mask(maskId), this.server.maskVoxels(maskId, voxels.data.length)]);
    const { volume, plane } = this.store.state;
    if (this.store.state.voxels !== voxels || mask.volume_id !== volume?.id) return;
    const array = new Uint8Array(buffer);
    this.store.set({ mask: { ...mask, voxels: array, extents: maskExtents(array, voxels.shape, plane) }, confidence: null, ...(mask.edited_since && { editedSinceRun: true }) });
    replaceSummary(this.store, await this.server.volume(volume.id));
  }

  /** The annotation plane has changed: on which of its slices do labels lie? */
  followPlane() {
    const { mask, voxels, plane } = this.store.state;
    if (mask && voxels) this.store.set({ mask: { ...mask, extents: maskExtents(mask.voxels, voxels.shape, plane) } });
  }
}

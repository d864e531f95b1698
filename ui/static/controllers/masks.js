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
    this.store.set({ mask: { ...mask, voxels: array, extents: maskExtents(array, voxels.shape, plane) }, confidence: null });
    replaceSummary(this.store, await this.server.volume(volume.id));
  }

  /** The annotation plane has changed: on which of its slices do labels lie? */
  followPlane() {
    const { mask, voxels, plane } = this.store.state;
    if (mask && voxels) this.store.set({ mask: { ...mask, extents: maskExtents(mask.voxels, voxels.shape, plane) } });
  }
}

/**
 * The colours of the picture on screen and of those beside it, fetched as one comes to them; until they are here its
 * brightness is shown.
 */
import { PLANES } from "../viewer/planes.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { AppState } from "../state/types.d.ts"
 */

/**
 * @param {Store} store
 * @param {{server: Pick<import("./server.js").Server, "volumeColour">}} parts
 */
export function loadColoursOnDemand(store, { server }) {
  /** @type {Set<string>} "volume/index" of those on their way */
  const fetching = new Set();
  store.on(["voxels", "cursor"], load);

  /** @param {AppState} state */
  function load({ voxels, volume, cursor }) {
    if (!voxels || !volume?.colour || volume.id !== voxels.id) return;
    const here = cursor[PLANES.axial.axis];
    for (const index of [here, here + 1, here - 1]) if (index >= 0 && index < volume.pictures.length) void fetchOne(voxels, index);
  }

  /**
   * @param {import("../viewer/volume.js").Volume} voxels
   * @param {number} index
   */
  async function fetchOne(voxels, index) {
    const key = `${voxels.id}/${index}`;
    if (voxels.colours.has(index) || fetching.has(key)) return;
    fetching.add(key);
    try {
      voxels.putColours(index, new Uint8Array(await server.volumeColour(voxels.id, index)));
      if (store.state.voxels === voxels) store.emit("slice-arrived", { plane: "axial", index });
    } catch {
      // its brightness stays on screen; the next time one comes by it is tried again
    } finally {
      fetching.delete(key);
    }
  }
}

/**
 * The colours of the picture on screen and of those beside it, fetched one at a time as one comes to them; until they are
 * here its brightness is shown.
 */
import { PLANES } from "../viewer/planes.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { Volume } from "../viewer/volume.js"
 */

/**
 * @param {Store} store
 * @param {{server: Pick<import("./server.js").Server, "volumeColour">}} parts
 */
export function loadColoursOnDemand(store, { server }) {
  /** @type {WeakSet<Volume>} those that are being fetched for: a volume that is opened again is another one */
  const fetching = new WeakSet();
  let onScreen = new AbortController();
  store.on("voxels", () => {
    onScreen.abort();
    onScreen = new AbortController();
  });
  store.on(["voxels", "cursor"], ({ voxels }) => void (voxels && load(voxels, onScreen.signal)));

  /**
   * @param {Volume} voxels
   * @param {AbortSignal} signal
   */
  async function load(voxels, signal) {
    if (fetching.has(voxels)) return;
    fetching.add(voxels);
    /** @type {Set<number>} their brightness stays on screen; the next time one comes by they are tried again */
    const failed = new Set();
    for (let index = wanted(voxels, failed); index !== undefined; index = wanted(voxels, failed)) {
      try {
        voxels.putColours(index, new Uint8Array(await server.volumeColour(voxels.id, index, signal)));
        if (!signal.aborted) store.emit("slice-arrived", { plane: "axial", index });
      } catch {
        failed.add(index);
      }
    }
    fetching.delete(voxels);
  }

  /**
   * The picture whose colours come next, as the crosshair lies now.
   * @param {Volume} voxels
   * @param {Set<number>} failed
   */
  function wanted(voxels, failed) {
    const { voxels: shown, volume, cursor } = store.state;
    if (shown !== voxels || !volume?.colour || volume.id !== voxels.id) return undefined;
    const here = cursor[PLANES.axial.axis];
    return [here, here + 1, here - 1].find((index) => index in volume.pictures && !voxels.colours.has(index) && !failed.has(index));
  }
}

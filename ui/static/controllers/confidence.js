/**
 * The confidence of the mask on screen. It is as large as the mask and seldom wanted: it is fetched once somebody asks
 * to see the uncertainty, then for each new mask while it is shown.
 */

/**
 * @import { Store } from "../state/store.js"
 * @import { AppState } from "../state/types.d.ts"
 */

/**
 * @param {Store} store
 * @param {{server: Pick<import("./server.js").Server, "confidence">, notify: import("./notify.js").Notify}} parts
 */
export function loadConfidenceOnDemand(store, { server, notify }) {
  /** @type {string | null} id of the mask whose confidence is on its way */
  let fetching = null;
  store.on(["showUncertainty", "mask"], load, { now: false });

  /** @param {AppState} state */
  async function load({ mask, voxels, showUncertainty, confidence }) {
    if (!showUncertainty || !mask || !voxels || confidence || fetching === mask.id) return;
    if (!mask.has_confidence) return store.set({ showUncertainty: false });
    fetching = mask.id;
    const onScreen = () => store.state.mask?.id === mask.id;
    try {
      const buffer = await server.confidence(mask.id, voxels.data.length);
      if (onScreen()) store.set({ confidence: new Uint8Array(buffer) });
    } catch (error) {
      if (onScreen()) store.set({ showUncertainty: false });
      notify.failed(error);
    }
    if (fetching === mask.id) fetching = null;
  }
}

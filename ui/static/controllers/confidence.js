/**
 * The confidence of the mask on screen. It is as large as the mask and seldom wanted: it is fetched once somebody asks
 * to see doubt, then for each new mask while doubt is shown.
 */
import { fetchBytes } from "../api/client.js";
import { toastError } from "../lib/toast.js";

export function loadConfidenceOnDemand(store) {
  let fetching = null; // id of the mask whose confidence is on its way
  store.on(["showDoubt", "mask"], load, { now: false });

  async function load({ mask, voxels, showDoubt, confidence }) {
    if (!showDoubt || !mask || confidence || fetching === mask.id) return;
    if (!mask.has_confidence) return store.set({ showDoubt: false });
    fetching = mask.id;
    const onScreen = () => store.state.mask?.id === mask.id;
    try {
      const buffer = await fetchBytes(`api/masks/${mask.id}/confidence`, voxels.data.length);
      if (onScreen()) store.set({ confidence: new Uint8Array(buffer) });
    } catch (error) {
      if (onScreen()) store.set({ showDoubt: false });
      toastError(error);
    }
    if (fetching === mask.id) fetching = null;
  }
}

/** An upload as the page shows it: how far it is, then that it is read; and how it is cancelled, which ends the reading on the server, too. */
import { t } from "../words/index.js";

/**
 * @param {import("../state/store.js").Store} store
 * @param {string} name of what is uploaded
 */
export function showUpload(store, name) {
  const controller = new AbortController();
  const cancel = () => controller.abort();
  /** @type {import("../state/types.d.ts").AppState["uploading"]} */
  let shown = null;
  const report = (/** @type {number} */ fraction) => {
    shown = { text: fraction >= 1 ? t("imports.upload.reading", { name }) : t("imports.upload.uploading", { name }), fraction, cancel };
    store.set({ uploading: shown });
  };
  const end = () => void (store.state.uploading === shown && store.set({ uploading: null })); // another one may be shown by now
  report(0);
  return { report, end, signal: controller.signal };
}

/**
 * What waited on the server and is read there now.
 * @param {import("../state/store.js").Store} store
 * @param {string} text
 * @returns {AbortSignal} of its Cancel
 */
export function showReading(store, text) {
  const controller = new AbortController();
  store.set({ uploading: { text, fraction: 1, cancel: () => controller.abort() } });
  return controller.signal;
}

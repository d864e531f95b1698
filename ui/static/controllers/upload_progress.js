/** An upload as the page shows it: how far it is, then that it is read; and how it is cancelled. */

/**
 * @param {import("../state/store.js").Store} store
 * @param {string} name of what is uploaded
 * @param {{whileRead?: boolean}} [options] whether it can be cancelled while the server reads it, too
 */
export function showUpload(store, name, { whileRead = false } = {}) {
  const controller = new AbortController();
  const cancel = () => controller.abort();
  /** @type {import("../state/types.d.ts").AppState["uploading"]} */
  let shown = null;
  const report = (/** @type {number} */ fraction) => {
    const isRead = fraction >= 1;
    shown = { text: `${isRead ? "Reading" : "Uploading"} ${name}`, fraction, cancel: isRead && !whileRead ? undefined : cancel };
    store.set({ uploading: shown });
  };
  const end = () => void (store.state.uploading === shown && store.set({ uploading: null })); // another one may be shown by now
  report(0);
  return { report, end, signal: controller.signal };
}

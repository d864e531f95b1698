/** Volume summaries in the store: the list of the project, and the one on screen. */

/**
 * @param {import("../state/store.js").Store} store
 * @param {import("../api/types.d.ts").VolumeSummary} summary newer than the one in the store
 */
export function replaceSummary(store, summary) {
  const { volumes, volume } = store.state;
  store.set({
    volumes: volumes.map((each) => (each.id === summary.id ? summary : each)),
    ...(volume?.id === summary.id && { volume: summary }),
  });
}

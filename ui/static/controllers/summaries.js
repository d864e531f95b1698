/** Volume summaries in the store: the list of the project, and the one on screen. */

/** @import { VolumeSummary } from "../api/types.d.ts" */
/** @import { Store } from "../state/store.js" */

/**
 * @param {Store} store
 * @param {VolumeSummary} summary newer than the one in the store
 */
export function replaceSummary(store, summary) {
  const { volumes, volume } = store.state;
  store.set({
    volumes: volumes.map((each) => (each.id === summary.id ? summary : each)),
    ...(volume?.id === summary.id && { volume: summary }),
  });
}

/**
 * List the project's volumes anew: other windows and other people add and delete some. What changed here meanwhile stays.
 * @param {Store} store
 * @param {Pick<import("./server.js").Server, "project">} server
 */
export async function listVolumes(store, server) {
  const { project, volumes: before } = store.state;
  if (!project) return;
  const found = await server.project(project.id);
  const { state } = store;
  if (state.project?.id !== project.id) return;
  const newer = state.volumes.filter((each) => !before.includes(each));
  const idsOf = (/** @type {VolumeSummary[]} */ volumes) => volumes.map(({ id }) => id);
  const listed = found.volumes.map((each) => newer.find(({ id }) => id === each.id) ?? each);
  const added = newer.filter(({ id }) => ![...idsOf(before), ...idsOf(listed)].includes(id));
  store.set({ volumes: [...listed, ...added] });
}

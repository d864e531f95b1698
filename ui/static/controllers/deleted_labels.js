/** Paint of labels that were deleted meanwhile: a prediction, an undo or another window can bring it back. */

/** @import { Slice } from "../state/annotations.js" */
/** @import { Store } from "../state/store.js" */
/** @import { PaintingServer } from "./contract.js" */

/**
 * Cells of labels that the project no longer has become background.
 *
 * @param {Slice} slice changed in place
 * @param {string} volumeId
 * @param {{ store: Store, server: PaintingServer }} parts
 * @returns {Promise<boolean>} false when there were none, or the server stays away
 */
export async function dropDeletedLabels(slice, volumeId, { store, server }) {
  let project;
  try {
    project = await server.project((await server.volume(volumeId)).project_id);
  } catch {
    return false;
  }
  const known = new Set([0, ...project.labels.map(({ value }) => value)]);
  const unknown = slice.labels.some((value) => !known.has(value));
  slice.labels.forEach((value, at) => {
    if (!known.has(value)) slice.labels[at] = 0;
  });
  slice.values = null; // which labels it holds is counted again
  const isBlank = slice.labels.every((value) => value === 0);
  if (unknown && isBlank && slice.state !== "empty") slice.state = "cleared"; // nobody said that there is nothing here
  if (store.state.project?.id === project.id) store.set({ labels: project.labels });
  return unknown;
}

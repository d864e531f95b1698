/** Paint of labels that were deleted meanwhile: a prediction, an undo or another window can bring it back. */

/** @import { Content, Slice } from "../state/annotations.js" */
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
  const dropped = [slice, slice.begun].map((content) => content && drop(content, known)); // a running stroke may be given up
  slice.values = null; // which labels it holds is counted again
  if (store.state.project?.id === project.id) store.set({ labels: project.labels });
  return dropped.some(Boolean);
}

/**
 * @param {Content} content changed in place
 * @param {Set<number>} known values of labels that there are, with 0
 * @returns {boolean} whether there were others
 */
function drop(content, known) {
  const { labels } = content;
  const unknown = labels.some((value) => !known.has(value));
  labels.forEach((value, at) => {
    if (!known.has(value)) labels[at] = 0;
  });
  const isBlank = labels.every((value) => value === 0);
  if (unknown && isBlank && content.state !== "empty") content.state = "cleared"; // nobody said that there is nothing here
  return unknown;
}

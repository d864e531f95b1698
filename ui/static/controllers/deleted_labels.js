/**
 * Paint of labels that the project no longer has. A label that somebody painted with before they could know that another
 * window deleted it comes back. Cells of other values, as a prediction or an undo can bring them, become background.
 */
import { MAX_CODE } from "../api/contract.js";
import { t } from "../words/index.js";

/** @import { Label, Project } from "../api/types.d.ts" */
/** @import { Content } from "../state/annotations.js" */
/** @import { Store } from "../state/store.js" */
/** @import { Notify, PaintingServer } from "./contract.js" */
/** @import { SliceUpload } from "./slice_upload.js" */

/**
 * Make a slice one that the server takes.
 *
 * @param {SliceUpload} upload its slice is changed in place
 * @param {{ store: Store, server: PaintingServer, notify: Notify }} parts
 * @returns {Promise<boolean>} false where there was nothing to mend: another slice has brought the label back
 * @throws {import("../api/client.js").ApiError} the server stays away, or a label may not be brought back; the slice is as it was
 */
export async function mendLabels(upload, { store, server, notify }) {
  const project = await server.project((await server.volume(upload.address.volumeId)).project_id);
  const there = new Set(project.labels.map(({ value }) => value));
  const deleted = upload.paintedWith.filter(({ value }) => !there.has(value));
  for (const label of deleted) {
    if (await bringBack(label, project, server)) notify.say(t("deleted.restore.labelBack", { label: label.name }), { durationMs: 0 });
  }
  const labels = deleted.length ? (await server.project(project.id)).labels : project.labels;
  const known = new Set([0, ...[...labels, ...deleted].map(({ value }) => value)]); // deleted once more, it is brought back once more
  const { slice } = upload;
  const dropped = [slice, slice.begun].map((content) => content && drop(content, known)); // a running stroke may be given up
  slice.values = null; // which labels it holds is counted again
  if (store.state.project?.id === project.id) store.set({ labels });
  return deleted.length > 0 || dropped.some(Boolean);
}

/**
 * @param {Label} label
 * @param {Project} project
 * @param {PaintingServer} server
 * @returns {Promise<boolean>} false when another slice or window was faster
 */
async function bringBack({ value, code, name, color, term }, project, server) {
  const taken = new Set(project.labels.map((each) => each.code));
  try {
    await server.restoreLabel(project.id, { value, code: taken.has(code) ? freeCode(taken) : code, name, color, term, with_paint: false });
    return true;
  } catch (/** @type {any} */ error) {
    if (error.status !== 409) throw error;
    return false;
  }
}

/** @param {Set<number>} taken @returns {number} the lowest that no label has; there are more codes than labels */
function freeCode(taken) {
  let code = 1;
  while (taken.has(code) && code < MAX_CODE) code += 1;
  return code;
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

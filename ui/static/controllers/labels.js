/** The project's labels: added, renamed, recoloured, deleted; one of them is always the one to paint with. */
import { LABEL_PALETTE } from "../api/contract.js";
import { attempt } from "./notify.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { Label } from "../api/types.d.ts"
 */

export class LabelController {
  /**
   * @param {Store} store
   * @param {{
   *   server: import("./server.js").Server,
   *   notify: import("./notify.js").Notify,
   *   annotations: Pick<import("./annotations.js").AnnotationsController, "refresh">,
   * }} parts
   */
  constructor(store, { server, notify, annotations }) {
    this.store = store;
    this.server = server;
    this.notify = notify;
    this.annotations = annotations;
    store.on("labels", ({ labels, activeLabel }) => {
      const gone = activeLabel !== null && !labels.some((label) => label.value === activeLabel);
      if (gone) store.set({ activeLabel: labels[0]?.value ?? null });
    });
    store.when("slice-merged", ({ volumeId, labels }) => void this.fetchUnknown(volumeId, labels));
  }

  /**
   * Another window may have added a label and painted with it: fetch it, or its cells are not seen.
   * @param {string} volumeId
   * @param {Uint8Array} painted label values, 0 for none
   */
  async fetchUnknown(volumeId, painted) {
    const { project, labels } = this.store.state;
    const known = new Set([0, ...labels.map((label) => label.value)]);
    if (!project || painted.every((value) => known.has(value))) return;
    await attempt(this.notify, () => this.fetch({ id: volumeId, project_id: project.id }));
  }

  /**
   * Take what labels the project has now, unless the volume was left meanwhile.
   * @param {{id: string, project_id: string}} volume
   */
  async fetch({ id, project_id: projectId }) {
    const { labels } = await this.server.project(projectId);
    const { volume, activeLabel } = this.store.state;
    if (volume?.id !== id) return;
    this.store.set({ labels, activeLabel: activeLabel ?? labels[0]?.value ?? null });
  }

  /**
   * Add a label in a colour that is not used yet, and paint with it from now on.
   * @param {string} name
   * @returns {Promise<Label | null>} null when it failed, which was told
   */
  async add(name) {
    const { project, labels } = this.store.state;
    if (!project) return null;
    const used = new Set(labels.map((label) => label.color));
    const color = LABEL_PALETTE.find((each) => !used.has(each)) ?? LABEL_PALETTE[labels.length % LABEL_PALETTE.length];
    return attempt(this.notify, async () => {
      const label = await this.server.createLabel(project.id, { name, color });
      this.store.set({ labels: [...this.store.state.labels, label], activeLabel: label.value });
      return label;
    });
  }

  /**
   * @param {Label} label
   * @param {{name?: string, color?: string}} patch
   */
  async update(label, patch) {
    await attempt(this.notify, async () => {
      const updated = await this.server.updateLabel(label.id, patch);
      this.store.set({ labels: this.store.state.labels.map((each) => (each.id === label.id ? updated : each)) });
    });
  }

  /**
   * Delete a label; one that is painted somewhere only after asking.
   * @param {Label} label
   */
  async remove(label) {
    try {
      await this.#remove(label, false);
    } catch (/** @type {any} */ error) {
      if (error.status !== 409) return this.notify.failed(error);
      const text = "It is painted on some slices of this project. Deleting the label removes it from all of them.";
      if (!(await this.notify.confirm(`Delete ${label.name}?`, text, "Delete label"))) return;
      await attempt(this.notify, async () => {
        await this.#remove(label, true);
        await this.annotations.refresh();
      });
    }
  }

  /**
   * @param {Label} label
   * @param {boolean} force delete it although it is painted
   */
  async #remove(label, force) {
    await this.server.deleteLabel(label.id, force);
    this.store.set({ labels: this.store.state.labels.filter((each) => each.id !== label.id) });
  }
}

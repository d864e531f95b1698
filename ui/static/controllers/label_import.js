/** Painted slices taken from a label map file. */
import { attempt } from "./notify.js";

export class LabelImport {
  /**
   * @param {import("../state/store.js").Store} store
   * @param {{
   *   server: import("./server.js").Server,
   *   notify: import("./notify.js").Notify,
   *   annotations: Pick<import("./annotations.js").AnnotationsController, "whileImporting">,
   * }} parts
   */
  constructor(store, { server, notify, annotations }) {
    this.store = store;
    this.server = server;
    this.notify = notify;
    this.annotations = annotations;
  }

  /**
   * Import into the volume on screen, in its annotation plane. Strokes made meanwhile stay.
   * @param {File} file
   */
  async importFile(file) {
    const { volume, plane } = this.store.state;
    if (!volume) return;
    await attempt(this.notify, async () => {
      const { slices } = await this.annotations.whileImporting(
        volume.id,
        () => this.server.importAnnotations(volume.id, file, plane),
        () => this.#takeLabels(volume),
      );
      if (this.store.state.volume?.id !== volume.id) return;
      this.notify.say(`${slices.length} painted slices imported.`, { kind: "success" });
    });
  }

  /**
   * The file may have brought labels; they are needed before its slices are shown.
   * @param {{id: string, project_id: string}} volume
   */
  async #takeLabels({ id, project_id: projectId }) {
    const project = await this.server.project(projectId);
    const { volume, activeLabel } = this.store.state;
    if (volume?.id !== id) return;
    this.store.set({ labels: project.labels, activeLabel: activeLabel ?? project.labels[0]?.value ?? null });
  }
}

/** Painted slices taken from a label map file. */
import { attempt } from "./notify.js";

export class LabelImport {
  /**
   * @param {import("../state/store.js").Store} store
   * @param {{
   *   server: import("./server.js").Server,
   *   notify: import("./notify.js").Notify,
   *   annotations: Pick<import("./annotations.js").AnnotationsController, "whileImporting">,
   *   labels: Pick<import("./labels.js").LabelController, "fetch">,
   * }} parts
   */
  constructor(store, { server, notify, annotations, labels }) {
    this.store = store;
    this.server = server;
    this.notify = notify;
    this.annotations = annotations;
    this.labels = labels;
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
        () => this.labels.fetch(volume), // the file may have brought labels; its slices need them to be shown
      );
      if (this.store.state.volume?.id !== volume.id) return;
      this.notify.say(`${slices.length} painted slices imported.`, { kind: "success" });
    });
  }
}

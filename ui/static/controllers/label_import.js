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
    const locked = this.#lockedAndPainted();
    if (locked) return void this.notify.say(`${locked} is locked and painted here. Unlock it before you import: an import replaces whole slices.`);
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

  /** The name of a locked label that an import could change; undefined when there is none. */
  #lockedAndPainted() {
    const { annotations: book, labels, lockedLabels } = this.store.state;
    const painted = new Set(book?.indices("painted").flatMap((index) => book.values(index)));
    return labels.find(({ value }) => lockedLabels.has(value) && painted.has(value))?.name;
  }
}

/** Painted slices taken from a label map file. */
import { attempt } from "./notify.js";

/**
 * @import { ImportedAnnotations, PlaneName, VolumeSummary } from "../api/types.d.ts"
 * @typedef {{plane?: PlaneName, names?: import("../lib/name_dialog.js").NameChoices}} Answers to what the server asked
 */

export class LabelImport {
  /**
   * @param {import("../state/store.js").Store} store
   * @param {{
   *   server: import("./server.js").Server,
   *   notify: import("./notify.js").Notify,
   *   annotations: Pick<import("./annotations.js").AnnotationsController, "whileImporting">,
   *   labels: Pick<import("./labels.js").LabelController, "fetch">,
   *   volume: Pick<import("./volume.js").VolumeController, "choosePlane">,
   * }} parts
   */
  constructor(store, { server, notify, annotations, labels, volume }) {
    this.store = store;
    this.server = server;
    this.notify = notify;
    this.annotations = annotations;
    this.labels = labels;
    this.volume = volume;
  }

  /**
   * Import into the volume on screen: a label map, and files with its labels' names. The server finds the plane that was
   * painted, and that plane is shown. Strokes made meanwhile stay.
   * @param {File[]} files
   */
  async importFiles(files) {
    const { volume } = this.store.state;
    if (!volume || !files.length) return;
    const locked = this.#lockedAndPainted();
    if (locked) return void this.notify.say(`${locked} is locked and painted here. Unlock it before you import: an import replaces whole slices.`);
    await attempt(this.notify, async () => {
      const imported = await this.#answered(volume, files);
      if (imported && this.store.state.volume?.id === volume.id) await this.#show(imported);
    });
  }

  /**
   * Ask until the server knows enough.
   * @param {VolumeSummary} volume
   * @param {File[]} files
   * @returns {Promise<ImportedAnnotations | null>} null when the person gave up
   */
  async #answered(volume, files) {
    /** @type {Answers} */
    const answers = {};
    for (;;) {
      try {
        return await this.annotations.whileImporting(
          volume.id,
          () => this.server.importAnnotations(volume.id, files, answers),
          () => this.labels.fetch(volume), // the file may have brought labels; its slices need them to be shown
        );
      } catch (error) {
        const more = await this.#asked(error);
        if (!more) return null;
        Object.assign(answers, more);
      }
    }
  }

  /**
   * What the person answers to a question of the server's; null when nothing. Any other error is thrown again.
   * @param {any} error
   * @returns {Promise<Answers | null>}
   */
  async #asked(error) {
    if (error.code === "plane_choice") {
      /** @type {{plane: PlaneName, slices: number}[]} */
      const planes = error.detail.planes;
      const choices = planes.map(({ plane, slices }) => ({ value: plane, text: sentence(plane), hint: slicesText(slices) }));
      const plane = await this.notify.choose("Which plane was painted?", "What is painted in the label map fits more than one plane. Choose the one whose slices were painted.", choices);
      return plane && { plane };
    }
    if (error.code !== "label_choice") throw error;
    const names = await this.notify.chooseNames(error.detail.labels);
    return names && { names };
  }

  /** @param {ImportedAnnotations} imported */
  async #show({ plane, slices, notes }) {
    const elsewhere = plane !== this.store.state.plane;
    if (elsewhere) await this.volume.choosePlane(plane);
    this.notify.say(`${slicesText(slices.length, "painted ")} imported${elsewhere ? `, all of them ${plane}` : ""}.`, { kind: "success" });
    if (notes) this.notify.say(notes);
  }

  /** The name of a locked label that an import could change; undefined when there is none. */
  #lockedAndPainted() {
    const { annotations: book, labels, lockedLabels } = this.store.state;
    const painted = new Set(book?.indices("painted").flatMap((index) => book.values(index)));
    return labels.find(({ value }) => lockedLabels.has(value) && painted.has(value))?.name;
  }
}

/** @param {string} word */
const sentence = (word) => word[0].toUpperCase() + word.slice(1);

const slicesText = (/** @type {number} */ count, kind = "") => `${count} ${kind}slice${count === 1 ? "" : "s"}`;

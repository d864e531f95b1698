/**
 * Imported slices, of a label map or of a merge of readings, as one step of the history: the slices, the labels that came with
 * them or were renamed, and the plane that they were painted in. The server turns the slices, so that the step can be taken
 * back whatever is on screen by then.
 */
import { ApiError } from "../api/client.js";
import { replaceSummary } from "./summaries.js";

/**
 * @import { ImportedAnnotations, Label, PlaneName, VolumeSummary } from "../api/types.d.ts"
 * @import { Store } from "../state/store.js"
 */

export class ImportStep {
  /**
   * @param {Store} store
   * @param {{
   *   server: import("./server.js").Server,
   *   annotations: Pick<import("./annotations.js").AnnotationsController, "whileImporting">,
   *   labels: Pick<import("./labels.js").LabelController, "fetch">,
   *   volume: Pick<import("./volume.js").VolumeController, "choosePlane">,
   * }} parts
   * @param {{volume: VolumeSummary, planeBefore: PlaneName, text: string, lockedText: (label: string) => string}} source where the
   *   slices went, the plane that was painted in before, what the step is called, and what is said where a locked label blocks it
   * @param {ImportedAnnotations} imported
   */
  constructor(store, { server, annotations, labels, volume: planes }, { volume, planeBefore, text, lockedText }, imported) {
    this.store = store;
    this.server = server;
    this.annotations = annotations;
    this.labels = labels;
    this.planes = planes;
    this.volume = volume;
    this.planeBefore = planeBefore;
    this.text = text;
    this.lockedText = lockedText;
    this.imported = imported;
  }

  /** @returns {import("../state/history.js").Step} */
  get step() {
    const { plane, changes } = this.imported;
    const shows = { volumeId: this.volume.id, plane, planeBefore: this.planeBefore, indices: changes.map(({ slice_index: index }) => index) };
    return { text: this.text, slices: [], shows, volumeId: this.volume.id, command: { undo: () => this.#undo(), redo: () => this.#redo() } };
  }

  async #undo() {
    const { renamed, labels } = this.imported;
    this.#requireUnlocked();
    await this.annotations.whileImporting(this.volume.id, () => this.#turn(({ slice_index: index, before, after }) => [index, after, before]));
    const now = await this.#labelsNow();
    for (const before of renamed) await this.#rename(now, before);
    for (const { value } of labels.filter((label) => !isAmong(renamed, label))) await this.#deleteUnpainted(now.get(value));
    await this.#switchPlane(this.imported.plane, this.planeBefore);
    await this.#refresh();
  }

  async #redo() {
    const { renamed, labels } = this.imported;
    this.#requireUnlocked();
    await this.annotations.whileImporting(
      this.volume.id,
      async () => {
        const now = await this.#labelsNow();
        for (const label of labels) {
          if (isAmong(renamed, label)) await this.#rename(now, label);
          else if (!now.has(label.value)) await this.#restore(label);
        }
        return this.#turn(({ slice_index: index, before, after }) => [index, before, after]);
      },
      () => this.labels.fetch(this.volume), // the slices need them to be shown
    );
    await this.#switchPlane(this.planeBefore, this.imported.plane);
    await this.#refresh();
  }

  /**
   * Paint in the plane that the import or its undo leads to, unless another one was chosen since. No person chose it, so
   * it is this volume's alone.
   * @param {PlaneName} from
   * @param {PlaneName} to
   */
  async #switchPlane(from, to) {
    if (from === to) return;
    const { id } = this.volume;
    const { volume, plane } = this.store.state;
    if (volume?.id === id) return void (plane === from && (await this.planes.choosePlane(to, { chosen: false })));
    if ((await this.server.volume(id)).plane === from) await this.server.updateVolume(id, { plane: to, chosen: false });
  }

  /** No tool changes a locked label. */
  #requireUnlocked() {
    const { lockedLabels, labels } = this.store.state;
    const touched = [...this.imported.changes.flatMap(({ values }) => values), ...this.imported.labels.map(({ value }) => value)];
    const locked = labels.find(({ value }) => lockedLabels.has(value) && touched.includes(value));
    if (locked) throw new ApiError(this.lockedText(locked.name), 0, "locked");
  }

  /** @param {(change: ImportedAnnotations["changes"][number]) => number[]} versions of a slice: its index, from, to */
  #turn(versions) {
    return this.server.revertSlices(this.volume.id, this.imported.plane, this.imported.changes.map(versions));
  }

  /** @returns {Promise<Map<number, Label>>} the project's labels by value */
  async #labelsNow() {
    const { labels } = await this.server.project(this.volume.project_id);
    return new Map(labels.map((label) => [label.value, label]));
  }

  /** @param {Map<number, Label>} now @param {Label} label as it is to be called */
  async #rename(now, { value, name, color, term }) {
    const label = now.get(value);
    if (label) await this.server.updateLabel(label.id, { name, color, term });
  }

  /** @param {Label | undefined} label one that another window has painted with stays */
  async #deleteUnpainted(label) {
    try {
      if (label) await this.server.deleteLabel(label.id, false);
    } catch (/** @type {any} */ error) {
      if (error.status !== 409) throw error;
    }
  }

  /** @param {Label} label */
  #restore({ value, code, name, color, term }) {
    return this.server.restoreLabel(this.volume.project_id, { value, code, name, color, term, with_paint: false });
  }

  async #refresh() {
    await this.labels.fetch(this.volume);
    replaceSummary(this.store, await this.server.volume(this.volume.id));
  }
}

/** @param {Label[]} labels @param {Label} label */
const isAmong = (labels, label) => labels.some(({ value }) => value === label.value);

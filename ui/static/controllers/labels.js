/**
 * The project's labels: added, renamed, recoloured, deleted; one of them is always the one to paint with. What is done to one
 * is a step of the history, which finds it by its value: a label that comes back has another id.
 */
import { LABEL_PALETTE } from "../api/contract.js";
import { mayWrite } from "../state/access.js";
import { t } from "../words/index.js";
import { backText } from "./left_out.js";
import { attempt } from "./notify.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { Label, Term, Terms } from "../api/types.d.ts"
 * @typedef {{ name?: string, color?: string, term?: Term | null }} LabelPatch
 */

export class LabelController {
  /**
   * @param {Store} store
   * @param {{
   *   server: import("./server.js").Server,
   *   notify: import("./notify.js").Notify,
   *   annotations: Pick<import("./annotations.js").AnnotationsController, "refresh">,
   *   saver: Pick<import("./autosave.js").Saver, "flush">,
   *   steps: Pick<import("../tools/steps.js").Steps, "remember">,
   * }} parts
   */
  constructor(store, { server, notify, annotations, saver, steps }) {
    this.store = store;
    this.server = server;
    this.notify = notify;
    this.annotations = annotations;
    this.saver = saver;
    this.steps = steps;
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
    const { project, volume, labels } = this.store.state;
    const known = new Set([0, ...labels.map((label) => label.value)]);
    if (!project || volume?.id !== volumeId || painted.every((value) => known.has(value))) return;
    await attempt(this.notify, () => this.fetch({ project_id: project.id }));
  }

  /**
   * Take what labels the project of a volume has now, unless the project was left meanwhile.
   * @param {{project_id: string}} volume
   */
  async fetch({ project_id: projectId }) {
    const { labels } = await this.server.project(projectId);
    const { project, activeLabel } = this.store.state;
    if (project?.id !== projectId) return;
    this.store.set({ labels, activeLabel: activeLabel ?? labels[0]?.value ?? null });
  }

  /**
   * Add a label in a colour that is not used yet, and paint with it from now on.
   * @param {string} name
   * @returns {Promise<Label | null>} null when it failed, which was told
   */
  async add(name) {
    const { project, labels } = this.store.state;
    if (!project || !mayWrite(this.store.state)) return null;
    const used = new Set(labels.map((label) => label.color));
    const color = LABEL_PALETTE.find((each) => !used.has(each)) ?? LABEL_PALETTE[labels.length % LABEL_PALETTE.length];
    return attempt(this.notify, async () => {
      const label = await this.server.createLabel(project.id, { name, color });
      this.store.set({ labels: [...this.store.state.labels, label], activeLabel: label.value });
      return label;
    });
  }

  /**
   * Terms that words may mean, and the one that they say for sure.
   * @param {string} words
   * @returns {Promise<Terms | null>} null when it failed, which was told
   */
  async findTerms(words) {
    return attempt(this.notify, () => this.server.terms(words));
  }

  /**
   * @param {Label} label
   * @param {LabelPatch} patch
   */
  async update(label, patch) {
    if (!mayWrite(this.store.state)) return;
    const { value, name } = label;
    const before = Object.fromEntries(Object.keys(patch).map((key) => [key, label[/** @type {keyof LabelPatch} */ (key)]]));
    await attempt(this.notify, async () => {
      await this.#update(value, patch);
      this.steps.remember({ text: stepText(name, patch), slices: [], command: { undo: () => this.#update(value, before), redo: () => this.#update(value, patch) } });
    });
  }

  /**
   * @param {number} value
   * @param {LabelPatch} patch
   */
  async #update(value, patch) {
    const updated = await this.server.updateLabel(this.#byValue(value).id, patch);
    this.store.set({ labels: this.store.state.labels.map((each) => (each.value === value ? updated : each)) });
  }

  /** @param {number} value */
  #byValue(value) {
    const found = this.store.state.labels.find((label) => label.value === value);
    if (!found) throw new Error(t("labels.gone"));
    return found;
  }

  /**
   * Delete a label; one that is painted somewhere only after asking.
   * @param {Label} label
   */
  async remove(label) {
    if (!mayWrite(this.store.state)) return;
    if (this.store.state.lockedLabels.has(label.value)) return void this.store.emit("locked", { value: label.value });
    try {
      await this.#delete(label, false);
    } catch (/** @type {any} */ error) {
      if (error.status !== 409) return this.notify.failed(error);
      const title = t("dialogs.delete", { name: label.name });
      if (!(await this.notify.confirm(title, t("labels.delete.painted"), t("labels.delete.button")))) return;
      await attempt(this.notify, () => this.#delete(label, true));
    }
  }

  /**
   * @param {Label} label
   * @param {boolean} painted it goes from all slices, too
   */
  async #delete(label, painted) {
    const { value } = label;
    await this.#erase(value, painted);
    const command = { undo: () => this.#restore(label, painted), redo: () => this.#erase(value, painted) };
    this.steps.remember({ text: t("labels.step.delete", { name: label.name }), slices: [], command });
  }

  /**
   * @param {number} value
   * @param {boolean} painted
   */
  async #erase(value, painted) {
    await this.#flush(); // a stroke that arrived later would bring its cells back
    await this.server.deleteLabel(this.#byValue(value).id, painted);
    this.store.set({ labels: this.store.state.labels.filter((each) => each.value !== value) });
    if (painted) await this.annotations.refresh();
  }

  /**
   * @param {Label} label as it was
   * @param {boolean} painted
   */
  async #restore({ value, code, name, color, term }, painted) {
    const { project } = this.store.state;
    if (!project) return;
    await this.#flush();
    const { left_out: leftOut = [], ...restored } = await this.#broughtBack(project.id, { value, code, name, color, term, with_paint: painted });
    if (restored.name !== name || restored.code !== code || restored.color !== color) {
      this.notify.say(t("labels.restored.asElsewhere", { name, now: restored.name, code: restored.code }));
    }
    if (leftOut.length) this.notify.say(backText(name, leftOut));
    const others = this.store.state.labels.filter((each) => each.value !== value);
    this.store.set({ labels: [...others, restored].sort((a, b) => a.value - b.value), activeLabel: value });
    if (painted) await this.annotations.refresh();
  }

  /**
   * @param {string} projectId
   * @param {Parameters<import("./server.js").Server["restoreLabel"]>[1]} deleted
   * @returns {Promise<Label & { left_out?: string[] }>} as it is now, where a stroke in another window has brought it back meanwhile
   */
  async #broughtBack(projectId, deleted) {
    try {
      return await this.server.restoreLabel(projectId, deleted);
    } catch (/** @type {any} */ error) {
      const labels = error.status === 409 ? (await this.server.project(projectId)).labels : [];
      const there = labels.find(({ value }) => value === deleted.value);
      if (!there || deleted.with_paint) throw error; // its paint is not back
      return there;
    }
  }

  async #flush() {
    const { volume } = this.store.state;
    if (volume) await this.saver.flush(volume.id);
  }
}

/**
 * @param {string} name of the label before
 * @param {LabelPatch} patch
 */
function stepText(name, patch) {
  if (patch.name !== undefined) return t("labels.step.rename", { name, to: patch.name });
  return patch.term === undefined ? t("labels.step.recolour", { name }) : t("labels.step.term", { name });
}

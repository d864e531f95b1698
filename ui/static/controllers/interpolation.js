/**
 * Slices between painted ones, filled in: they are interpolated, not painted, until a person accepts them or paints on
 * them. No run uses them, and the result of the next run takes their place.
 */
import { mayEdit } from "../state/access.js";
import { gapsOf } from "../state/gaps.js";
import { isPictures } from "../state/pictures.js";
import { between } from "../tools/interpolation.js";
import { withLabel } from "../tools/cells.js";
import { t } from "../words/index.js";

/**
 * @import { AnnotationBook } from "../state/annotations.js"
 * @import { Store } from "../state/store.js"
 * @import { Edits, SliceChange } from "../tools/edits.js"
 * @import { Gap } from "../state/gaps.js"
 */

export class InterpolationController {
  /**
   * @param {Store} store
   * @param {{
   *   edits: Edits,
   *   annotations: Pick<import("./annotations.js").AnnotationsController, "catchUp">,
   *   notify: import("./notify.js").Notify,
   * }} parts
   */
  constructor(store, { edits, annotations, notify }) {
    this.store = store;
    this.annotations = annotations;
    this.edits = edits;
    this.notify = notify;
    store.on(["mask", "annotations"], () => void this.#giveWay(), { now: false });
  }

  /** Fill the slices between those the active label is painted on; what was interpolated of it before is made anew. */
  interpolate() {
    if (!mayEdit(this.store.state)) return;
    this.store.emit("take-outline");
    const { annotations: book, voxels, activeLabel: value, lockedLabels } = this.store.state;
    if (!book || !voxels || value === null) return;
    const name = this.#name(value);
    if (isPictures(this.store.state)) return void this.notify.say(t("slices.between.pictures"));
    if (lockedLabels.has(value)) return void this.store.emit("locked", { value });
    const gaps = gapsOf(book, value);
    if (!gaps.length) return void this.notify.say(t("slices.between.noGap", { name }));
    this.store.emit("label-used", { value });
    const changes = gaps.flatMap((gap) => this.#fill(book, gap, value));
    this.edits.change(t("slices.step.interpolate", { name }), [...changes, ...this.#leftOver(book, changes, value)]);
    this.notify.say(t("slices.between.done", { name, count: changes.length }), { kind: "success", place: "interpolate" });
  }

  /**
   * @param {AnnotationBook} book
   * @param {Gap} gap
   * @param {number} value
   * @returns {SliceChange[]}
   */
  #fill(book, { from, to }, value) {
    const { voxels, protect } = this.store.state;
    if (!voxels) return [];
    const [first, last] = [from, to].map((index) => book.ensure(index).labels.map((each) => Number(each === value)));
    const shapes = between(first, last, to - from - 1, voxels.size(book.plane));
    return shapes.map((inside, n) => {
      const index = from + 1 + n;
      const shown = this.edits.shown(index) ?? new Uint8Array(book.cells);
      return { index, labels: withLabel(shown, inside, value, protect), state: "interpolated" };
    });
  }

  /**
   * Slices that were interpolated when other slices were painted: the label goes from them.
   *
   * @param {AnnotationBook} book
   * @param {SliceChange[]} filled
   * @param {number} value
   * @returns {SliceChange[]}
   */
  #leftOver(book, filled, value) {
    const again = new Set(filled.map(({ index }) => index));
    return book
      .indices("interpolated")
      .filter((index) => !again.has(index) && book.values(index).includes(value))
      .map((index) => ({ index, labels: book.ensure(index).labels.map((each) => (each === value ? 0 : each)), state: "interpolated" }));
  }

  /** Take everything that is interpolated as painted. */
  acceptAll() {
    this.store.emit("take-outline");
    const { annotations: book } = this.store.state;
    if (!book) return;
    const changes = book.indices("interpolated").map((index) => ({ index, labels: book.ensure(index).labels.slice(), state: /** @type {const} */ ("painted") }));
    this.edits.change(t("slices.step.acceptAll"), changes);
  }

  /** Forget everything that is interpolated. */
  clearAll() {
    const { annotations: book } = this.store.state;
    if (!book) return;
    const blank = new Uint8Array(book.cells);
    this.edits.change(t("slices.step.clearAll"), book.indices("interpolated").map((index) => ({ index, labels: blank, state: "cleared" })));
  }

  /** A run has filled the slices since: its result is shown, or the screen would say something else than the download. */
  async #giveWay() {
    if (!this.#older().length) return;
    await this.annotations.catchUp(); // another window may have painted or accepted some
    this.edits.withdraw(this.#older());
  }

  /** Slices that were interpolated before the run of the mask on screen began. */
  #older() {
    const { annotations: book, mask, run } = this.store.state;
    if (!book || !mask) return [];
    const since = Date.parse(run?.id === mask.run_id ? run.created_at : mask.created_at);
    return book.indices("interpolated").filter((index) => Date.parse(book.ensure(index).savedAt ?? "") < since);
  }

  /** @param {number} value */
  #name(value) {
    return this.store.state.labels.find((label) => label.value === value)?.name ?? t("labels.unknown.the");
  }
}

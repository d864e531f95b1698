/** The project's labels: choose (click or number key), show and hide, recolour, rename, add, delete. */
import { KeyedList } from "../lib/arrange.js";
import { h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { toast } from "../lib/toast.js";
import { mayPaint, mayWrite } from "../state/access.js";
import { namedSlices } from "../state/next_slice.js";
import { isPictures, sliceInText } from "../state/pictures.js";
import { t } from "../words/index.js";
import { LabelRow } from "./label_row.js";
import { isJudged, nextSliceFor } from "./quality.js";
import { madeWhen } from "./volume_change.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { Label } from "../api/types.d.ts"
 */

export class LabelsPanel {
  /**
   * @param {Store} store
   * @param {{
   *   labels: Pick<import("../controllers/labels.js").LabelController, "add" | "update" | "remove" | "findTerms">,
   *   view: import("./label_row.js").ViewIntents,
   *   locks: import("./label_row.js").LockIntents,
   *   goTo: (slice: number) => void,
   * }} intents
   */
  constructor(store, { labels, view, locks, goTo }) {
    this.store = store;
    this.labels = labels;
    this.list = h("ul.label-list", { "aria-label": t("labels.list.title") });
    this.rows = new KeyedList(this.list, { key: (/** @type {Label} */ label) => label.id, create: (label) => this.#row(label, { labels, view, locks, goTo }) });
    this.addRow = h("div.label-add");
    this.addButton = h("button.icon-button.small", { title: t("labels.list.add"), "aria-label": t("labels.list.add"), "data-testid": "add-label", onclick: () => this.#openAdd() }, icon("plus", 16));
    this.element = h(
      "section.panel.labels",
      { "data-testid": "labels" },
      h(
        "header.panel-head",
        h("h2", t("labels.list.title")),
        this.addButton,
      ),
      this.list,
      this.addRow,
    );
    store.on(["labels", "activeLabel", "hiddenLabels", "lockedLabels", "mask", "project", "login", "volume"], () => this.#render());
    store.when("annotations-loaded", () => this.#render());
    // Where a warning sends to depends on what is painted.
    store.when("slice-edited", () => store.state.mask?.labels.some(({ warning }) => warning) && this.#render());
  }

  /** Bring the first warning into view. */
  showWarnings() {
    this.list.querySelector(".label-warning")?.scrollIntoView({ block: "nearest" });
  }

  /** Ask for the first label's name: painting cannot start without one. */
  askForName() {
    this.#openAdd();
    toast(t("labels.list.nameFirst"));
  }

  #render() {
    const { labels, project } = this.store.state;
    this.rows.update(labels);
    const field = this.addRow.querySelector("input");
    const writes = mayWrite(this.store.state);
    this.addButton.hidden = !writes;
    if (project && !labels.length && !field && writes) this.#openAdd({ focus: false });
    if ((labels.length || !writes) && field && field !== document.activeElement && !field.value) this.addRow.replaceChildren();
  }

  /**
   * @param {Label} label
   * @param {ConstructorParameters<typeof LabelRow>[1]} intents
   */
  #row(label, intents) {
    const row = new LabelRow(label, intents);
    const update = (/** @type {Label} */ latest, /** @type {number} */ position) => row.update(latest, position, this.#facts(latest));
    return { element: row.element, update };
  }

  /** @param {Label} label */
  #facts({ value }) {
    const { activeLabel, hiddenLabels, lockedLabels, mask } = this.store.state;
    const found = mask?.labels.find((each) => each.value === value);
    const judged = Boolean(found) && isJudged(mask);
    const pictures = isPictures(this.store.state); // areas are no volumes
    const next = judged ? this.#nextSlice(value) : null;
    return { editable: mayWrite(this.store.state), active: value === activeLabel, hidden: hiddenLabels.has(value), locked: lockedLabels.has(value), found, made: mask && !pictures ? madeWhen(mask) : null, pictures, judged, advised: mayPaint(this.store.state), next, nextName: sliceInText(this.store.state, next ?? 0) };
  }

  /** @param {number} value */
  #nextSlice(value) {
    const { mask, voxels, plane, annotations } = this.store.state;
    if (!annotations || !voxels || !mask) return null;
    const { slices: count, sliceStepMm: stepMm } = voxels.size(plane);
    return nextSliceFor(value, { annotations, mask, count, stepMm, named: namedSlices(this.store.state) });
  }

  #openAdd({ focus = true } = {}) {
    const input = h("input.input", { placeholder: t("labels.list.placeholder"), maxlength: 80, "aria-label": t("labels.list.newName"), "data-testid": "new-label-name" });
    const close = () => this.addRow.replaceChildren();
    const submit = async ({ byKey = false } = {}) => {
      const name = input.value.trim();
      if (input.disabled) return; // disabling takes the focus, and the blur would submit again
      if (!name) return close();
      input.disabled = true;
      if (await this.labels.add(name)) return close();
      input.disabled = false; // refused, which was told
      if (!byKey) return;
      input.focus();
      input.select();
    };
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter") submit({ byKey: true });
      if (event.key === "Escape") close();
    });
    input.addEventListener("blur", () => (input.value.trim() ? submit() : this.store.state.labels.length && close()));
    this.addRow.replaceChildren(input);
    if (focus) input.focus();
  }
}

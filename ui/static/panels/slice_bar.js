/** Under the large pane: which slice this is, what state it has, and what can be done with it as a whole. */
import { h, setText } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { PLANES } from "../viewer/planes.js";

const STATES = {
  painted: "Painted",
  empty: "Holds nothing",
  predicted: "Predicted",
  none: "Not painted",
};

export class SliceBar {
  constructor(store, { book, edits, goTo, choosePlane }) {
    Object.assign(this, { store, book, edits, goTo });
    this.index = h("input.slice-index.num", { "data-testid": "slice-index", "aria-label": "Slice number", inputmode: "numeric" });
    this.total = h("span.dim.num");
    this.state = h("span.slice-state", { "data-testid": "slice-state" });
    this.accept = this.#button("check", "Accept", "T", "accept-prediction", "Take the prediction as painted", () => edits.acceptPrediction(this.slice));
    this.empty = this.#button("none", "Nothing here", "N", "mark-empty", "Looked at: holds none of the labels", () => edits.markEmpty(this.slice));
    this.copy = this.#button("copyNext", "Copy to next", "C", "copy-next", "Copy these labels to the next slice", () => this.copyNext());
    this.clear = this.#button("trash", "Clear", "Del", "clear-slice", "Forget what is painted on this slice", () => edits.clear(this.slice));
    this.planeText = h("span");
    this.planeButton = h("button.button.small.primary", { "data-testid": "paint-here", onclick: choosePlane });
    this.notice = h("div.plane-notice", { hidden: true }, this.planeText, this.planeButton);
    this.actions = h("div.slice-actions", this.accept, this.empty, this.copy, this.clear);
    this.element = h("div.slice-bar", h("label.slice-number", h("span.dim", "Slice"), this.index, this.total), this.state, h("span.spacer"), this.actions, this.notice);
    this.#listen();
    store.on(["cursor", "plane", "mainPane", "voxels", "mask"], () => this.render());
    for (const event of ["slice-edited", "book-loaded"]) store.when(event, () => this.render());
  }

  #button(name, text, key, testid, title, run) {
    return h("button.button.small.quiet", { title: `${title}  ${key}`, "data-testid": testid, onclick: run }, icon(name, 15), h("span", text));
  }

  #listen() {
    const commit = () => {
      const wanted = Number.parseInt(this.index.value, 10);
      if (Number.isFinite(wanted)) this.goTo(wanted - 1);
      this.render();
    };
    this.index.addEventListener("change", commit);
    this.index.addEventListener("focus", () => this.index.select());
    this.index.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter" || event.key === "Escape") this.index.blur();
    });
  }

  get slice() {
    const { cursor, plane } = this.store.state;
    return cursor[PLANES[plane].axis];
  }

  /** Run "accept", "empty", "copy" or "clear" if it is offered now. */
  act(name) {
    if (!this[name].hidden && !this.actions.hidden && this.book()) this[name].click();
  }

  copyNext() {
    const book = this.book();
    const next = this.slice + 1;
    if (!book || book.state(this.slice) !== "painted" || next >= book.size.slices) return;
    this.edits.copy(this.slice, next);
    this.goTo(next);
  }

  render() {
    const { voxels, plane, mainPane } = this.store.state;
    this.element.classList.toggle("is-blank", !voxels);
    if (!voxels) return;
    if (document.activeElement !== this.index) this.index.value = String(this.slice + 1);
    setText(this.total, `/ ${voxels.size(plane).slices}`);
    const other = mainPane !== plane;
    this.notice.hidden = !other;
    this.actions.hidden = other;
    if (other) {
      setText(this.planeText, `Painting happens in ${plane} slices`);
      this.planeButton.hidden = !PLANES[mainPane];
      if (PLANES[mainPane]) setText(this.planeButton, `Paint in ${mainPane}`);
    }
    this.#renderState();
  }

  #renderState() {
    const book = this.book();
    const state = book?.state(this.slice) ?? "cleared";
    const predicted = state === "cleared" && this.#isPredicted();
    const shown = predicted ? "predicted" : state === "cleared" ? "none" : state;
    this.state.dataset.state = shown;
    setText(this.state, STATES[shown]);
    this.accept.hidden = !predicted;
    this.empty.hidden = state !== "cleared";
    this.copy.hidden = state !== "painted";
    this.clear.hidden = state === "cleared";
  }

  #isPredicted() {
    const { mask } = this.store.state;
    if (!mask?.extents) return false;
    return [...mask.extents.values()].some((runs) => runs.some(([from, to]) => from <= this.slice && this.slice <= to));
  }
}

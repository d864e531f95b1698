/**
 * The strip along the annotation plane's slices: where is painted, marked empty, predicted, suggested, and where you
 * are. Click or drag to jump; arrow keys when focused.
 */
import { clamp, h, setAttr } from "../lib/dom.js";
import { mayPaint } from "../state/access.js";
import { differingVoxels } from "../state/comparison.js";
import { pictureAt } from "../state/pictures.js";
import { sliceKind, sliceOnScreen } from "../state/slices.js";
import { bestSlice, slicesToMark } from "../state/next_slice.js";
import { sliceUncertainty } from "../state/uncertainty.js";
import { matchingSlices, originText } from "../state/provenance.js";
import { t } from "../words/index.js";
import { drawRibbon, Strip } from "./ribbon_drawing.js";

/**
 * @import { Store } from "../state/store.js"
 */

const SUGGESTION_REACH = 7; // CSS pixels beside a suggested slice that still count as a click on it

export class Ribbon {
  #dragging = false;
  /** @type {number[]} */
  #suggested = [];
  #strip = new Strip(0, 0, 0);

  /**
   * @param {Store} store
   * @param {{goTo: (slice: number) => void}} intents
   */
  constructor(store, { goTo }) {
    this.store = store;
    this.goTo = goTo;
    this.canvas = h("canvas");
    this.tip = h("div.ribbon-tip.num", { hidden: true });
    this.element = h(
      "div.ribbon",
      { "data-testid": "ribbon", role: "slider", tabindex: "0", "aria-valuemin": "1" },
      this.canvas,
      this.tip,
    );
    this.#listen();
    new ResizeObserver(() => this.#draw()).observe(this.element);
    store.on(["cursor", "plane", "voxels", "labels", "hiddenLabels", "mask", "volume", "showUncertainty", "comparison", "project", "login", "provenance", "originFilter"], () => this.#draw());
    store.when("slice-edited", () => this.#draw());
    store.when("annotations-loaded", () => this.#draw());
  }

  #listen() {
    this.element.addEventListener("pointerdown", (event) => {
      if (!this.#strip.count) return;
      this.element.setPointerCapture(event.pointerId);
      this.#dragging = true;
      const x = this.#localX(event);
      this.goTo(this.#suggested.find((slice) => Math.abs(this.#strip.x(slice) - x) < SUGGESTION_REACH) ?? this.#strip.sliceAt(x));
    });
    this.element.addEventListener("pointermove", (event) => {
      if (!this.#strip.count) return;
      const slice = this.#strip.sliceAt(this.#localX(event));
      if (this.#dragging && event.buttons) this.goTo(slice);
      this.#showTip(slice);
    });
    this.element.addEventListener("pointerup", () => (this.#dragging = false));
    this.element.addEventListener("pointerleave", () => (this.tip.hidden = true));
    this.element.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      this.goTo(sliceOnScreen(this.store.state) + step);
    });
  }

  /** @param {MouseEvent} event */
  #localX(event) {
    return event.clientX - this.element.getBoundingClientRect().left;
  }

  /** @param {number} slice */
  #showTip(slice) {
    const note = this.#note(slice);
    const name = pictureAt(this.store.state, slice)?.name;
    this.tip.textContent = [String(slice + 1), name, note].filter(Boolean).join(" \u00b7 ");
    this.tip.hidden = false;
    const half = this.tip.offsetWidth / 2;
    this.tip.style.left = `${clamp(this.#strip.x(slice), half + 4, this.element.clientWidth - half - 4)}px`;
  }

  /** @param {number} slice */
  #note(slice) {
    const state = this.store.state.annotations?.state(slice) ?? "cleared";
    const differing = differingVoxels(this.store.state)?.[slice];
    if (differing) return t(`slices.ribbon.differ.${sliceKind(this.store.state)}`, { count: differing });
    if (state !== "cleared") return state === "empty" ? t("slices.ribbon.empty") : originText(this.store.state, slice);
    if (!this.#suggested.includes(slice)) return originText(this.store.state, slice);
    if (bestSlice(this.store.state) === slice) return t("slices.ribbon.paintNext");
    return sliceUncertainty(this.store.state, this.#strip.count) ? t("slices.ribbon.uncertain") : t("slices.ribbon.suggested");
  }

  #draw() {
    const { state } = this.store;
    const { clientWidth: width, clientHeight: height } = this.element;
    const count = state.voxels ? state.voxels.size(state.plane).slices : 0;
    const ratio = window.devicePixelRatio || 1;
    const context = this.canvas.getContext("2d");
    if (!width || !height || !context) return;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    context.scale(ratio, ratio);
    this.#strip = new Strip(width, height, count);
    const differing = differingVoxels(state);
    this.#suggested = differing || !mayPaint(state) ? [] : slicesToMark(state);
    if (!count) return;
    const current = sliceOnScreen(state);
    setAttr(this.element, "aria-label", t(`slices.ribbon.label.${sliceKind(state)}`));
    setAttr(this.element, "aria-valuemax", count);
    setAttr(this.element, "aria-valuenow", current + 1);
    drawRibbon(context, this.#strip, state, { current, suggested: this.#suggested, next: bestSlice(state), uncertainty: sliceUncertainty(state, count), differing, marked: matchingSlices(state) });
  }
}

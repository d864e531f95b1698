/** The second of two that are compared beside the first, on the same slice at the same place and zoom. Nothing is painted in it. */
import { h, setAttr, setText } from "../lib/dom.js";
import { AnnotationBook } from "../state/annotations.js";
import { comparedName } from "../state/comparison.js";
import { PLANE_NAMES } from "./planes.js";
import { SliceView } from "./slice_view.js";
import { WheelSteps } from "./wheel.js";

/**
 * @import { PlaneName } from "../api/types.d.ts"
 * @import { Store } from "../state/store.js"
 * @import { AppViews } from "./views.js"
 */

const NO_BOOK = new AnnotationBook([1, 1, 1], "axial");

export class BesideView {
  /**
   * @param {Store} store
   * @param {AppViews} views what it follows
   */
  constructor(store, views) {
    this.store = store;
    this.views = views;
    this.title = h("span.pane-title", { id: "pane-beside-title" });
    this.views2 = /** @type {Record<PlaneName, SliceView>} */ (Object.fromEntries(PLANE_NAMES.map((plane) => [plane, new SliceView(plane)])));
    this.element = h("section.pane.pane-beside", { hidden: true, "data-testid": "pane-beside" }, Object.values(this.views2).flatMap(({ canvas, hud }) => [canvas, hud]), h("header.pane-head", this.title));
    const wheel = new WheelSteps();
    this.element.addEventListener("wheel", (event) => (event.preventDefault(), views.step(-wheel.steps(event))), { passive: false });
    new ResizeObserver(() => this.#resize()).observe(this.element);
    for (const { plane, view } of views.all) view.hudPainters.push(() => this.#follow(plane));
    store.on(["comparison", "mainPane"], () => this.#render());
    store.on("voxels", () => this.#showVolume());
    store.when("slice-arrived", (slice) => (!slice || (slice.plane === this.#plane && slice.index === this.views2[slice.plane].index)) && this.#redraw("image"));
    store.on(["labels", "hiddenLabels", "maskOpacity", "showLabels", "window", "smooth"], () => this.#redraw("image"));
  }

  /** The plane that is seen, or null. @returns {PlaneName | null} */
  get #plane() {
    const { comparison, mainPane } = this.store.state;
    return comparison?.beside && comparison.masks && mainPane !== "3d" ? mainPane : null;
  }

  #showVolume() {
    const { voxels } = this.store.state;
    const { lut, palette, smooth } = this.views.source;
    for (const view of Object.values(this.views2)) {
      view.setVolume(voxels, { lut, palette, smooth, range: () => null, maskVoxels: () => this.store.state.comparison?.masks?.[1] ?? null, otherMask: () => null, confidence: () => null, book: NO_BOOK });
    }
  }

  #render() {
    const plane = this.#plane;
    this.element.hidden = !plane;
    this.element.parentElement?.toggleAttribute("data-beside", Boolean(plane));
    for (const [name, { canvas, hud }] of Object.entries(this.views2)) canvas.hidden = hud.hidden = name !== plane;
    const { comparison } = this.store.state;
    for (const pane of this.views.all) pane.nameCompared(comparison && pane.plane === plane ? comparedName(comparison, 0) : "");
    if (!plane || !comparison) return;
    setText(this.title, comparedName(comparison, 1));
    setAttr(this.element, "aria-labelledby", `${this.views.panes[plane].title.id} ${this.title.id}`);
    this.#resize();
    this.#follow(plane);
    this.#redraw("image");
  }

  #resize() {
    const { clientWidth, clientHeight } = this.element;
    if (clientWidth && clientHeight) for (const view of Object.values(this.views2)) view.resize(clientWidth, clientHeight, window.devicePixelRatio || 1);
  }

  /** @param {"image"} what */
  #redraw(what) {
    const plane = this.#plane;
    if (plane) this.views2[plane].invalidate(what);
  }

  /** Be where the first run's view is. @param {PlaneName} plane */
  #follow(plane) {
    if (plane !== this.#plane) return;
    const [first, second] = [this.views.panes[plane].view, this.views2[plane]];
    Object.assign(second, { zoom: first.zoom, panMm: { ...first.panMm } });
    second.setIndex(first.index);
    second.invalidate("view");
  }
}

/** "Threshold range": the toggle, and over the large pane its two ends, to drag or to type. */
import { h, setAttr, setText } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { mayPaint } from "../state/access.js";
import { rangeLimits } from "../state/threshold.js";
import { t } from "../words/index.js";

/**
 * @import { Store } from "../state/store.js"
 * @typedef {Pick<import("../controllers/view.js").ViewController, "toggleThreshold" | "fitThreshold" | "setThreshold">} ThresholdIntents
 */

const STEPS = 400; // of the sliders

/**
 * @param {Store} store
 * @param {{view: ThresholdIntents}} intents
 */
export function thresholdToggle(store, { view }) {
  const title = t("toolbar.range.hint");
  const button = h(
    "button.icon-button.toggle.wide",
    { title, "aria-label": t("toolbar.range.title"), "aria-pressed": "false", "data-testid": "threshold", onclick: () => view.toggleThreshold() },
    icon("threshold", 18),
    h("span.wide-only", t("toolbar.range.button")),
  );
  store.on(["threshold", "project", "login", "volume"], (state) => {
    button.hidden = !mayPaint(state);
    setAttr(button, "aria-pressed", String(Boolean(state.threshold?.on)));
  });
  return button;
}

/**
 * @param {Store} store
 * @param {{view: ThresholdIntents}} intents
 */
export function thresholdPanel(store, { view }) {
  const [low, high] = [new End(store, view, "low"), new End(store, view, "high")];
  const unit = h("span.dim");
  const fit = h("button.link", { title: t("toolbar.range.fitHint"), "data-testid": "threshold-fit", onclick: () => view.fitThreshold() });
  const off = h("button.icon-button.small", { title: t("toolbar.range.offHint"), "aria-label": t("toolbar.range.off"), onclick: () => view.toggleThreshold() }, icon("close", 14));
  const track = h("div.range-track", h("i"), low.slider, high.slider);
  const head = h("header", h("i.range-tint", { "aria-hidden": "true" }), h("strong", t("toolbar.range.title")), h("span.dim", t("toolbar.range.note")), off);
  const element = h("section.range-panel", { hidden: true, "aria-label": t("toolbar.range.title"), "data-testid": "threshold-panel" }, head, h("div.range-ends", low.field, track, high.field, unit, fit));
  store.on(["threshold", "voxels", "volume", "labels", "activeLabel", "mainPane"], (state) => {
    const { threshold, voxels, labels, activeLabel, mainPane } = state;
    element.hidden = !threshold?.on || !voxels || mainPane === "3d";
    if (!threshold?.on || !voxels) return;
    const limits = rangeLimits(state);
    const parts = [low.show(threshold.low, limits), high.show(threshold.high, limits)];
    track.style.setProperty("--low", `${parts[0] * 100}%`);
    track.style.setProperty("--high", `${parts[1] * 100}%`);
    setText(unit, voxels.unit);
    const label = labels.find(({ value }) => value === activeLabel)?.name;
    setText(fit, label === undefined ? t("toolbar.range.fitWindow") : t("toolbar.range.fit", { label }));
  });
  return element;
}

/** One end of the range: a slider and a number. */
class End {
  /** @type {[number, number]} what the slider spans */
  #limits = [0, 1];

  /**
   * @param {Store} store
   * @param {ThresholdIntents} view
   * @param {"low" | "high"} end
   */
  constructor(store, view, end) {
    const set = (/** @type {number} */ value) => {
      const { threshold } = store.state;
      if (!threshold) return;
      // An end that reaches the other takes it along: of two in one place only one can be held.
      if (end === "low") view.setThreshold(value, Math.max(value, threshold.high));
      else view.setThreshold(Math.min(value, threshold.low), value);
    };
    const name = t(end === "low" ? "toolbar.range.lower" : "toolbar.range.upper");
    /** @type {HTMLInputElement} */
    this.slider = h("input", { type: "range", min: 0, max: STEPS, "aria-label": name, "data-testid": `threshold-${end}`, oninput: () => set(this.#value()) });
    this.slider.addEventListener("pointerup", () => this.slider.blur());
    /** @type {HTMLInputElement} */
    this.field = h("input.num", { "aria-label": name, inputmode: "decimal", "data-testid": `threshold-${end}-value`, onchange: () => set(Number.parseFloat(this.field.value)) });
    this.field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter" || event.key === "Escape") this.field.blur();
    });
  }

  #value() {
    const [low, high] = this.#limits;
    const value = low + (Number(this.slider.value) / STEPS) * (high - low);
    return high - low > 50 ? Math.round(value) : value;
  }

  /**
   * @param {number} value
   * @param {[number, number]} limits
   * @returns {number} where it is, 0..1
   */
  show(value, limits) {
    this.#limits = limits;
    const part = (value - limits[0]) / Math.max(limits[1] - limits[0], 1e-9);
    this.slider.value = String(part * STEPS);
    if (document.activeElement !== this.field) this.field.value = String(Math.abs(value) < 10 ? Number(value.toFixed(3)) : Math.round(value));
    return part;
  }
}

/** The menu of the intensity window: a histogram with the window over it, its two ends, and the presets. */
import { h } from "../lib/dom.js";
import { menuItem, toggleMenu } from "../lib/menu.js";
import { BINS, histogram, histogramHeights, histogramLimits } from "../state/histogram.js";
import { t } from "../words/index.js";

/**
 * @import { Store } from "../state/store.js"
 * @typedef {Pick<import("../controllers/view.js").ViewController, "setWindow" | "resetWindow" | "toggleSmooth">} WindowIntents
 */

const STEPS = 500; // of the sliders
const HEIGHT = 56; // of the drawing, in its pixels; a bin is one wide

/**
 * @param {Store} store
 * @param {WindowIntents} view
 * @param {HTMLElement} anchor
 */
export function windowMenu(store, view, anchor) {
  const { volume, smooth } = store.state;
  const presets = (volume?.presets ?? []).map(({ name, low, high }) =>
    menuItem(name, () => view.setWindow([low, high]), { hint: t("toolbar.window.preset", { low: round(low), high: round(high) }), testid: "window-preset" }),
  );
  toggleMenu(
    anchor,
    [
      h("h3", t("toolbar.window.title")),
      windowHistogram(store, view),
      h("div.menu-items", { role: "menu", "aria-label": t("toolbar.window.presets") }, volume && menuItem(t("toolbar.window.asOpened"), () => view.resetWindow(), { hint: "W" }), ...presets),
      h("p.menu-note", t("toolbar.window.drag")),
      h("hr"),
      h("div.menu-items", { role: "menu", "aria-label": t("toolbar.window.display") }, menuItem(t("toolbar.window.smooth"), () => view.toggleSmooth(), { checked: smooth })),
    ],
    { align: "right", testid: "window-menu-list", panel: t("toolbar.window.menu") },
  );
}

/**
 * How often intensities occur, with a slider for each end of the window. It is made anew whenever the menu opens.
 * @param {Store} store
 * @param {WindowIntents} view
 */
function windowHistogram(store, view) {
  const { voxels, window } = store.state;
  if (!voxels) return null;
  const limits = histogramLimits(store.state);
  const span = limits[1] - limits[0];
  const drawing = h("canvas", { width: BINS, height: HEIGHT, "aria-hidden": "true" });
  draw(drawing, histogramHeights(histogram(voxels, limits)));
  const sliders = [t("toolbar.window.black"), t("toolbar.window.white")].map((name, end) =>
    h("input", { type: "range", min: 0, max: STEPS, "aria-label": name, "data-testid": `window-${end ? "high" : "low"}`, oninput: () => moved(end) }),
  );
  const ends = [h("output"), h("output")];
  const element = h("div.histogram", { "data-testid": "histogram" }, h("div.histogram-plot", drawing, h("i")), h("div.range-track", ...sliders), h("div.histogram-ends", ...ends));
  /** @type {[number, number]} */
  let shown = [...window];
  const show = () => {
    shown.forEach((value, end) => {
      const part = (value - limits[0]) / span;
      sliders[end].value = String(part * STEPS);
      element.style.setProperty(end ? "--high" : "--low", `${part * 100}%`);
      ends[end].textContent = `${round(value)} ${voxels.unit}`.trim();
    });
  };
  /** The other end stays where it is, or gives way: ends do not cross. @param {number} end */
  const moved = (end) => {
    const value = limits[0] + (Number(sliders[end].value) / STEPS) * span;
    const width = span / STEPS; // of the narrowest window
    if (end === 0) {
      const low = Math.min(value, limits[1] - width);
      shown = [low, Math.max(shown[1], low + width)];
    } else {
      const high = Math.max(value, limits[0] + width);
      shown = [Math.min(shown[0], high - width), high];
    }
    view.setWindow(shown);
    show();
  };
  show();
  return element;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number[]} heights 0..1
 */
function draw(canvas, heights) {
  const context = canvas.getContext("2d");
  if (!context) return;
  context.fillStyle = "#9aa7b6";
  heights.forEach((height, at) => context.fillRect(at, HEIGHT * (1 - height), 1, HEIGHT * height));
}

const round = (/** @type {number} */ value) => (Math.abs(value) < 10 ? Number(value.toFixed(2)) : Math.round(value));

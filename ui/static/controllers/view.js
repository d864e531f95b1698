/** What is shown and how the tools are set: choices of the person that concern this page only, not the server. */
import { clamp } from "../lib/dom.js";
import { mayPaint, paintBlocker } from "../state/access.js";
import { brushLimits } from "../state/limits.js";
import { promptBlocker } from "../state/proposal.js";
import { uncertaintyBlocker } from "../state/uncertainty.js";
import { startRange } from "../state/threshold.js";
import { toolById } from "../tools/registry.js";
import { t } from "../words/index.js";

/** @import { Store } from "../state/store.js" */

export class ViewController {
  /**
   * @param {Store} store
   * @param {{notify: import("./notify.js").Notify}} parts
   */
  constructor(store, { notify }) {
    this.store = store;
    this.notify = notify;
    store.on(["project", "login", "volume"], (state) => void (mayPaint(state) || store.set({ tool: "navigate" })));
    store.when("label-used", ({ value }) => this.#showUsed(value));
  }

  /**
   * Select a tool. One that paints is available only while the large pane shows the annotation plane; one that asks the
   * encoder's own decoder only where there is one, which is told.
   * @param {string} id
   */
  chooseTool(id) {
    const forbidden = toolById(id).paints ? paintBlocker(this.store.state) : null;
    const blocker = forbidden ? t("page.sentence", { text: forbidden }) : promptBlocker(this.store.state, toolById(id).prompt);
    if (blocker) return this.notify.say(blocker);
    const { voxels, mainPane, plane, tool, toolBefore } = this.store.state;
    const available = voxels && (!toolById(id).paints || mainPane === plane);
    if (available) this.store.set({ tool: id, toolBefore: tool === id ? toolBefore : tool });
  }

  /** @param {number} brushMm */
  setBrush(brushMm) {
    const { min, max } = brushLimits(this.store.state);
    this.store.set({ brushMm: clamp(brushMm, min, max) });
  }

  /** @param {number} steps */
  changeBrush(steps) {
    this.setBrush(this.store.state.brushMm * 1.12 ** steps);
  }

  /** @param {number} tolerance part of the window's width */
  setTolerance(tolerance) {
    this.store.set({ tolerance });
  }

  /** @param {number} maskOpacity 0..1 */
  setOpacity(maskOpacity) {
    this.store.set({ maskOpacity });
  }

  toggleSimilarOnly() {
    this.store.set({ similarOnly: !this.store.state.similarOnly });
  }

  toggleProtect() {
    this.store.set({ protect: !this.store.state.protect });
  }

  /** Keep tools to a range of intensities, or let go; it begins where the active label's intensities lie. */
  toggleThreshold() {
    const { threshold, voxels } = this.store.state;
    if (!voxels) return;
    if (threshold) this.store.set({ threshold: { ...threshold, on: !threshold.on } });
    else this.fitThreshold();
  }

  /** Set the range from what is painted with the active label. */
  fitThreshold() {
    this.setThreshold(...startRange(this.store.state));
  }

  /**
   * @param {number} low in the volume's unit
   * @param {number} high
   */
  setThreshold(low, high) {
    if (Number.isFinite(low) && Number.isFinite(high)) this.store.set({ threshold: { on: true, low: Math.min(low, high), high: Math.max(low, high) } });
  }

  toggleSmooth() {
    this.store.set({ smooth: !this.store.state.smooth });
  }

  toggleLabels() {
    this.store.set({ showLabels: !this.store.state.showLabels });
  }

  /** @param {[number, number]} window lowest and highest intensity */
  setWindow(window) {
    this.store.set({ window });
  }

  /** The window that the volume was opened with at first. */
  resetWindow() {
    const { volume } = this.store.state;
    if (volume) this.store.set({ window: volume.window });
  }

  /** Show where the mask may be wrong, or not; why it cannot be shown is told. */
  toggleUncertainty() {
    const blocker = uncertaintyBlocker(this.store.state);
    if (blocker) this.notify.say(blocker);
    else this.store.set({ showUncertainty: !this.store.state.showUncertainty });
  }

  showUncertainty() {
    this.store.set({ showUncertainty: true });
  }

  /** @param {number} value of the label to paint with */
  chooseLabel(value) {
    this.store.set({ activeLabel: value });
  }

  /** @param {number} position of a label in the list, from 1: its number key */
  chooseLabelAt(position) {
    const label = this.store.state.labels[position - 1];
    if (label) this.chooseLabel(label.value);
  }

  /** Whether there is a label to paint with; the first one is chosen when none is. */
  ensureLabel() {
    const { activeLabel, labels } = this.store.state;
    if (labels.length && !labels.some((label) => label.value === activeLabel)) this.chooseLabel(labels[0].value);
    return labels.length > 0;
  }

  /** @param {number} value of the label to show or hide */
  toggleLabel(value) {
    const hidden = new Set(this.store.state.hiddenLabels);
    if (!hidden.delete(value)) hidden.add(value);
    this.store.set({ hiddenLabels: hidden });
  }

  /** Who paints with a hidden label must see what they paint. @param {number} value of the label */
  #showUsed(value) {
    const { hiddenLabels, labels } = this.store.state;
    if (!hiddenLabels.has(value)) return;
    this.toggleLabel(value);
    const name = labels.find((label) => label.value === value)?.name;
    this.notify.say(name === undefined ? t("viewer.notices.shownAgainUnnamed") : t("viewer.notices.shownAgain", { name }), { place: "hidden", durationMs: 3000 });
  }

  /** @param {number} value of the label to show alone */
  showOnly(value) {
    const others = this.store.state.labels.map((label) => label.value).filter((each) => each !== value);
    this.store.set({ hiddenLabels: new Set(others) });
  }

  showAllLabels() {
    this.store.set({ hiddenLabels: new Set() });
  }

  /** A file was downloaded: the last step of the guide. */
  downloaded() {
    this.store.set({ downloaded: true });
  }
}

/** Under the large pane: which slice this is, what state it has, and what can be done with it as a whole. */
import { h, setAttr, setText } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { menuItem, toggleMenu } from "../lib/menu.js";
import { mayEdit, mayPaint } from "../state/access.js";
import { canReshape, offeredActions, sliceKind, sliceOnScreen, sliceState } from "../state/slices.js";
import { originText } from "../state/provenance.js";
import { gapsOf } from "../state/gaps.js";
import { SHAPES, shapeWords } from "../tools/shapes.js";
import { t } from "../words/index.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { IconName } from "../lib/icons.js"
 * @import { SliceAction, SliceKind } from "../state/slices.js"
 */

/** @type {{action: SliceAction, icon: IconName, key: string, testid: string}[]} */
const ACTIONS = [
  { action: "accept", icon: "check", key: "T", testid: "accept-prediction" },
  { action: "empty", icon: "none", key: "N", testid: "mark-empty" },
  { action: "afresh", icon: "eraser", key: "Del", testid: "start-afresh" },
  { action: "copy", icon: "copyNext", key: "C", testid: "copy-next" },
  { action: "clear", icon: "trash", key: "Del", testid: "clear-slice" },
];

export class SliceBar {
  /**
   * @param {Store} store
   * @param {{
   *   slices: Pick<import("../controllers/slices.js").SliceController, "act" | "reshape" | "copyFromNearest">,
   *   interpolation: Pick<import("../controllers/interpolation.js").InterpolationController, "interpolate" | "acceptAll" | "clearAll">,
   *   history: Pick<import("./slice_history.js").SliceHistory, "toggle">,
   *   volume: Pick<import("../controllers/volume.js").VolumeController, "choosePlane">,
   *   goTo: (slice: number) => void,
   *   filter: HTMLElement,
   * }} intents `filter`: a button of the ribbon's that stands here
   */
  constructor(store, { slices, interpolation, volume, history, goTo, filter }) {
    this.store = store;
    this.goTo = goTo;
    this.index = h("input.slice-index.num", { "data-testid": "slice-index", "aria-label": t("slices.bar.number.slice"), inputmode: "numeric" });
    this.word = h("span.dim"); // said by pictures.js
    this.total = h("span.dim.num");
    this.state = h("span.slice-state", { "data-testid": "slice-state" });
    this.origin = h("span.slice-origin", { "data-testid": "slice-origin" });
    this.buttons = ACTIONS.map(({ action, icon: name, key, testid }) => ({
      action,
      key,
      element: h("button.button.small.quiet", { "data-testid": testid, onclick: () => slices.act(action) }, icon(name, 15), h("span", t(`slices.action.${action}.text`))),
    }));
    this.shape = h("button.button.small.quiet", { "data-testid": "shape", "aria-haspopup": "menu" }, icon("polygon", 15), h("span", t("slices.bar.shape")));
    this.shape.addEventListener("click", () => this.#shapeMenu(slices));
    this.between = h("button.button.small.quiet", { title: t("slices.bar.interpolateTitle"), "data-testid": "interpolate", "aria-haspopup": "menu" }, icon("between", 15), h("span", t("slices.bar.interpolate")));
    this.between.addEventListener("click", () => this.#betweenMenu(interpolation, slices));
    this.planeText = h("span");
    this.planeButton = h("button.button.small.primary", { "data-testid": "paint-here", onclick: () => this.#paintHere(volume) });
    this.notice = h("div.plane-notice", { hidden: true }, this.planeText, this.planeButton);
    this.versions = h("button.icon-button.small", { "data-testid": "slice-versions", onclick: () => history.toggle() }, icon("undo", 15));
    this.actions = h("div.slice-actions", this.shape, this.between, this.buttons.map(({ element }) => element));
    this.element = h("div.slice-bar", h("label.slice-number", this.word, this.index, this.total), this.state, this.origin, h("span.spacer"), filter, this.actions, this.versions, this.notice);
    this.#listen();
    store.on(["cursor", "plane", "mainPane", "voxels", "mask", "activeLabel", "project", "login", "provenance", "volume", "comparison"], () => this.render());
    store.when("slice-edited", () => this.render());
    store.when("annotations-loaded", () => this.render());
  }

  /** @param {Pick<import("../controllers/volume.js").VolumeController, "choosePlane">} volume */
  #paintHere(volume) {
    const { mainPane } = this.store.state;
    if (mainPane !== "3d") volume.choosePlane(mainPane);
  }

  /** @param {Pick<import("../controllers/slices.js").SliceController, "reshape">} slices */
  #shapeMenu(slices) {
    const items = SHAPES.map((shape) => menuItem(shapeWords(shape, sliceKind(this.store.state)).text, () => slices.reshape(shape.id), { hint: shape.key, testid: `shape-${shape.id}` }));
    toggleMenu(this.shape, items, { testid: "shape-menu" });
  }

  /**
   * @param {Pick<import("../controllers/interpolation.js").InterpolationController, "interpolate" | "acceptAll" | "clearAll">} interpolation
   * @param {Pick<import("../controllers/slices.js").SliceController, "copyFromNearest">} slices
   */
  #betweenMenu(interpolation, slices) {
    const { annotations, labels, activeLabel } = this.store.state;
    const count = annotations?.indices("interpolated").length ?? 0;
    const name = labels.find((label) => label.value === activeLabel)?.name;
    const ready = annotations !== null && activeLabel !== null && gapsOf(annotations, activeLabel).length > 0;
    const items = [
      name && ready && menuItem(t("slices.between.interpolate", { name }), () => interpolation.interpolate(), { hint: "U", testid: "interpolate-now" }),
      !ready && h("p.menu-note", name ? t("slices.between.paintLabel", { name }) : t("slices.between.paintAny")),
      name && menuItem(t("slices.between.copy", { name }), () => slices.copyFromNearest(), { hint: t("slices.between.copyKeys"), testid: "copy-nearest" }),
      count > 0 && h("hr"),
      count > 0 && menuItem(t("slices.between.accept", { count }), () => interpolation.acceptAll(), { testid: "accept-interpolated" }),
      count > 0 && menuItem(t("slices.between.clear", { count }), () => interpolation.clearAll(), { testid: "clear-interpolated" }),
    ];
    toggleMenu(this.between, items, { testid: "interpolate-menu" });
  }

  #listen() {
    this.index.addEventListener("change", () => {
      const wanted = Number.parseInt(this.index.value, 10);
      if (Number.isFinite(wanted)) this.goTo(wanted - 1);
      this.render();
    });
    this.index.addEventListener("focus", () => this.index.select());
    this.index.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter" || event.key === "Escape") this.index.blur();
    });
  }

  render() {
    const { state } = this.store;
    const { voxels, plane, mainPane } = state;
    this.element.classList.toggle("is-blank", !voxels);
    if (!voxels) return;
    if (document.activeElement !== this.index) this.index.value = String(sliceOnScreen(state) + 1);
    this.#renderNames();
    setText(this.total, `/ ${voxels.size(plane).slices}`);
    const other = mainPane !== plane;
    this.notice.hidden = !other;
    this.actions.hidden = this.versions.hidden = other;
    if (other) {
      setText(this.planeText, t(`slices.bar.paintsIn.${plane}`));
      this.planeButton.hidden = mainPane === "3d" || !mayPaint(state);
      if (mainPane !== "3d") setText(this.planeButton, t(`slices.bar.paintIn.${mainPane}`));
    }
    this.#renderState();
  }

  /** What the fields and buttons are called on a scan, and on pictures. */
  #renderNames() {
    const kind = sliceKind(this.store.state);
    setAttr(this.index, "aria-label", t(`slices.bar.number.${kind}`));
    setAttr(this.shape, "title", t(`slices.bar.shapeTitle.${kind}`));
    setAttr(this.versions, "title", t(`slices.bar.historyTitle.${kind}`));
    setAttr(this.versions, "aria-label", t(`slices.bar.history.${kind}`));
    for (const { action, key, element } of this.buttons) setAttr(element, "title", t("toolbar.action.hint", { label: actionTitle(action, kind), key }));
  }

  /** How the slice came to be, where that says more than its state. @param {"painted" | "interpolated"} shown */
  #originText(shown) {
    const how = originText(this.store.state, sliceOnScreen(this.store.state));
    return how === t(`slices.origin.${shown}`) ? "" : how;
  }

  #renderState() {
    const shown = sliceState(this.store.state);
    this.shape.hidden = !canReshape(this.store.state);
    this.between.hidden = !mayEdit(this.store.state);
    const offered = offeredActions(this.store.state);
    this.state.dataset.state = shown;
    setText(this.state, shown === "predicted" && this.store.state.mask?.draft ? t("slices.state.draft") : t(`slices.state.${shown}`));
    setText(this.origin, shown === "painted" || shown === "interpolated" ? this.#originText(shown) : "");
    this.origin.title = this.origin.textContent ?? "";
    for (const { action, element } of this.buttons) element.hidden = !offered.has(action);
  }
}

/** What a button does, at length. @param {SliceAction} action @param {SliceKind} kind */
const actionTitle = (action, kind) => (action === "afresh" || action === "clear" ? t(`slices.action.${action}.title.${kind}`) : t(`slices.action.${action}.title`));

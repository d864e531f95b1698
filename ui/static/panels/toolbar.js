/** The tools (a column), and the settings of the active tool and of the view (a bar above the large pane). */
import { h, setAttr, setText } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { mayPaint } from "../state/access.js";
import { brushLimits } from "../state/limits.js";
import { isPictures } from "../state/pictures.js";
import { lacksPrompt, promptBlocker } from "../state/proposal.js";
import { shownOptions, toolById, TOOLS } from "../tools/registry.js";
import { frozenNote } from "./frozen_note.js";
import { outlineStatus } from "./outline_status.js";
import { windowMenu } from "./window_menu.js";
import { decimal, t } from "../words/index.js";

/**
 * @import { IconName } from "../lib/icons.js"
 * @import { Store } from "../state/store.js"
 * @typedef {Pick<import("../controllers/view.js").ViewController, "chooseTool" | "setBrush" | "setTolerance" | "setOpacity" |
 *   "toggleSimilarOnly" | "toggleProtect" | "toggleSmooth" | "toggleLabels" | "setWindow" | "resetWindow">} ViewIntents
 * @typedef {Pick<import("../controllers/preferences.js").PreferencesController, "toggle">} Preferences
 */

/**
 * The column of tools, with undo, redo and fit below them.
 * @param {Store} store
 * @param {{
 *   view: Pick<ViewIntents, "chooseTool">,
 *   steps: { undo: () => void, redo: () => void },
 *   fit: () => void,
 * }} intents
 */
export function toolColumn(store, { view, steps, fit }) {
  const buttons = TOOLS.map(({ id, label, icon: name }) =>
    h(
      "button.tool",
      { "data-testid": `tool-${id}`, "data-tool": id, "aria-label": label, "aria-pressed": "false", onclick: () => view.chooseTool(id) },
      icon(/** @type {IconName} */ (name), 20),
    ),
  );
  const action = (/** @type {IconName} */ name, /** @type {string} */ label, /** @type {string} */ key, /** @type {() => void} */ run, /** @type {string} */ testid = name) =>
    h("button.tool", { title: t("toolbar.action.hint", { label, key }), "aria-label": label, "data-testid": testid, onclick: run }, icon(name, 20));
  const undo = action("undo", t("toolbar.action.undo"), "Ctrl+Z", () => steps.undo());
  const rule = h("hr");
  const redo = action("redo", t("toolbar.action.redo"), "Ctrl+Shift+Z", () => steps.redo());
  store.on(["tool", "history", "mainPane", "plane", "voxels", "system", "proposal", "taking", "project", "login", "volume"], (state) => {
    const writes = mayPaint(state);
    const { tool, history, mainPane, plane, voxels, proposal, taking } = state;
    TOOLS.forEach(({ id, label, key, hint, hintOfPictures = hint, paints, prompt }, n) => {
      setAttr(buttons[n], "title", t("toolbar.column.toolHint", { label, key, hint: isPictures(state) ? hintOfPictures : hint }));
      setAttr(buttons[n], "aria-pressed", String(id === tool));
      buttons[n].disabled = !voxels || (paints && mainPane !== plane) || promptBlocker(state, prompt) !== null;
      buttons[n].hidden = lacksPrompt(state, prompt) || (paints && !writes);
    });
    undo.hidden = redo.hidden = rule.hidden = !writes;
    undo.disabled = !history.canUndo && !taking && (!proposal || proposal.offered); // it drops an own outline first
    redo.disabled = !history.canRedo;
  });
  return h("nav.tools", { "aria-label": t("toolbar.column.name") }, buttons, rule, undo, redo, h("hr"), action("fit", t("toolbar.action.fit"), "0", fit, "fit-view"));
}

/**
 * The bar: the options of the active tool, then how labels and the image are shown.
 * @param {Store} store
 * @param {{view: ViewIntents, preferences: Preferences, uncertainty: HTMLElement, threshold: HTMLElement}} given buttons of panels/uncertainty.js and threshold.js
 */
export function toolBar(store, { view, preferences, uncertainty, threshold }) {
  const name = h("span.bar-tool");
  const opacity = slider(t("toolbar.labels.opacity"), "opacity", { min: 0, max: 100 }, (at) => view.setOpacity(at / 100));
  const show = toggle("eye", t("labels.list.title"), t("toolbar.labels.showHint"), "show-labels", () => view.toggleLabels());
  show.classList.add("is-plain");
  /** @type {HTMLButtonElement} */
  const display = h("button.icon-button", { title: t("toolbar.window.menu"), "aria-label": t("toolbar.window.menu"), "data-testid": "window-menu", onclick: () => windowMenu(store, view, display) }, icon("contrast", 18));
  store.on("tool", ({ tool }) => setText(name, toolById(tool).label));
  store.on("maskOpacity", ({ maskOpacity }) => opacity.show(maskOpacity * 100));
  store.on("showLabels", ({ showLabels }) => {
    setAttr(show, "aria-pressed", String(showLabels));
    show.firstChild?.replaceWith(icon(showLabels ? "eye" : "eyeOff", 18));
  });
  return h(
    "div.tool-bar",
    name,
    frozenNote(store),
    toolOptions(store, view, preferences),
    threshold,
    outlineStatus(store),
    h("span.spacer"),
    uncertainty,
    show,
    h("label.bar-group", { title: t("toolbar.labels.opacity") }, opacity.input),
    display,
  );
}

/**
 * A control for each option, shown while the active tool has it.
 * @param {Store} store
 * @param {ViewIntents} view
 * @param {Preferences} preferences
 */
function toolOptions(store, view, preferences) {
  const size = slider(t("toolbar.options.brush"), "brush-size", { min: 0, max: 100, step: 0.5 }, (at) => view.setBrush(fromSlider(at, brushLimits(store.state))));
  const sizeText = h("span.num.bar-value");
  const tolerance = slider(t("toolbar.options.tolerance"), "tolerance", { min: 2, max: 60 }, (at) => view.setTolerance(at / 100));
  const toleranceText = h("span.num.bar-value");
  const controls = {
    brushMm: h("label.bar-group", { title: t("toolbar.options.brushHint") }, h("span", t("toolbar.options.size")), size.input, sizeText),
    penPressure: toggle("pressure", t("toolbar.options.pressure"), t("toolbar.options.pressureHint"), "pen-pressure", () => preferences.toggle("penPressure")),
    similarOnly: toggle("wand", t("toolbar.options.similar"), t("toolbar.options.similarHint"), "similar-only", () => view.toggleSimilarOnly()),
    tolerance: h("label.bar-group", { title: t("toolbar.options.toleranceHint") }, h("span.wide-only", t("toolbar.options.tolerance")), tolerance.input, toleranceText),
    protect: toggle("shield", t("toolbar.options.protect"), t("toolbar.options.protectHint"), "protect", () => view.toggleProtect()),
  };
  store.on(["tool", "similarOnly", "penSeen"], (state) => {
    /** @type {Set<string>} */
    const shown = shownOptions(toolById(state.tool), state);
    for (const [option, element] of Object.entries(controls)) element.hidden = !shown.has(option);
  });
  store.on(["brushMm", "volume"], (state) => {
    const { brushMm } = state;
    size.show(toSlider(brushMm, brushLimits(state)));
    setText(sizeText, `${decimal(brushMm, brushMm < 10 ? 1 : 0)} ${isPictures(state) ? "px" : "mm"}`);
  });
  store.on("tolerance", ({ tolerance: part }) => {
    tolerance.show(part * 100);
    setText(toleranceText, t("page.percent", { percent: Math.round(part * 100) }));
  });
  store.on("penPressure", ({ penPressure }) => setAttr(controls.penPressure, "aria-pressed", String(penPressure)));
  store.on("similarOnly", ({ similarOnly }) => setAttr(controls.similarOnly, "aria-pressed", String(similarOnly)));
  store.on("protect", ({ protect }) => setAttr(controls.protect, "aria-pressed", String(protect)));
  return Object.values(controls);
}

/**
 * @param {string} label
 * @param {string} testid
 * @param {{min: number, max: number, step?: number}} range
 * @param {(at: number) => void} moved
 */
function slider(label, testid, { min, max, step = 1 }, moved) {
  /** @type {HTMLInputElement} */
  const input = h("input", { type: "range", min, max, step, "aria-label": label, "data-testid": testid, oninput: () => moved(Number(input.value)) });
  // Let go by the mouse it gives the arrow keys back to the slices; reached by Tab it keeps them.
  input.addEventListener("pointerup", () => input.blur());
  const show = (/** @type {number} */ value) => {
    input.value = String(value);
    input.style.setProperty("--fill", `${((Number(input.value) - min) / (max - min)) * 100}%`);
  };
  return { input, show };
}

/**
 * @param {IconName} name of the icon
 * @param {string} text
 * @param {string} title
 * @param {string} testid
 * @param {() => void} run
 */
function toggle(name, text, title, testid, run) {
  return h(
    "button.icon-button.toggle.wide",
    { title, "aria-label": title, "aria-pressed": "false", "data-testid": testid, onclick: run },
    icon(name, 18),
    h("span.wide-only", text),
  );
}

/** @typedef {ReturnType<typeof brushLimits>} Limits */

// The slider is logarithmic: small brushes are where a millimetre matters.
const fromSlider = (/** @type {number} */ at, /** @type {Limits} */ { min, max }) => min * (max / min) ** (at / 100);
const toSlider = (/** @type {number} */ size, /** @type {Limits} */ { min, max }) => (Math.log(size / min) / Math.log(max / min)) * 100;

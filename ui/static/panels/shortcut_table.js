/** One table that is both what keys do and what the help overlay shows. The rows of tools come from their registry. */
import { TOOLS } from "../tools/registry.js";
import { SHAPES, shapeWords } from "../tools/shapes.js";
import { t } from "../words/index.js";

/** @import { PromptKind } from "../api/types.d.ts" */
/** @import { SliceKind } from "../state/slices.js" */

/**
 * What the keyboard can ask for.
 * @typedef {object} Actions
 * @property {(id: string) => void} tool
 * @property {(slices: number) => void} step
 * @property {(direction: number) => void} nextPainted
 * @property {() => void} paintNext
 * @property {() => unknown} previousDifference
 * @property {(factor: number) => void} zoom
 * @property {() => void} fit
 * @property {() => void} focusSlice
 * @property {() => void} nextPane
 * @property {(position: number) => void} label
 * @property {(steps: number) => void} brush
 * @property {() => unknown} undo
 * @property {() => unknown} redo
 * @property {() => boolean} finish
 * @property {() => void} cancel
 * @property {(action: "accept" | "empty" | "copy" | "clear") => void} slice
 * @property {() => void} toggleLock
 * @property {() => void} toggleThreshold
 * @property {() => void} copyFromNearest
 * @property {() => void} interpolate
 * @property {() => void} toggleLabels
 * @property {() => void} toggleUncertainty
 * @property {() => void} compareRuns
 * @property {() => void} sliceHistory
 * @property {() => void} pinComment
 * @property {() => void} resetWindow
 * @property {(shape: string) => void} reshape
 * @property {() => void} propagate
 * @property {() => void} toggleAuto
 * @property {() => void} help
 */

/**
 * A row: what the help shows (nothing without `text`), and what its keys do. `run` may return false to let the browser
 * act on the key too; a row that `repeats` runs again while the key is held. While the button is down over a stroke only
 * rows `whileDrawing` run: the others would change the slice, or the tool, under the hand.
 * @typedef {object} Shortcut
 * @property {string[]} [show]
 * @property {string} [join] stands between the keys shown
 * @property {string} [text]
 * @property {string[]} [match] names of chords, as `describe` gives them
 * @property {(event: KeyboardEvent) => unknown} [run]
 * @property {boolean} [repeats]
 * @property {boolean} [whileDrawing]
 * @property {PromptKind} [prompt] what the encoder must take, or the help leaves the row out
 *
 * @typedef {{title: string, rows: Shortcut[]}} Section
 */

/**
 * @param {Actions} actions
 * @param {SliceKind} [kind] what the help calls a slice; of pictures it leaves out what there is only between slices
 * @returns {Section[]}
 */
export function shortcutTable(actions, kind = "slice") {
  return [
    { title: t("keys.move.title"), rows: moveRows(actions, kind) },
    { title: t(`keys.${kind}.byKeyboard`), rows: keyboardRows(actions, kind) },
    { title: t("keys.mouse.title"), rows: mouseRows(kind) },
    { title: t("keys.touch.title"), rows: touchRows(kind) },
    { title: t("keys.paint.title"), rows: paintRows(actions, kind) },
    { title: t(`keys.${kind}.run`), rows: sliceRows(actions, kind) },
  ];
}

/**
 * @param {Actions} actions
 * @param {SliceKind} kind
 * @returns {Shortcut[]}
 */
function moveRows({ step, nextPainted, paintNext, previousDifference, zoom, fit, nextPane }, kind) {
  return [
    { show: ["\u2191", "\u2193"], text: t(`keys.${kind}.next`), match: ["arrowup", "arrowright"], run: () => step(1), repeats: true },
    { match: ["arrowdown", "arrowleft"], run: () => step(-1), repeats: true },
    { show: ["PgUp", "PgDn"], text: t(`keys.${kind}.five`), match: ["pageup"], run: () => step(5), repeats: true },
    { match: ["pagedown"], run: () => step(-5), repeats: true },
    { show: ["Home", "End"], text: t(`keys.${kind}.end`), match: ["home"], run: () => step(-1e6) },
    { match: ["end"], run: () => step(1e6) },
    { show: [",", "."], text: t(`keys.${kind}.painted`), match: [","], run: () => nextPainted(-1) },
    { match: ["."], run: () => nextPainted(1) },
    { show: ["J"], text: t(`keys.${kind}.paintNext`), match: ["j"], run: () => paintNext() },
    { show: ["Shift", "J"], text: t(`keys.${kind}.difference`), match: ["shift+j"], run: () => previousDifference() },
    { show: ["Space"], text: t("keys.move.pan"), match: [" "], run: ({ target }) => !(target instanceof Element && target.matches(":focus-visible")) },
    { show: ["+", "\u2212", "0"], text: t("keys.move.zoom"), match: ["+", "="], run: () => zoom(1.2), repeats: true },
    { match: ["-"], run: () => zoom(1 / 1.2), repeats: true },
    { match: ["0"], run: () => fit() },
    { show: ["M"], text: onScans(kind, t("keys.move.view")), match: ["m"], run: () => nextPane() },
  ];
}

/**
 * What viewer/keyboard_cursor.js does while the slice has the focus.
 * @param {Actions} actions
 * @param {SliceKind} kind
 * @returns {Shortcut[]}
 */
function keyboardRows({ focusSlice }, kind) {
  return [
    { show: ["/"], text: t(`keys.${kind}.focus`), match: ["/"], run: () => focusSlice() },
    { show: ["\u2190", "\u2192"], text: t(`keys.${kind}.step`) },
    { show: ["Shift", "\u2190"], text: t(`keys.${kind}.tenSteps`) },
    { show: ["Space"], text: t("keys.cursor.button") },
    { show: ["Shift", "Space"], text: t("keys.cursor.held") },
  ];
}

/**
 * @param {Actions} actions
 * @param {SliceKind} kind
 * @returns {Shortcut[]}
 */
function paintRows({ tool, label, toggleLock, toggleThreshold, brush, undo, redo, finish, cancel }, kind) {
  return [
    ...TOOLS.map(({ id, label: text, key, prompt }) => ({ show: key.split("+"), text, prompt, match: [key.toLowerCase()], run: () => tool(id) })),
    { show: ["1", "9"], join: t("keys.help.to"), text: t("keys.paint.label"), match: [..."123456789"], run: ({ key }) => label(Number(key)) },
    { show: ["Y"], text: t("keys.paint.lock"), match: ["y"], run: () => toggleLock() },
    { show: ["Z"], text: t("keys.paint.threshold"), match: ["z"], run: () => toggleThreshold() },
    { show: ["[", "]"], text: t("toolbar.options.brush"), match: ["["], run: () => brush(-1), repeats: true, whileDrawing: true },
    { match: ["]"], run: () => brush(1), repeats: true, whileDrawing: true },
    { show: ["Alt"], text: t("keys.paint.erase") },
    { show: ["Ctrl", "Z"], text: t("toolbar.action.undo"), match: ["ctrl+z"], run: () => undo(), repeats: true },
    { show: ["Ctrl", "Shift", "Z"], text: t("toolbar.action.redo"), match: ["ctrl+shift+z", "ctrl+y"], run: () => redo(), repeats: true },
    { show: ["Enter"], text: t(`keys.${kind}.finish`), match: ["enter"], run: () => finish() },
    { show: ["Esc"], text: t("keys.paint.giveUp"), match: ["escape"], run: () => cancel(), whileDrawing: true },
  ];
}

/**
 * @param {Actions} actions
 * @param {SliceKind} kind
 * @returns {Shortcut[]}
 */
function sliceRows({ slice, copyFromNearest, interpolate, reshape, toggleLabels, toggleUncertainty, compareRuns, sliceHistory, pinComment, resetWindow, propagate, toggleAuto, help }, kind) {
  return [
    { show: ["T"], text: t(`keys.${kind}.accept`), match: ["t"], run: () => slice("accept") },
    { show: ["N"], text: t(`keys.${kind}.empty`), match: ["n"], run: () => slice("empty") },
    { show: ["C"], text: onScans(kind, t("keys.between.copy")), match: ["c"], run: ({ shiftKey }) => (shiftKey ? copyFromNearest() : slice("copy")) },
    { show: ["Shift", "C"], text: onScans(kind, t("keys.between.copyNearest")) },
    { show: ["U"], text: onScans(kind, t("keys.between.interpolate")), match: ["u"], run: () => interpolate() },
    { show: ["Del"], text: t(`keys.${kind}.clear`), match: ["delete", "backspace"], run: () => slice("clear") },
    ...SHAPES.map((shape) => ({ show: [shape.key], text: shapeWords(shape, kind).text, match: [shape.key.toLowerCase()], run: () => reshape(shape.id) })),
    { show: ["O"], text: t("keys.run.labels"), match: ["o"], run: () => toggleLabels(), whileDrawing: true },
    { show: ["D"], text: t("keys.run.uncertainty"), match: ["d"], run: () => toggleUncertainty(), whileDrawing: true },
    { show: ["Shift", "D"], text: t("keys.run.compare"), match: ["shift+d"], run: () => compareRuns() },
    { show: ["Shift", "H"], text: t(`keys.${kind}.history`), match: ["shift+h"], run: () => sliceHistory() },
    { show: ["Shift", "N"], text: t(`keys.${kind}.comment`), match: ["shift+n"], run: () => pinComment() },
    { show: ["W"], text: t("keys.run.window"), match: ["w"], run: () => resetWindow() },
    { show: ["Ctrl", "Enter"], text: t("runs.card.propagate"), match: ["ctrl+enter"], run: () => propagate() },
    { show: ["A"], text: t("keys.run.auto"), match: ["a"], run: () => toggleAuto() },
    { show: ["?"], text: t("keys.run.overview"), match: ["?"], run: () => help() },
  ];
}

/** Pictures have nothing between them, and one view. @param {SliceKind} kind @param {string} text */
const onScans = (kind, text) => (kind === "slice" ? text : undefined);

/**
 * @param {SliceKind} kind
 * @returns {Shortcut[]}
 */
const mouseRows = (kind) => [
  { show: [t("keys.mouse.wheel")], text: t(`keys.${kind}.wheel`) },
  { show: ["Ctrl", t("keys.mouse.wheel")], text: t("keys.mouse.zoom") },
  { show: ["Shift", t("keys.mouse.wheel")], text: t("toolbar.options.brush") },
  { show: [t("keys.mouse.middleDrag")], text: t("keys.mouse.pan") },
  { show: [t("keys.mouse.rightDrag")], text: t("keys.mouse.window") },
];

/**
 * @param {SliceKind} kind
 * @returns {Shortcut[]}
 */
const touchRows = (kind) => [
  { show: [t("keys.touch.oneFinger")], text: t(`keys.${kind}.finger`) },
  { show: [t("keys.touch.twoFingers")], text: t("keys.touch.move") },
  { show: [t("keys.touch.pen")], text: t("keys.touch.penPaints") },
];

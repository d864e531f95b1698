/** One table that is both what keys do and what the help overlay shows. The rows of tools come from their registry. */
import { TOOLS } from "../tools/registry.js";
import { SHAPES } from "../tools/shapes.js";

/** @import { PromptKind } from "../api/types.d.ts" */

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
 * @returns {Section[]}
 */
export function shortcutTable(actions) {
  return [
    { title: "Move", rows: moveRows(actions) },
    { title: "Slice by keyboard", rows: keyboardRows(actions) },
    { title: "Mouse", rows: MOUSE_ROWS },
    { title: "Fingers and pen", rows: TOUCH_ROWS },
    { title: "Paint", rows: paintRows(actions) },
    { title: "Slice and run", rows: sliceRows(actions) },
  ];
}

/**
 * @param {Actions} actions
 * @returns {Shortcut[]}
 */
function moveRows({ step, nextPainted, paintNext, previousDifference, zoom, fit, nextPane }) {
  return [
    { show: ["\u2191", "\u2193"], text: "Next or previous slice", match: ["arrowup", "arrowright"], run: () => step(1), repeats: true },
    { match: ["arrowdown", "arrowleft"], run: () => step(-1), repeats: true },
    { show: ["PgUp", "PgDn"], text: "Five slices", match: ["pageup"], run: () => step(5), repeats: true },
    { match: ["pagedown"], run: () => step(-5), repeats: true },
    { show: ["Home", "End"], text: "First or last slice", match: ["home"], run: () => step(-1e6) },
    { match: ["end"], run: () => step(1e6) },
    { show: [",", "."], text: "Painted slice before or after; of those marked on the ribbon, if some are", match: [","], run: () => nextPainted(-1) },
    { match: ["."], run: () => nextPainted(1) },
    { show: ["J"], text: "Slice to paint next; in a review, the next to look at; of two runs compared, the next that differs", match: ["j"], run: () => paintNext() },
    { show: ["Shift", "J"], text: "While two runs are compared, the differing slice before", match: ["shift+j"], run: () => previousDifference() },
    { show: ["Space"], text: "Hold and drag to pan", match: [" "], run: ({ target }) => !(target instanceof Element && target.matches(":focus-visible")) },
    { show: ["+", "\u2212", "0"], text: "Zoom in, out, fit", match: ["+", "="], run: () => zoom(1.2), repeats: true },
    { match: ["-"], run: () => zoom(1 / 1.2), repeats: true },
    { match: ["0"], run: () => fit() },
    { show: ["M"], text: "Another view large", match: ["m"], run: () => nextPane() },
  ];
}

/**
 * What viewer/keyboard_cursor.js does while the slice has the focus.
 * @param {Actions} actions
 * @returns {Shortcut[]}
 */
function keyboardRows({ focusSlice }) {
  return [
    { show: ["/"], text: "Put the keyboard on the slice", match: ["/"], run: () => focusSlice() },
    { show: ["\u2190", "\u2192"], text: "There, with the other arrows: one voxel" },
    { show: ["Shift", "\u2190"], text: "Ten voxels" },
    { show: ["Space"], text: "The tool's button: hold to paint, a corner" },
    { show: ["Shift", "Space"], text: "Button down until Space comes again" },
  ];
}

/**
 * @param {Actions} actions
 * @returns {Shortcut[]}
 */
function paintRows({ tool, label, toggleLock, toggleThreshold, brush, undo, redo, finish, cancel }) {
  return [
    ...TOOLS.map(({ id, label: text, key, prompt }) => ({ show: key.split("+"), text, prompt, match: [key.toLowerCase()], run: () => tool(id) })),
    { show: ["1", "9"], join: "to", text: "Choose a label", match: [..."123456789"], run: ({ key }) => label(Number(key)) },
    { show: ["Y"], text: "Lock or unlock the active label", match: ["y"], run: () => toggleLock() },
    { show: ["Z"], text: "Threshold range on or off", match: ["z"], run: () => toggleThreshold() },
    { show: ["[", "]"], text: "Brush size", match: ["["], run: () => brush(-1), repeats: true, whileDrawing: true },
    { match: ["]"], run: () => brush(1), repeats: true, whileDrawing: true },
    { show: ["Alt"], text: "Hold to erase" },
    { show: ["Ctrl", "Z"], text: "Undo", match: ["ctrl+z"], run: () => undo(), repeats: true },
    { show: ["Ctrl", "Shift", "Z"], text: "Redo", match: ["ctrl+shift+z", "ctrl+y"], run: () => redo(), repeats: true },
    { show: ["Enter"], text: "Close the contour, take the outline; in a review, accept the slice", match: ["enter"], run: () => finish() },
    { show: ["Esc"], text: "Give up the stroke, contour or outline", match: ["escape"], run: () => cancel(), whileDrawing: true },
  ];
}

/**
 * @param {Actions} actions
 * @returns {Shortcut[]}
 */
function sliceRows({ slice, copyFromNearest, interpolate, reshape, toggleLabels, toggleUncertainty, compareRuns, sliceHistory, pinComment, resetWindow, propagate, toggleAuto, help }) {
  return [
    { show: ["T"], text: "Take the prediction, or what was interpolated, as painted", match: ["t"], run: () => slice("accept") },
    { show: ["N"], text: "Nothing on this slice", match: ["n"], run: () => slice("empty") },
    { show: ["C"], text: "Copy to the next slice", match: ["c"], run: ({ shiftKey }) => (shiftKey ? copyFromNearest() : slice("copy")) },
    { show: ["Shift", "C"], text: "Copy the active label from the nearest painted slice" },
    { show: ["U"], text: "Interpolate between painted slices", match: ["u"], run: () => interpolate() },
    { show: ["Del"], text: "Clear the slice; start a predicted one afresh", match: ["delete", "backspace"], run: () => slice("clear") },
    ...SHAPES.map(({ id, text, key }) => ({ show: [key], text, match: [key.toLowerCase()], run: () => reshape(id) })),
    { show: ["O"], text: "Show or hide labels", match: ["o"], run: () => toggleLabels(), whileDrawing: true },
    { show: ["D"], text: "Show uncertainty: where the mask may be wrong", match: ["d"], run: () => toggleUncertainty(), whileDrawing: true },
    { show: ["Shift", "D"], text: "Compare two runs: where they differ", match: ["shift+d"], run: () => compareRuns() },
    { show: ["Shift", "H"], text: "History of the slice: its earlier versions", match: ["shift+h"], run: () => sliceHistory() },
    { show: ["Shift", "N"], text: "Pin a comment: then click a place, or press Space on the slice", match: ["shift+n"], run: () => pinComment() },
    { show: ["W"], text: "Window as opened", match: ["w"], run: () => resetWindow() },
    { show: ["Ctrl", "Enter"], text: "Propagate", match: ["ctrl+enter"], run: () => propagate() },
    { show: ["A"], text: "Auto: propagate once painting rests", match: ["a"], run: () => toggleAuto() },
    { show: ["?"], text: "This overview", match: ["?"], run: () => help() },
  ];
}

/** @type {Shortcut[]} */
const MOUSE_ROWS = [
  { show: ["Wheel"], text: "Slices" },
  { show: ["Ctrl", "Wheel"], text: "Zoom" },
  { show: ["Shift", "Wheel"], text: "Brush size" },
  { show: ["Middle drag"], text: "Pan" },
  { show: ["Right drag"], text: "Window: across width, down level" },
];

/** @type {Shortcut[]} */
const TOUCH_ROWS = [
  { show: ["One finger"], text: "Paint; on a side view, slices" },
  { show: ["Two fingers"], text: "Pan and zoom" },
  { show: ["Pen"], text: "Paint, while fingers only move" },
];

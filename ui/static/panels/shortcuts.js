/** The keyboard: one table that is both what keys do and what the help overlay shows. */
import { openDialog } from "../lib/dialog.js";
import { h, isTyping } from "../lib/dom.js";
import { closeMenu } from "../lib/menu.js";
import { TOOLS } from "../tools/tools.js";

const SLIDER_KEYS = /^(Arrow|Page|Home|End)/;

/** `actions` is the set of verbs the application offers (see main.js). */
export function installShortcuts(actions, keys) {
  const table = shortcutTable(actions);
  const byKey = new Map(table.flatMap(({ rows }) => rows.flatMap(({ match, run }) => match.map((key) => [key, run]))));
  addEventListener("keydown", (event) => {
    keys.add(event.key);
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    if (event.target.matches?.("input[type=range]") && SLIDER_KEYS.test(event.key)) return;
    const run = byKey.get(describe(event));
    if (!run || (event.repeat && !run.repeats)) return run && event.preventDefault();
    if (run(event) !== false) event.preventDefault();
  });
  addEventListener("keyup", (event) => keys.delete(event.key));
  addEventListener("blur", () => keys.clear());
  return () => showHelp(table);
}

/** "ctrl+shift+z", "arrowup", "?" - one name per chord; Cmd counts as Ctrl. */
function describe(event) {
  const parts = [];
  if (event.ctrlKey || event.metaKey) parts.push("ctrl");
  if (event.shiftKey && (event.key.length > 1 || event.ctrlKey || event.metaKey)) parts.push("shift");
  return [...parts, event.key.toLowerCase()].join("+");
}

const repeating = (fn) => Object.assign(fn, { repeats: true });

function shortcutTable(a) {
  const tool = ([id, { name, key }]) => ({ show: [key], text: name, match: [key.toLowerCase()], run: () => a.tool(id) });
  return [
    {
      title: "Move",
      rows: [
        { show: ["\u2191", "\u2193"], text: "Next or previous slice", match: ["arrowup", "arrowright"], run: repeating(() => a.step(1)) },
        { show: [], match: ["arrowdown", "arrowleft"], run: repeating(() => a.step(-1)) },
        { show: ["PgUp", "PgDn"], text: "Five slices", match: ["pageup"], run: repeating(() => a.step(5)) },
        { show: [], match: ["pagedown"], run: repeating(() => a.step(-5)) },
        { show: ["Home", "End"], text: "First or last slice", match: ["home"], run: () => a.step(-1e6) },
        { show: [], match: ["end"], run: () => a.step(1e6) },
        { show: [",", "."], text: "Painted slice before or after", match: [","], run: () => a.nextPainted(-1) },
        { show: [], match: ["."], run: () => a.nextPainted(1) },
        { show: ["Space"], text: "Hold and drag to pan", match: [" "], run: (event) => !event.target.matches?.(":focus-visible") },
        { show: ["+", "\u2212", "0"], text: "Zoom in, out, fit", match: ["+", "="], run: repeating(() => a.zoom(1.2)) },
        { show: [], match: ["-"], run: repeating(() => a.zoom(1 / 1.2)) },
        { show: [], match: ["0"], run: () => a.fit() },
        { show: ["M"], text: "Another view large", match: ["m"], run: () => a.nextPane() },
      ],
    },
    {
      title: "Paint",
      rows: [
        ...Object.entries(TOOLS).map(tool),
        { show: ["1", "9"], join: "to", text: "Choose a label", match: [..."123456789"], run: (event) => a.label(Number(event.key)) },
        { show: ["[", "]"], text: "Brush size", match: ["["], run: repeating(() => a.brush(-1)) },
        { show: [], match: ["]"], run: repeating(() => a.brush(1)) },
        { show: ["Alt"], text: "Hold to erase", match: [], run: () => {} },
        { show: ["Ctrl", "Z"], text: "Undo", match: ["ctrl+z"], run: repeating(() => a.undo()) },
        { show: ["Ctrl", "Shift", "Z"], text: "Redo", match: ["ctrl+shift+z", "ctrl+y"], run: repeating(() => a.redo()) },
        { show: ["Enter"], text: "Close the polygon", match: ["enter"], run: () => a.closePolygon() },
        { show: ["Esc"], text: "Give up the contour", match: ["escape"], run: () => (closeMenu(), a.cancel()) },
      ],
    },
    {
      title: "Slice and run",
      rows: [
        { show: ["T"], text: "Take the prediction as painted", match: ["t"], run: () => a.accept() },
        { show: ["N"], text: "Nothing on this slice", match: ["n"], run: () => a.markEmpty() },
        { show: ["C"], text: "Copy to the next slice", match: ["c"], run: () => a.copyNext() },
        { show: ["Del"], text: "Clear the slice", match: ["delete", "backspace"], run: () => a.clear() },
        { show: ["O"], text: "Show or hide labels", match: ["o"], run: () => a.toggleLabels() },
        { show: ["D"], text: "Show doubt: where the mask may be wrong", match: ["d"], run: () => a.toggleDoubt() },
        { show: ["W"], text: "Window as opened", match: ["w"], run: () => a.resetWindow() },
        { show: ["Ctrl", "Enter"], text: "Propagate", match: ["ctrl+enter"], run: () => a.propagate() },
        { show: ["?"], text: "This overview", match: ["?"], run: () => a.help() },
      ],
    },
    {
      title: "Mouse",
      rows: [
        { show: ["Wheel"], text: "Slices", match: [], run: null },
        { show: ["Ctrl", "Wheel"], text: "Zoom", match: [], run: null },
        { show: ["Shift", "Wheel"], text: "Brush size", match: [], run: null },
        { show: ["Middle drag"], text: "Pan", match: [], run: null },
        { show: ["Right drag"], text: "Window: across width, down level", match: [], run: null },
      ],
    },
  ];
}

function showHelp(table) {
  const keysOf = ({ show, join }) => show.flatMap((key, n) => [n > 0 && join && h("span.dim", join), h("kbd", key)]);
  const sections = table.map(({ title, rows }) =>
    h("section", h("h3", title), h("dl", rows.filter(({ text }) => text).map((row) => h("div", h("dt", row.text), h("dd", keysOf(row)))))),
  );
  openDialog("Keyboard and mouse", h("div.help-grid", sections), { testid: "help", wide: true });
}

/** What the keyboard does: keys run rows of the shortcut table, and the help overlay shows the same table. */
import { openDialog } from "../lib/dialog.js";
import { h, isTyping } from "../lib/dom.js";
import { t } from "../words/index.js";
import { shortcutTable } from "./shortcut_table.js";

/**
 * @import { PromptKind } from "../api/types.d.ts"
 * @import { SliceKind } from "../state/slices.js"
 * @import { Actions, Section, Shortcut } from "./shortcut_table.js"
 */

const SLIDER_KEYS = /^(Arrow|Page|Home|End)/;

/**
 * Listen to the keyboard.
 * @param {Actions} actions what the application offers
 * @param {object} page
 * @param {Set<string>} page.keys filled with the keys that are held down
 * @param {() => boolean} page.isDrawing whether a stroke is being drawn, under which nothing else may change
 * @param {(prompt?: PromptKind) => boolean} page.lacks whether the encoder does not take these prompts
 * @param {() => SliceKind} page.sliceKind what the help calls a slice
 * @returns {() => void} shows the help overlay
 */
export function installShortcuts(actions, { keys, isDrawing, lacks, sliceKind }) {
  const byKey = shortcutsByKey(shortcutTable(actions));
  addEventListener("keydown", (event) => {
    keys.add(event.key);
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    if (event.target instanceof Element && event.target.matches("input[type=range]") && SLIDER_KEYS.test(event.key)) return;
    const row = rowOf(byKey, event);
    if (!row?.run) return;
    if ((event.repeat && !row.repeats) || (isDrawing() && !row.whileDrawing)) return event.preventDefault();
    if (row.run(event) !== false) event.preventDefault();
  });
  addEventListener("keyup", (event) => keys.delete(event.key));
  addEventListener("blur", () => keys.clear());
  return () => showHelp(shortcutTable(actions, sliceKind()), (row) => Boolean(row.text) && !lacks(row.prompt));
}

/**
 * @param {Section[]} table
 * @returns {Map<string, Shortcut>}
 */
export function shortcutsByKey(table) {
  return new Map(table.flatMap(({ rows }) => rows.flatMap((row) => (row.match ?? []).map((key) => /** @type {const} */ ([key, row])))));
}

/**
 * What a key does: Shift with a letter has a row of its own, or does what the letter does.
 * @param {Map<string, Shortcut>} byKey
 * @param {Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey">} event
 */
export function rowOf(byKey, event) {
  const chord = describe(event);
  return (event.shiftKey ? byKey.get(`shift+${chord}`) : undefined) ?? byKey.get(chord);
}

/**
 * "ctrl+shift+z", "arrowup", "?" - one name per chord; Cmd counts as Ctrl.
 * @param {Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey">} event
 */
export function describe({ key, ctrlKey, metaKey, shiftKey }) {
  const parts = [];
  if (ctrlKey || metaKey) parts.push("ctrl");
  if (shiftKey && (key.length > 1 || ctrlKey || metaKey)) parts.push("shift");
  return [...parts, key.toLowerCase()].join("+");
}

/**
 * @param {Section[]} table
 * @param {(row: Shortcut) => boolean} isListed
 */
function showHelp(table, isListed) {
  const keysOf = (/** @type {Shortcut} */ { show = [], join }) => show.flatMap((key, n) => [n > 0 && join && h("span.dim", join), h("kbd", key)]);
  const sections = table.map(({ title, rows }) =>
    h("section", h("h3", title), h("dl", rows.filter(isListed).map((row) => h("div", h("dt", row.text), h("dd", keysOf(row)))))),
  );
  openDialog(t("page.help.keys"), h("div.help-grid", sections), { testid: "help", wide: true });
}

/**
 * What a painting tool is, and the list of those there are. A tool is one file that calls `registerTool` and one line in
 * registry.js; the toolbar, the keyboard and the help list read `TOOLS`, the editor calls what the tool offers.
 */

/** @import { Gesture } from "./gesture.js" */
/** @import { Hud } from "./hud.js" */
/** @import { PromptKind } from "../api/types.d.ts" */
/** @typedef {{ column: number, row: number }} Point A place on the slice in display units; cell n spans n to n + 1. */
/** @typedef {"brushMm" | "penPressure" | "similarOnly" | "tolerance" | "protect"} OptionId A key of the store that a tool heeds. */

/**
 * A gesture begins with `down` and ends with the button (`up`), unless the tool is `multiClick`: then each press calls
 * `down` with the same gesture, until `down` returns true or the user closes (`finish`) or gives up (Esc).
 *
 * @typedef {object} Tool
 * @property {string} id what the store's `tool` holds
 * @property {string} label its name on the page
 * @property {string} [step] what undo calls it, in the middle of a sentence; its name where there is none
 * @property {string} hint one sentence for the tooltip
 * @property {string} [hintOfPictures] the same where slices are unrelated pictures
 * @property {string | string[]} icon a name of lib/icons.js, or SVG path data on a 20 x 20 grid
 * @property {string} key the key that chooses it, such as "B" or "Shift+B"
 * @property {string} cursor CSS cursor over the pane it paints on
 * @property {boolean} paints whether it changes slices; one that does not works in every pane
 * @property {OptionId[]} options what can be set about it
 * @property {PromptKind} [prompt] what it asks the encoder's own decoder; a server whose encoder has none does without it
 * @property {boolean} [multiClick] a gesture goes on after the button was released; changing the slice gives it up
 * @property {(gesture: Gesture, point: Point) => boolean | void} [down] the button was pressed; true ends the gesture
 * @property {(gesture: Gesture, point: Point) => void} [move] called for each point the device reports while the button is
 *   down, the one it was pressed at included
 * @property {(gesture: Gesture) => void} [up] the button was released
 * @property {(gesture: Gesture) => void} [finish] Enter or a double-click
 * @property {(gesture: Gesture) => void} [cancel] another tool or another slice; what is not committed by then is undone, as
 *   Esc undoes all of it
 * @property {(context: CanvasRenderingContext2D, hud: Hud) => void} [draw] draws what moves with the pointer
 */

/** @type {Tool[]} The tools in the order of the toolbar. */
export const TOOLS = [];

/**
 * Add a tool to the end of the list.
 *
 * @template {Tool} T
 * @param {T} tool
 * @returns {T}
 */
export function registerTool(tool) {
  for (const other of TOOLS) {
    if (other.id === tool.id) throw new Error(`There must be one tool of each id, got a second ${tool.id}.`);
    if (other.key === tool.key) throw new Error(`${tool.id} and ${other.id} must not have the same key, ${tool.key}.`);
  }
  if (tool.paints && !tool.down) throw new Error(`${tool.id} paints, so it must have a function down.`);
  TOOLS.push(tool);
  return tool;
}

/**
 * The tool of an id.
 *
 * @param {string} id
 * @returns {Tool}
 */
export function toolById(id) {
  const found = TOOLS.find((tool) => tool.id === id);
  if (!found) throw new Error(`There is no tool ${id}, only ${TOOLS.map((tool) => tool.id).join(", ")}.`);
  return found;
}

/**
 * The options of a tool that have an effect now: a tolerance has none while "similar only" is offered and off, pressure none
 * without a pen.
 *
 * @param {Tool} tool
 * @param {{ similarOnly: boolean, penSeen: boolean }} state
 * @returns {Set<OptionId>}
 */
export function shownOptions(tool, state) {
  const shown = new Set(tool.options);
  if (shown.has("similarOnly") && !state.similarOnly) shown.delete("tolerance");
  if (!state.penSeen) shown.delete("penPressure");
  return shown;
}

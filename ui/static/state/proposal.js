/** Prompts for SAM's own decoder: where they lie on a slice, and what the state says about them. Pure. */
import { PromptKind } from "../api/contract.js";
import { clamp } from "../lib/dom.js";
import { isPictures } from "./pictures.js";
import { sliceOnScreen } from "./slices.js";
import { t } from "../words/index.js";

/**
 * @import { AppState, Proposal, Rect } from "./types.d.ts"
 * @typedef {{ column: number, row: number }} Place
 * @typedef {{ width: number, height: number }} Size columns and rows of a slice
 */

/** How many slices away from where a box was taken it is offered. */
const OFFERED_WITHIN = 5;
const MIN_CELLS = 1;

/**
 * Whether the encoder is known not to take prompts of a kind, so that their tool is not there.
 * @param {Pick<AppState, "system">} state
 * @param {import("../api/types.d.ts").PromptKind} [kind]
 */
export const lacksPrompt = ({ system }, kind) => Boolean(kind && system?.prompts && !system.prompts.includes(kind));

/**
 * Why prompts of a kind cannot be given, in words that say what to do; null when they can, or none is given.
 * @param {Pick<AppState, "system">} state
 * @param {import("../api/types.d.ts").PromptKind} [kind]
 */
export function promptBlocker({ system }, kind) {
  if (!kind || system?.prompts?.includes(kind)) return null;
  if (!system?.prompts) return t("toolbar.prompts.loading");
  if (kind === PromptKind.BOX) return t("toolbar.prompts.noBoxes");
  return t("toolbar.prompts.noPoints");
}

/**
 * A box after a point moved the sides that are held.
 * @param {Rect} box
 * @param {NonNullable<Proposal["held"]>} held
 * @param {Place} point
 * @param {Size} size
 * @returns {Rect}
 */
export function moveSides(box, held, point, { width, height }) {
  const moved = { ...box };
  if (held.column !== null) [moved.x0, moved.x1] = inOrder(held.column, clamp(point.column, 0, width));
  if (held.row !== null) [moved.y0, moved.y1] = inOrder(held.row, clamp(point.row, 0, height));
  return moved;
}

/** @param {number} a @param {number} b @returns {[number, number]} */
const inOrder = (a, b) => (a < b ? [a, b] : [b, a]);

/**
 * Which sides of a box lie under a point: what stays while they are dragged. Null where none does.
 * @param {Rect} box
 * @param {Place} point
 * @param {{ column: number, row: number }} reach how far from a side still counts, in cells
 * @returns {Proposal["held"]}
 */
export function sidesAt({ x0, y0, x1, y1 }, { column, row }, reach) {
  if (column < x0 - reach.column || column > x1 + reach.column || row < y0 - reach.row || row > y1 + reach.row) return null;
  const held = { column: opposite(column, x0, x1, reach.column), row: opposite(row, y0, y1, reach.row) };
  return held.column === null && held.row === null ? null : held;
}

/**
 * What `sidesAt` says, but only at the corners and the middles of the sides: a box may begin on a side that is only offered.
 * @param {Rect} box
 * @param {Place} point
 * @param {{ column: number, row: number }} reach
 */
export function handleAt(box, point, reach) {
  const held = sidesAt(box, point, reach);
  const middle = { column: (box.x0 + box.x1) / 2, row: (box.y0 + box.y1) / 2 };
  if (held?.column === null && Math.abs(point.column - middle.column) > reach.column) return null;
  if (held?.row === null && Math.abs(point.row - middle.row) > reach.row) return null;
  return held;
}

/**
 * The far one of two sides if the near one is within reach, else null.
 * @param {number} at
 * @param {number} low
 * @param {number} high
 * @param {number} reach
 */
function opposite(at, low, high, reach) {
  const [near, far] = Math.abs(at - low) < Math.abs(at - high) ? [low, high] : [high, low];
  return Math.abs(at - near) <= reach ? far : null;
}

/**
 * Whether there is something to ask: a box that holds a cell, or a point.
 * @param {Proposal} proposal
 */
export function canBeAsked({ kind, box, points }) {
  return kind === PromptKind.BOX ? box.x1 - box.x0 >= MIN_CELLS && box.y1 - box.y0 >= MIN_CELLS : points.length > 0;
}

/**
 * Whether two proposals are the same question.
 * @param {Proposal} a
 * @param {Proposal} b
 */
export const sameQuestion = (a, b) => a.plane === b.plane && a.index === b.index && a.box === b.box && a.points === b.points;

/**
 * Whether a proposal is for the slice, label and tool of the screen.
 * @param {AppState} state
 * @param {Proposal} proposal
 */
export function isOnScreen(state, { plane, index, value, kind }) {
  return state.plane === plane && state.mainPane === plane && sliceOnScreen(state) === index && state.activeLabel === value && state.tool === kind;
}

/**
 * The proposal that a box taken on a slice nearby makes for the slice on screen, or null: on unrelated pictures it would mean nothing.
 * @param {AppState} state
 * @param {Proposal | null} taken
 * @returns {Proposal | null}
 */
export function offerFrom(state, taken) {
  const { annotations, proposal } = state;
  if (!taken || !annotations || proposal || isPictures(state)) return null;
  const index = sliceOnScreen(state);
  const distance = Math.abs(index - taken.index);
  const offer = /** @type {Proposal} */ ({ ...taken, id: Symbol(taken.kind), index, offered: true, held: null, cells: null, edges: [], state: "asked" });
  if (!distance || distance > OFFERED_WITHIN || !isOnScreen(state, offer)) return null;
  return annotations.values(index).includes(taken.value) ? null : offer;
}

/**
 * Cells of a slice of an answer, one bit each.
 * @param {Uint8Array} bits
 * @param {number} count
 */
export function unpackBits(bits, count) {
  const cells = new Uint8Array(count);
  for (let at = 0; at < count; at++) cells[at] = (bits[at >> 3] >> (7 - (at & 7))) & 1;
  return cells;
}

/**
 * Where cells end: x0, y0, x1, y1 of each edge, in cell corners.
 * @param {Uint8Array} cells rows x columns
 * @param {Size} size
 */
export function edgesOf(cells, { width, height }) {
  /** @type {number[]} */
  const edges = [];
  const inside = (/** @type {number} */ x, /** @type {number} */ y) => (x >= 0 && y >= 0 && x < width && y < height ? cells[y * width + x] : 0);
  const last = Math.floor(cells.lastIndexOf(1) / width) + 1; // 0 where there is none
  for (let y = Math.max(0, Math.floor(cells.indexOf(1) / width)); y <= last && last > 0; y++) {
    for (let x = 0; x <= width; x++) {
      const here = inside(x, y);
      if (here !== inside(x - 1, y)) edges.push(x, y, x, y + 1);
      if (here !== inside(x, y - 1)) edges.push(x, y, x + 1, y);
    }
  }
  return edges;
}

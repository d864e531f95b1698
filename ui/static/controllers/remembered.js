/** What this browser remembers from one visit to the next: what was open, and how each volume was left. */
import { Plane } from "../api/contract.js";
import { onPicture } from "../state/pictures.js";
import { isSeed } from "../state/run_choice.js";
import { ALL_BY_DATE, FILTERS, ORDERS } from "../state/volume_list.js";

/**
 * @import { PlaneName, Triple } from "../api/types.d.ts"
 * @import { AppState, PaneName } from "../state/types.d.ts"
 */

const LAST_OPEN = "fewshot-sam:last";
const VIEWS = "fewshot-sam:views";
const MAX_VIEWS = 100; // volumes whose view is kept, the latest ones
const WRITE_DELAY_MS = 300; // scrolling changes the view sixty times a second

/** @param {string} key */
function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null; // storage is blocked, or holds something else
  }
}

/**
 * @param {string} key
 * @param {unknown} value
 */
function write(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // storage is blocked or full: the next visit starts afresh
  }
}

/** @returns {{project?: string, volume?: string | null}} ids of the project and volume that were open last */
export const recallOpen = () => read(LAST_OPEN) ?? {};

/** @param {{project: string, volume: string | null}} open */
export const rememberOpen = (open) => write(LAST_OPEN, open);

const LOCKS = "fewshot-sam:locked";
const LISTS = "fewshot-sam:lists";
const RUN_CHOICES = "fewshot-sam:run-choices";
const MAX_PROJECTS = 100; // of which something is kept, the latest ones

/**
 * @param {string} key
 * @returns {Map<string, unknown>} what is kept under a key by project id, the latest last
 */
function storedByProject(key) {
  const found = read(key);
  return new Map(Array.isArray(found) ? found.filter((entry) => Array.isArray(entry) && entry.length === 2) : []);
}

/**
 * @param {string} key
 * @param {string} projectId
 * @param {unknown} value null keeps nothing
 */
function rememberOfProject(key, projectId, value) {
  const kept = storedByProject(key);
  kept.delete(projectId);
  if (value !== null) kept.set(projectId, value);
  write(key, [...kept].slice(-MAX_PROJECTS));
}

/**
 * @param {string} projectId
 * @returns {number[]} values of the labels that are locked
 */
export function recallLocks(projectId) {
  const found = storedByProject(LOCKS).get(projectId);
  return Array.isArray(found) ? found.filter(Number.isInteger) : [];
}

/**
 * @param {string} projectId
 * @param {number[]} values
 */
export const rememberLocks = (projectId, values) => rememberOfProject(LOCKS, projectId, values.length ? values : null);

/**
 * How the volumes of a project are listed; all by date where nothing, or something else, is kept.
 * @param {string} projectId
 * @returns {import("../state/volume_list.js").VolumeFilter}
 */
export function recallList(projectId) {
  const { state, order } = /** @type {Record<string, unknown>} */ (storedByProject(LISTS).get(projectId) ?? {});
  const kept = { state: FILTERS.find(([each]) => each === state)?.[0], order: ORDERS.find((each) => each.order === order)?.order };
  return { text: "", state: kept.state ?? ALL_BY_DATE.state, order: kept.order ?? ALL_BY_DATE.order };
}

/**
 * What was searched for is not kept.
 * @param {string} projectId
 * @param {import("../state/volume_list.js").VolumeFilter} list
 */
export function rememberList(projectId, { state, order }) {
  rememberOfProject(LISTS, projectId, state === ALL_BY_DATE.state && order === ALL_BY_DATE.order ? null : { state, order });
}

/**
 * @param {string} projectId
 * @returns {import("../state/types.d.ts").RunChoice} the defaults where nothing, or something else, is kept
 */
export function recallRunChoice(projectId) {
  const { method, encoder, seed, afresh, sources } = /** @type {Record<string, unknown>} */ (storedByProject(RUN_CHOICES).get(projectId) ?? {});
  const text = (/** @type {unknown} */ value) => (typeof value === "string" && value ? value : null);
  return { method: text(method), encoder: text(encoder), seed: isSeed(seed) ? seed : 0, afresh: afresh === true, ...(Array.isArray(sources) && { sources: sources.filter((each) => text(each)) }) };
}

/**
 * @param {string} projectId
 * @param {import("../state/types.d.ts").RunChoice} choice
 */
export function rememberRunChoice(projectId, choice) {
  const isDefault = choice.method === null && choice.encoder === null && choice.seed === 0 && !choice.afresh && !choice.sources;
  rememberOfProject(RUN_CHOICES, projectId, isDefault ? null : choice);
}

/**
 * How a volume was left: the voxel at the crosshair, the plane that was painted in, the large pane, and the window.
 * @typedef {{cursor: Triple, plane: PlaneName, mainPane: PaneName, window: [number, number]}} View
 */

/** Keeps the view of the volume on screen, and gives it back when the volume is opened again. */
export class ViewMemory {
  /** @type {{id: string, view: View} | null} not written yet */
  #pending = null;
  #timer = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);

  /** @param {import("../state/store.js").Store} store */
  constructor(store) {
    store.on(["cursor", "plane", "mainPane", "window", "voxels"], (state) => this.#note(state), { now: false });
    globalThis.addEventListener?.("pagehide", () => this.flush());
  }

  /**
   * The view to open a volume with: as it was left, or its middle in the window and plane that its summary names.
   * @param {{id: string, shape: Triple, plane: PlaneName, window: [number, number], pictures?: readonly {rows: number, columns: number}[]}} summary
   * @returns {View}
   */
  viewOf({ id, shape, plane, window, pictures }) {
    this.flush();
    const found = stored().get(id);
    const left = isView(found) ? found : null;
    const fits = left && left.cursor.every((at, axis) => at < shape[axis]);
    return {
      cursor: fits ? onPicture({ shape, pictures }, left.cursor) : middle(shape, pictures),
      plane, // the server's: it may have been chosen elsewhere since
      mainPane: left && left.plane === plane ? left.mainPane : plane,
      window: left ? left.window : window,
    };
  }

  /**
   * Of a volume that is not on screen: its window is another, the rest stays as it was left.
   * @param {{id: string, window: [number, number]}} summary
   */
  moveWindow({ id, window }) {
    this.flush();
    const views = stored();
    const left = views.get(id);
    if (isView(left)) write(VIEWS, [...views.set(id, { ...left, window })]);
  }

  /** Write what is not written yet. */
  flush() {
    clearTimeout(this.#timer);
    if (!this.#pending) return;
    const { id, view } = this.#pending;
    this.#pending = null;
    const views = stored();
    views.delete(id);
    views.set(id, view);
    write(VIEWS, [...views].slice(-MAX_VIEWS));
  }

  /** @param {AppState} state */
  #note({ voxels, cursor, plane, mainPane, window }) {
    if (!voxels) return;
    if (this.#pending && this.#pending.id !== voxels.id) this.flush();
    const view = { cursor, plane, mainPane, window };
    if (!this.#pending) this.#timer = setTimeout(() => this.flush(), WRITE_DELAY_MS);
    this.#pending = { id: voxels.id, view };
  }
}

/**
 * The middle of a volume; of pictures, that of the middle one.
 * @param {Triple} shape
 * @param {readonly {rows: number, columns: number}[]} [pictures]
 * @returns {Triple}
 */
function middle([x, y, z], pictures = []) {
  const k = Math.floor(z / 2);
  const { columns, rows } = pictures[k] ?? { columns: x, rows: y };
  return [x - columns + Math.floor(columns / 2), y - rows + Math.floor(rows / 2), k];
}

/** @returns {Map<string, View>} views by volume id, the latest last */
function stored() {
  const found = read(VIEWS);
  return new Map(Array.isArray(found) ? found.filter((entry) => Array.isArray(entry) && entry.length === 2) : []);
}

/**
 * @param {any} view
 * @returns {view is View}
 */
function isView(view) {
  const { cursor, plane, mainPane, window } = view ?? {};
  const isIndex = (/** @type {unknown} */ at) => Number.isInteger(at) && Number(at) >= 0;
  return (
    Array.isArray(cursor) && cursor.length === 3 && cursor.every(isIndex) &&
    PLANES.includes(plane) && [...PLANES, "3d"].includes(mainPane) &&
    Array.isArray(window) && window.length === 2 && window.every(Number.isFinite) && window[0] < window[1]
  );
}

/** @type {string[]} */
const PLANES = Object.values(Plane);

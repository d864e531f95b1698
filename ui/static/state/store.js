import { DEFAULT_CHOICE } from "./run_choice.js";

/** @import { AppEvents, AppState } from "./types.d.ts" */

/**
 * Application state: one plain object, replaced key by key, and listeners by key.
 *
 * Values are replaced, never mutated in place (the exceptions are the big typed arrays, whose changes are
 * announced with `emit`). Listeners run synchronously, in the order they subscribed.
 *
 * @template {object} [S=AppState]
 * @template {object} [E=AppEvents]
 */
export class Store {
  /** @type {S} */
  #state;
  /** @type {Map<keyof S, Set<(state: S) => void>>} */
  #listeners = new Map();
  /** @type {Map<keyof E, Set<(detail: any) => void>>} */
  #eventListeners = new Map();

  /** @param {S} initial */
  constructor(initial) {
    this.#state = { ...initial };
  }

  get state() {
    return this.#state;
  }

  /**
   * Replace keys; listeners of keys whose value really changed run once each.
   * @param {Partial<S>} patch
   */
  set(patch) {
    const keys = /** @type {(keyof S)[]} */ (Object.keys(patch));
    const changed = keys.filter((key) => !Object.is(this.#state[key], patch[key]));
    if (!changed.length) return;
    this.#state = { ...this.#state, ...patch };
    const pending = new Set(changed.flatMap((key) => [...(this.#listeners.get(key) ?? [])]));
    for (const fn of pending) fn(this.#state);
  }

  /**
   * Call `fn(state)` when one of `keys` changes, and once now unless `{ now: false }`.
   * @param {keyof S | (keyof S)[]} keys
   * @param {(state: S) => void} fn
   */
  on(keys, fn, { now = true } = {}) {
    for (const key of [keys].flat()) addTo(this.#listeners, key, fn);
    if (now) fn(this.#state);
  }

  /**
   * Announce something that is not a state change (a stroke, a saved slice).
   * @template {keyof E} K
   * @param {K} event
   * @param {E[K]} [detail]
   */
  emit(event, detail) {
    for (const fn of this.#eventListeners.get(event) ?? []) fn(detail);
  }

  /**
   * Call `fn(detail)` whenever `event` is announced.
   * @template {keyof E} K
   * @param {K} event
   * @param {(detail: E[K]) => void} fn
   */
  when(event, fn) {
    addTo(this.#eventListeners, event, fn);
  }
}

/**
 * @template K, F
 * @param {Map<K, Set<F>>} listeners
 * @param {K} key
 * @param {F} fn
 */
function addTo(listeners, key, fn) {
  const known = listeners.get(key);
  if (known) known.add(fn);
  else listeners.set(key, new Set([fn]));
}

/**
 * What a fresh page knows.
 * @returns {AppState}
 */
export const initialState = () => ({
  system: null,
  online: true,
  busy: false,
  failedToStart: false,
  login: null,
  loggedOut: false,
  projects: [],
  offers: [],
  project: null,
  labels: [],
  activeLabel: null,
  hiddenLabels: new Set(),
  lockedLabels: new Set(),
  volumes: [],
  batch: null,
  models: [],
  volume: null,
  loading: null,
  uploading: null,
  imports: [],
  voxels: null,
  annotations: null,
  mask: null,
  showUncertainty: false,
  confidence: null,
  review: null,
  readings: null,
  agreement: null,
  merging: new Set(),
  pinning: false,
  run: null,
  comparison: null,
  scores: null,
  scoreSettings: { toleranceMm: 2, leaveOut: false },
  runChoice: DEFAULT_CHOICE,
  launching: false,
  followedRun: null,
  editedSinceRun: false,
  auto: false,
  downloaded: false,
  tourStep: null,
  plane: "axial",
  mainPane: "axial",
  cursor: [0, 0, 0],
  window: [0, 1],
  smooth: true,
  maskOpacity: 0.5,
  labelPatterns: false,
  showLabels: true,
  tool: "navigate",
  toolBefore: "brush",
  brushMm: 8,
  penSeen: false,
  penPressure: false,
  similarOnly: false,
  tolerance: 0.15,
  protect: false,
  threshold: null,
  proposal: null,
  outlining: false,
  taking: 0,
  saving: { state: "saved", count: 0 },
  kept: { here: 0, elsewhere: 0 },
  history: { canUndo: false, canRedo: false },
  provenance: null,
  originFilter: { kind: null, person: null },
});

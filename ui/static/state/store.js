/**
 * Application state: one plain object, replaced key by key, and listeners by key.
 *
 * Values are replaced, never mutated in place (the exceptions are the big typed arrays, whose changes are
 * announced with `emit`). Listeners run synchronously, in the order they subscribed.
 */
export class Store {
  #state;
  #listeners = new Map();

  constructor(initial) {
    this.#state = { ...initial };
  }

  get state() {
    return this.#state;
  }

  /** Replace keys; listeners of keys whose value really changed run once each. */
  set(patch) {
    const changed = Object.keys(patch).filter((key) => !Object.is(this.#state[key], patch[key]));
    if (!changed.length) return;
    this.#state = { ...this.#state, ...patch };
    const pending = new Set();
    for (const key of changed) for (const fn of this.#listeners.get(key) ?? []) pending.add(fn);
    for (const fn of pending) fn(this.#state);
  }

  /** Call `fn(state)` when one of `keys` changes, and once now unless `{ now: false }`. */
  on(keys, fn, { now = true } = {}) {
    for (const key of [keys].flat()) {
      if (!this.#listeners.has(key)) this.#listeners.set(key, new Set());
      this.#listeners.get(key).add(fn);
    }
    if (now) fn(this.#state);
  }

  /** Announce something that is not a state change (a stroke, a saved slice): `fn(detail)`. */
  emit(event, detail) {
    for (const fn of this.#listeners.get(`event:${event}`) ?? []) fn(detail);
  }

  when(event, fn) {
    this.on(`event:${event}`, fn, { now: false });
  }
}

/** What a fresh page knows. Coordinates are canonical RAS voxel indices, intensities are the file's units. */
export const initialState = () => ({
  system: null, // GET /api/system
  online: true,
  busy: false, // while not online: the server answers, but can take nothing now
  projects: [],
  project: null, // {id, name}
  labels: [], // Label[] of the project
  activeLabel: null, // value 1..255
  hiddenLabels: new Set(), // values
  volumes: [], // VolumeSummary[] of the project
  volume: null, // VolumeSummary on screen
  loading: null, // {text, fraction} while voxels travel
  voxels: null, // viewer/volume.js Volume
  mask: null, // {id, labels, voxels: Uint8Array, extents, has_confidence, slice_uncertainty} latest prediction
  showDoubt: false, // colour where the mask may be wrong
  confidence: null, // Uint8Array of the mask, 255 is certain; fetched once doubt is asked for
  run: null, // latest Run of the volume
  plane: "axial", // annotation plane
  mainPane: "axial", // what the large pane shows: a plane or "3d"
  cursor: [0, 0, 0],
  window: [0, 1],
  smooth: true,
  maskOpacity: 0.5, // 0..1, fill of painted and predicted labels
  showLabels: true,
  tool: "navigate",
  brushMm: 8, // diameter
  similarOnly: false, // brush keeps to intensities like the one under its start
  tolerance: 0.15, // of the window's width, for similarOnly and fill
  protect: false, // leave other labels alone
  saving: { state: "saved", count: 0 },
  history: { canUndo: false, canRedo: false },
});

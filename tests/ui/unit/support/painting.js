/** What tests of painting share: a store with a small volume on screen, a view without a screen, a server in memory. */
import { gunzipSync } from "node:zlib";

import { AnnotationBook } from "../../../../ui/static/state/annotations.js";
import { NO_NOTES } from "../../../../ui/static/state/origin_notes.js";
import { initialState, Store } from "../../../../ui/static/state/store.js";
import { Edits } from "../../../../ui/static/tools/edits.js";

/** @import { PlaneName, SliceState } from "../../../../ui/static/api/types.d.ts" */
/** @import { Slice } from "../../../../ui/static/state/annotations.js" */

export const WIDTH = 8;
export const HEIGHT = 6;
export const VOLUME = "volume";

/** A store with a volume of 8 x 6 x 4 voxels, an empty book of its axial slices and one active label. */
export function paintingStore() {
  const store = new Store(initialState());
  /** @type {any} */
  const volume = { id: VOLUME, project_id: "project" };
  /** @type {any} */
  const voxels = { shape: [WIDTH, HEIGHT, 4] };
  /** @type {any} */
  const label = { value: 1, color: "#ff0000" };
  store.set({ volume, voxels, labels: [label], activeLabel: 1, annotations: new AnnotationBook([WIDTH, HEIGHT, 4], "axial"), brushMm: 1 });
  return store;
}

/** The book of a store that has one. @param {Store} store */
export const bookOf = (store) => /** @type {AnnotationBook} */ (store.state.annotations);

/** Edits whose saver only takes note. @param {Store} store */
export function quietEdits(store) {
  /** @type {number[]} */
  const saved = [];
  const edits = new Edits(store, { enqueue: (_volume, _plane, index) => saved.push(index) });
  return { edits, saved };
}

/** A store whose edits are only noted, and what it says was painted. */
export function setUpEdits() {
  const store = paintingStore();
  /** @type {object[]} */
  const painted = [];
  store.when("painted", (box) => painted.push(box));
  return { store, book: bookOf(store), painted, ...quietEdits(store) };
}

/** Show a prediction that holds label 2 at display cell (0, 0) of slice 1. @param {Store} store */
export function predict(store) {
  const voxels = new Uint8Array(WIDTH * HEIGHT * 4);
  voxels[WIDTH * HEIGHT + (HEIGHT - 1) * WIDTH + WIDTH - 1] = 2;
  store.set({ mask: /** @type {any} */ ({ id: "m", voxels }) });
}

/** @param {Edits} edits @param {number[]} cells */
export function stroke(edits, cells, value = 1) {
  const labels = edits.begin(1);
  for (const at of cells) labels[at] = value;
  edits.touch({ x0: 0, y0: 0, x1: 2, y1: 2 });
  edits.commit();
}

/** A SliceView of slice 1 at one CSS pixel a cell, without canvases. */
export function fakeView() {
  const view = {
    plane: "axial",
    index: 1,
    width: WIDTH,
    height: HEIGHT,
    extent: { columns: WIDTH, rows: HEIGHT },
    pixelRatio: 2,
    values: new Int16Array(WIDTH * HEIGHT),
    volume: { size: () => ({ pixelWidthMm: 1, pixelHeightMm: 1, slices: 4, sliceStepMm: 1.5 }) },
    map: { x: 0, y: 0, scaleX: 20, scaleY: 20, pixelsPerMm: 20 },
    /** @type {unknown[]} */
    hudPainters: [],
    invalidated: 0,
    invalidate() {
      this.invalidated += 1;
    },
    clientToDisplay: (/** @type {number} */ x, /** @type {number} */ y) => ({ column: x / 10, row: y / 10 }),
  };
  return /** @type {any} */ (view);
}

/** Where a slice is not 0, as "column,row". @param {Uint8Array} labels */
export const paintedCells = (labels) =>
  [...labels.entries()].filter(([, value]) => value).map(([at]) => `${at % WIDTH},${Math.floor(at / WIDTH)}`);

/** Label values of a slice with some cells painted. @param {Record<number, number>} cells value by cell index */
export function labelsWith(cells = {}) {
  const labels = new Uint8Array(WIDTH * HEIGHT);
  for (const [at, value] of Object.entries(cells)) labels[Number(at)] = value;
  return labels;
}

/**
 * A slice's record. @param {Record<number, number>} cells @param {number} version @returns {Slice}
 */
export const sliceWith = (cells = {}, version = 0) => ({
  labels: labelsWith(cells),
  state: Object.keys(cells).length ? "painted" : "cleared",
  version,
  begun: null,
  values: null,
  savedAt: null,
  notes: NO_NOTES,
});

/** Storage as the browser's: stored names are the object's own keys. */
export class FakeStorage {
  full = false;

  constructor() {
    Object.defineProperty(this, "full", { enumerable: false, writable: true, value: false });
  }

  /** @param {string} name */
  getItem(name) {
    return Object.hasOwn(this, name) ? Reflect.get(this, name) : null;
  }

  /** @param {string} name @param {string} value */
  setItem(name, value) {
    if (this.full) throw new Error("QuotaExceededError");
    Reflect.set(this, name, String(value));
  }

  /** @param {string} name */
  removeItem(name) {
    Reflect.deleteProperty(this, name);
  }
}

/** Give this process a storage of its own. */
export function installStorage() {
  const storage = new FakeStorage();
  Reflect.set(globalThis, "localStorage", storage);
  return storage;
}

/** An error as the API client throws it. @param {number} status @param {string} code @param {object} detail */
export const apiError = (status, code = "unexpected", detail = {}) => Object.assign(new Error(`error ${status}`), { status, code, detail });

/** Keeps versions of slices and merges by cells, as backend/services/annotations.py does. */
export class FakeServer {
  /** @type {Map<string, { labels: Uint8Array, state: SliceState }[]>} by "plane/index", the first is version 1 */
  slices = new Map();
  /** @type {(() => void) | null} Runs before a request is answered; may throw instead. */
  before = null;
  /** @type {(() => void) | null} Runs after a slice was stored and before the answer; may throw instead. */
  after = null;
  puts = 0;
  keepalive = 0;

  /** @param {PlaneName} plane @param {number} index @param {Uint8Array} labels @param {SliceState} state */
  store(plane, index, labels, state = "painted") {
    const key = `${plane}/${index}`;
    const versions = this.slices.get(key) ?? [];
    versions.push({ labels: labels.slice(), state });
    this.slices.set(key, versions);
    return versions.length;
  }

  /** @param {PlaneName} plane @param {number} index */
  latest(plane, index) {
    return /** @type {{ labels: Uint8Array, state: SliceState }} */ (this.slices.get(`${plane}/${index}`)?.at(-1));
  }

  /** @param {string} _id @returns {Promise<any[]>} */
  async annotations(_id) {
    this.before?.();
    return [...this.slices].map(([key, versions]) => {
      const [plane, index] = key.split("/");
      return { plane, slice_index: Number(index), version: versions.length, state: versions.at(-1)?.state };
    });
  }

  /** @param {string} _id @param {PlaneName} plane @param {number} index @param {number | null} version */
  async annotationVersion(_id, plane, index, version = null) {
    this.before?.();
    const versions = this.slices.get(`${plane}/${index}`);
    if (!versions) throw apiError(404, "not_found");
    const number = version ?? versions.length;
    const { labels, state } = versions[number - 1];
    return { labels: labels.slice(), state, version: number };
  }

  /**
   * @param {string} _id @param {PlaneName} plane @param {number} index
   * @param {{ body: Uint8Array | ArrayBuffer, headers: Record<string, string>, keepalive?: boolean }} request
   * @returns {Promise<any>}
   */
  async putSlice(_id, plane, index, { body, headers, keepalive }) {
    this.puts += 1;
    if (keepalive) this.keepalive += 1;
    this.before?.();
    const bytes = new Uint8Array(body);
    const labels = headers["Content-Encoding"] ? new Uint8Array(gunzipSync(bytes)) : bytes.slice();
    const answer = this.#save(plane, index, { labels, state: /** @type {SliceState} */ (headers["X-State"]) }, Number(headers["X-Base-Version"]));
    this.after?.();
    return answer;
  }

  /** @param {PlaneName} plane @param {number} index @param {{ labels: Uint8Array, state: SliceState }} sent @param {number} base */
  #save(plane, index, sent, base) {
    const versions = this.slices.get(`${plane}/${index}`) ?? [];
    const now = versions.at(-1);
    const plain = { merged: false, conflicting_cells: 0, gave_way: false };
    const wasProposed = sent.state === "interpolated" || (sent.state === "cleared" && base > 0 && versions[base - 1].state === "interpolated");
    if (wasProposed && base < versions.length && now?.state === "painted") return { version: versions.length, merged: true, conflicting_cells: 0, gave_way: true };
    if (now && now.state === sent.state && now.labels.every((value, at) => value === sent.labels[at])) return { version: versions.length, ...plain };
    if (base === versions.length || !now) return { version: this.store(plane, index, sent.labels, sent.state), ...plain };
    const old = base ? versions[base - 1].labels : labelsWith();
    let conflicts = 0;
    const merged = now.labels.map((theirs, at) => {
      if (sent.labels[at] === old[at]) return theirs;
      if (theirs !== old[at] && theirs !== sent.labels[at]) conflicts += 1;
      return sent.labels[at];
    });
    this.store(plane, index, sent.labels, sent.state);
    return { version: this.store(plane, index, merged), merged: true, conflicting_cells: conflicts, gave_way: false };
  }

  /** @type {any[]} of its project */
  labels = [{ value: 1, code: 1 }, { value: 2, code: 2 }];

  /** @param {string} _id @returns {Promise<any>} */
  async project(_id) {
    this.before?.();
    return { id: "project", labels: [...this.labels] };
  }

  /** @param {string} _projectId @param {any} deleted @returns {Promise<any>} */
  async restoreLabel(_projectId, { with_paint: _, ...label }) {
    this.before?.();
    if (this.labels.some(({ value, code }) => value === label.value || code === label.code)) throw apiError(409, "conflict");
    this.labels.push(label);
    return label;
  }

  /** @param {string} id @returns {Promise<any>} */
  async volume(id) {
    this.before?.();
    return { id, project_id: "project" };
  }
}

/** Notices instead of toasts. */
export function fakeNotify() {
  /** @type {string[]} */
  const said = [];
  return { said, say: (/** @type {string} */ text) => said.push(text) };
}

/** Where the labels on the slices come from: asked for when slices came or were saved, and which of them are shown. */

/**
 * @import { OriginFilter } from "../state/types.d.ts"
 * @import { Store } from "../state/store.js"
 */

const REST_MS = 400; // several slices are often saved one after the other

/** @type {OriginFilter} */
const NO_FILTER = { kind: null, person: null };

export class ProvenanceController {
  #timer = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);

  /**
   * @param {Store} store
   * @param {{ server: Pick<import("./server.js").Server, "provenance">, restMs?: number }} parts
   */
  constructor(store, { server, restMs = REST_MS }) {
    this.store = store;
    this.server = server;
    this.restMs = restMs;
    store.on("volume", () => this.#forget(), { now: false });
    store.on("mask", () => this.#ask(), { now: false });
    store.when("annotations-loaded", () => this.#ask());
    store.when("slice-saved", ({ volumeId }) => volumeId === store.state.volume?.id && this.#ask());
  }

  /** Mark slices that came to be in some way, or by a person. @param {Partial<OriginFilter>} filter */
  choose(filter) {
    this.store.set({ originFilter: { ...this.store.state.originFilter, ...filter } });
  }

  /** Mark none. */
  clear() {
    this.store.set({ originFilter: NO_FILTER });
  }

  #forget() {
    if (this.store.state.volume?.id === this.store.state.provenance?.volumeId) return;
    this.store.set({ provenance: null, originFilter: NO_FILTER });
  }

  #ask() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#fetch(), this.restMs);
  }

  /** It only explains: where the server is away nothing is said, saving does that. */
  async #fetch() {
    const { volume, annotations } = this.store.state;
    if (!volume || !annotations) return;
    try {
      const { people, masks, slices } = await this.server.provenance(volume.id);
      if (this.store.state.volume?.id !== volume.id) return;
      const byPlace = new Map(slices.map((slice) => [`${slice.plane}/${slice.slice_index}`, slice]));
      this.store.set({ provenance: { volumeId: volume.id, people, masks, slices: byPlace } });
    } catch {
      // see above
    }
  }
}

/** Comparing two runs of the volume on screen: which, their masks, where they differ, and the way from slice to slice. */
import { comparableRuns, compareMasks, comparisonBlocker, differingVoxels, nextDiffering, runNumber } from "../state/comparison.js";
import { comparedId, comparedReading } from "../state/readings.js";
import { REFERENCE, chosenWith, withReference } from "../state/reference.js";
import { isActive } from "../state/runs.js";
import { sliceOnScreen } from "../state/slices.js";
import { t } from "../words/index.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { Comparison } from "../state/types.d.ts"
 */

const NOWHERE = -1; // no slice

export class ComparisonController {
  /** @type {Map<string, Promise<Uint8Array>>} masks of the chosen runs, by run */
  #masks = new Map();
  /** @type {number | null} the slice on screen when the comparison began, until its differences were asked for */
  #beganAt = null;

  /**
   * @param {Store} store
   * @param {{
   *   server: Pick<import("./server.js").Server, "runs" | "maskVoxels" | "makeCurrent" | "referenceVoxels" | "readingVoxels">,
   *   notify: Pick<import("./notify.js").Notify, "say" | "failed">,
   *   masks: Pick<import("./masks.js").MaskController, "load">,
   *   goTo: (slice: number) => void,
   * }} parts
   */
  constructor(store, { server, notify, masks, goTo }) {
    this.store = store;
    this.server = server;
    this.notify = notify;
    this.masks = masks;
    this.goTo = goTo;
    let maskId = store.state.mask?.id;
    store.on("mask", ({ mask }) => {
      if (mask?.id !== maskId) this.end(); // another run is done, or another volume is on screen
      maskId = mask?.id;
    });
    store.on("run", ({ run, comparison }) => {
      if (!comparison || !isActive(run?.state)) return;
      this.end(); // its progress and its button are where the comparison was
      this.notify.say(t("comparison.notices.ended"), { place: "comparison" });
    }, { now: false });
    store.on("showUncertainty", ({ showUncertainty }) => showUncertainty && this.end(), { now: false }); // the colours would mix
    store.on(["hiddenLabels", "labels"], () => this.#compare(), { now: false });
  }

  /**
   * Begin with the run on screen and the one before it, or the volume's reference; or end.
   * @param {{withReference?: boolean}} [options]
   */
  async toggle({ withReference: wantsReference = false } = {}) {
    if (this.store.state.comparison) return this.end();
    const { state } = this.store;
    const blocker = comparisonBlocker(state);
    if (blocker || !state.volume) return this.notify.say(blocker ?? "");
    try {
      const runs = withReference(comparableRuns(await this.server.runs(state.volume.id)), state.volume.has_reference);
      if (this.store.state.mask !== state.mask || this.store.state.comparison) return;
      const shown = Math.max(0, runs.findIndex(({ id }) => id === state.mask?.run_id));
      const other = (wantsReference && runs.find(({ id }) => id === REFERENCE)) || (runs[shown + 1] ?? runs.find((_, n) => n !== shown));
      if (!other) return this.notify.say(t("comparison.notices.one"));
      this.#beganAt = sliceOnScreen(this.store.state);
      this.store.set({ showUncertainty: false, comparison: { runs, chosen: [runs[shown].id, other.id], masks: null, beside: false, found: null } });
      await this.#load();
    } catch (error) {
      this.notify.failed(error);
    }
  }

  /**
   * Compare two readings of the scan on screen, beginning where they differ most.
   * @param {{id: string, name: string}[]} readings ids of their volumes
   */
  async compareReadings(readings) {
    this.store.emit("take-outline"); // nothing is painted while they are compared
    this.end();
    const runs = readings.map(({ id, name }) => /** @type {Comparison["runs"][0]} */ ({ id: comparedId(id), title: name }));
    this.store.set({ showUncertainty: false, comparison: { runs, chosen: [runs[0].id, runs[1].id], masks: null, beside: false, found: null } });
    await this.#load();
    if (this.store.state.comparison?.runs !== runs) return; // it was ended, or others are compared
    this.#beganAt = sliceOnScreen(this.store.state);
    this.next();
  }

  /** What is on screen is the newest result again. */
  end() {
    this.#masks.clear();
    this.store.set({ comparison: null });
  }

  /**
   * Compare another run; the one that is compared already changes places.
   * @param {0 | 1} place
   * @param {string} runId
   */
  async choose(place, runId) {
    const { comparison } = this.store.state;
    if (!comparison) return;
    const chosen = chosenWith(comparison, place, runId);
    if (!chosen) return this.store.set({ comparison: { ...comparison } }); // the list shows what is compared again
    this.store.set({ comparison: { ...comparison, chosen, masks: null, found: null } });
    await this.#load();
  }

  /** See both runs beside each other, or as colours where they differ. */
  toggleBeside() {
    const { comparison } = this.store.state;
    this.store.emit("take-outline"); // nothing is painted while they are
    if (comparison) this.store.set({ comparison: { ...comparison, beside: !comparison.beside } });
  }

  /**
   * Make the mask of one of the two runs the one that the volume has now; it is shown, exported and corrected from then on.
   * @param {0 | 1} place
   */
  async makeCurrent(place) {
    const { comparison } = this.store.state;
    const run = comparison?.runs.find(({ id }) => id === comparison.chosen[place]);
    if (!comparison || !run?.mask_id) return;
    try {
      await this.server.makeCurrent(run.mask_id);
      await this.masks.load(run.mask_id);
      this.notify.say(t("comparison.notices.current", { number: runNumber(comparison.runs, run.id) }), { kind: "success" });
    } catch (error) {
      this.notify.failed(error);
    }
  }

  /** Go to the differing slice before the one on screen, in their order. Whether two runs are compared. */
  previous() {
    const counts = differingVoxels(this.store.state);
    const found = counts ? nextDiffering(counts, sliceOnScreen(this.store.state), -1) : undefined;
    this.#beganAt = null;
    if (found !== undefined) this.goTo(found);
    return Boolean(this.store.state.comparison);
  }

  /** Go to the slice that differs most and, from there, to the next of them. Whether two runs are compared. */
  next() {
    const counts = differingVoxels(this.store.state);
    const here = sliceOnScreen(this.store.state);
    const from = here === this.#beganAt ? NOWHERE : here; // nobody went to the slice that was on screen at the beginning
    this.#beganAt = null;
    let next = counts ? nextDiffering(counts, from) : undefined;
    if (counts && next === here) next = nextDiffering(counts, here);
    if (next !== undefined) this.goTo(next);
    return Boolean(this.store.state.comparison);
  }

  async #load() {
    const { comparison } = this.store.state;
    if (!comparison) return;
    const { chosen } = comparison;
    for (const id of this.#masks.keys()) if (!chosen.includes(id)) this.#masks.delete(id);
    try {
      const [first, second] = await Promise.all(chosen.map((id) => this.#mask(id, comparison)));
      const now = this.store.state.comparison;
      if (now?.chosen !== chosen) return; // others were chosen meanwhile
      this.store.set({ comparison: { ...now, masks: [first, second] } });
      this.#compare();
    } catch (error) {
      if (this.store.state.comparison?.chosen !== chosen) return;
      this.end();
      this.notify.failed(error);
    }
  }

  /**
   * @param {string} runId
   * @param {Comparison} comparison
   */
  #mask(runId, { runs }) {
    const { mask, voxels, volume } = this.store.state;
    if (mask?.run_id === runId) return Promise.resolve(mask.voxels);
    const count = voxels?.data.length ?? 0;
    const maskId = runs.find(({ id }) => id === runId)?.mask_id ?? "";
    const reading = comparedReading(runId);
    const voxelsOf = () => (runId === REFERENCE ? this.server.referenceVoxels(volume?.id ?? "", count) : this.server.maskVoxels(maskId, count));
    const fetched = this.#masks.get(runId) ?? this.#fetched(reading ? this.server.readingVoxels(reading, count) : voxelsOf());
    this.#masks.set(runId, fetched);
    return fetched;
  }

  /** @param {Promise<ArrayBuffer>} buffer */
  #fetched = (buffer) => buffer.then((bytes) => new Uint8Array(bytes));

  /** Labels that are hidden, or were deleted, are left out. */
  #compare() {
    const { comparison, voxels, labels, hiddenLabels } = this.store.state;
    if (!comparison?.masks || !voxels) return;
    const leftOut = new Set(Array.from({ length: 256 }, (_, value) => value));
    for (const { value } of labels) if (!hiddenLabels.has(value)) leftOut.delete(value);
    const found = compareMasks(...comparison.masks, voxels.shape, leftOut);
    this.store.set({ comparison: { ...comparison, found } });
  }
}

/** Auto: a run starts by itself once painting rests, and gives way to the next stroke. */
import { mayPaint } from "../state/access.js";
import { isRunning } from "../state/runs.js";

const REST_MS = 2000;
const RETRY_MS = 300;

export class AutoRun {
  #timer = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);

  /**
   * @param {import("../state/store.js").Store} store
   * @param {{
   *   runs: Pick<import("./run.js").RunController, "start" | "cancel">,
   *   edits: Pick<import("../tools/edits.js").Edits, "active">,
   *   restMs?: number,
   *   retryMs?: number,
   * }} parts
   */
  constructor(store, { runs, edits, restMs = REST_MS, retryMs = RETRY_MS }) {
    this.store = store;
    this.runs = runs;
    this.edits = edits;
    this.restMs = restMs;
    this.retryMs = retryMs;
    store.when("slice-edited", ({ reviewed }) => reviewed && this.#edited());
    store.on("annotations", () => this.#forget(), { now: false }); // another volume, or another plane of it
  }

  toggle() {
    const { auto, mask, editedSinceRun } = this.store.state;
    if (!mayPaint(this.store.state)) return;
    this.store.set({ auto: !auto });
    if (auto) this.#forget();
    else if (!mask || editedSinceRun) this.#after(this.restMs);
  }

  #forget() {
    clearTimeout(this.#timer);
  }

  #edited() {
    const { state } = this.store;
    if (!state.auto) return;
    if (isRunning(state) && state.run?.kind === "propagate") this.runs.cancel({ quietly: true }); // it lacks this stroke
    this.#after(this.restMs);
  }

  /** @param {number} ms */
  #after(ms) {
    this.#forget();
    this.#timer = setTimeout(() => this.#start(), ms);
  }

  /** Whether the person is in the middle of something that the run would lack: a stroke, or an outline of their own. */
  get #isPainting() {
    const { proposal, taking } = this.store.state;
    return this.edits.active || taking > 0 || Boolean(proposal && !proposal.offered);
  }

  #start() {
    const { state } = this.store;
    if (state.launching || isRunning(state) || this.#isPainting) this.#after(this.retryMs); // the cancelled run ends first
    else this.runs.start();
  }
}

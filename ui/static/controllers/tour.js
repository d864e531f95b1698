/** The guided tour: which step is on, and what this browser remembers of it. */
import { mayWrite } from "../state/access.js";
import { isDemo } from "../state/demo.js";
import { TOUR, tourFacts } from "../state/tour.js";

/** @import { Store } from "../state/store.js" */

const KEY = "fewshot-sam:tour";
const OVER = "over";

export class TourController {
  #begun;

  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    this.#begun = tourFacts(store.state);
    const kept = recall();
    const at = kept === null ? NaN : Number(kept);
    if (Number.isInteger(at) && at >= 0 && at < TOUR.length) store.set({ tourStep: at });
    store.on("voxels", (state) => void (this.#begun = tourFacts(state)), { now: false });
    // A visit that goes on finds slices painted before: they are none of this step's.
    store.on("annotations", (state) => void (this.#begun = { ...this.#begun, painted: tourFacts(state).painted }), { now: false });
    store.on(["activeLabel", "tool", "cursor", "run", "mask", "downloaded"], () => this.#follow(), { now: false });
    store.when("slice-edited", () => this.#follow());
  }

  /** Whether a newcomer is asked: on the demo, once. */
  get isOffered() {
    const { state } = this.store;
    return state.tourStep === null && recall() === null && Boolean(state.voxels) && isDemo(state) && mayWrite(state);
  }

  start() {
    this.#show(0);
  }

  /** The person goes on without having done the step. */
  next() {
    const { tourStep } = this.store.state;
    if (tourStep !== null) this.#show(tourStep + 1);
  }

  /** Ended before its end, or not wanted: it is not offered again. */
  end() {
    remember(OVER);
    this.store.set({ tourStep: null });
  }

  #follow() {
    const { state } = this.store;
    const step = state.tourStep === null ? null : TOUR[state.tourStep];
    if (step && state.voxels && step.isDone(state, this.#begun)) this.next();
  }

  /** @param {number} at */
  #show(at) {
    if (at >= TOUR.length) return this.end();
    this.#begun = tourFacts(this.store.state);
    remember(String(at));
    this.store.set({ tourStep: at });
    this.#follow(); // it may be done already, as with the brush in hand
  }
}

/** @returns {string | null} the step it stopped at, or that it is over */
function recall() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return OVER; // storage is blocked: it would be offered at every visit
  }
}

/** @param {string} value */
function remember(value) {
  try {
    localStorage.setItem(KEY, value);
  } catch {
    // storage is blocked or full: the next visit starts without it
  }
}

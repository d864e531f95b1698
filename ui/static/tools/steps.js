/** The history of the project on screen: steps are put in, taken back and made again, and the store knows what is possible. */
import { History } from "../state/history.js";

/** @import { Step } from "../state/history.js" */
/** @import { Store } from "../state/store.js" */

export class Steps {
  #history = new History();
  /** @type {string | undefined} whose history it is */
  #projectId;

  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    store.on("annotations", () => this.#forgetSlices(), { now: false });
    store.on("volumes", ({ volumes }) => this.#forgetVolumes(volumes), { now: false });
    store.on("project", ({ project }) => this.#followProject(project?.id));
  }

  /** @param {string | undefined} id */
  #followProject(id) {
    if (id === this.#projectId) return;
    this.#projectId = id;
    this.#history.clear();
    this.#publish();
  }

  /** Other slices are on screen: what was done to those before cannot be undone. */
  #forgetSlices() {
    this.#history.forgetSlices();
    this.#publish();
  }

  /** @param {{id: string}[]} left */
  #forgetVolumes(left) {
    this.#history.forgetVolumesBut(new Set(left.map(({ id }) => id)));
    this.#publish();
  }

  /** @param {Step} step */
  remember(step) {
    this.#history.push(step);
    this.#publish();
  }

  /**
   * The step to take back, or to make again; null when there is none.
   *
   * @param {"undo" | "redo"} direction
   */
  take(direction) {
    const step = this.#history[direction]();
    this.#publish();
    return step;
  }

  /** What was taken last counts as not taken: its command failed. @param {"undo" | "redo"} direction */
  revert(direction) {
    this.#history[direction === "undo" ? "redo" : "undo"]();
    this.#publish();
  }

  #publish() {
    this.store.set({ history: { canUndo: this.#history.canUndo, canRedo: this.#history.canRedo } });
  }
}

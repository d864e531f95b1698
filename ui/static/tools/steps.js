/** The history of the project on screen: steps are put in, taken back and made again, and the store knows what is possible. */
import { History, placeOf } from "../state/history.js";

/** @import { Step } from "../state/history.js" */
/** @import { Store } from "../state/store.js" */

export class Steps {
  #history = new History();
  /** @type {string | undefined} whose history it is */
  #projectId;

  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    store.on(["annotations", "volume"], () => this.#followSlices(), { now: false });
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

  /** Other slices are on screen: what was done to those before cannot be undone, unless a step leads back to them. */
  #followSlices() {
    const { volume, annotations } = this.store.state;
    const onTheirWay = volume && !annotations;
    if (!onTheirWay) this.#history.forgetOutOfReach(this.#place);
    this.#publish();
  }

  /** Where what is painted now belongs; null while no slices are there. */
  get #place() {
    const { volume, annotations } = this.store.state;
    return volume && annotations && placeOf(volume.id, annotations.plane);
  }

  /** @param {{id: string}[]} left */
  #forgetVolumes(left) {
    this.#history.forgetVolumesBut(new Set(left.map(({ id }) => id)));
    this.#publish();
  }

  /** @param {Step} step */
  remember(step) {
    this.#history.push(step.command ? step : { ...step, place: this.#place });
    this.#publish();
  }

  /**
   * The step to take back, or to make again; null when there is none, or its slices are not on screen yet.
   *
   * @param {"undo" | "redo"} direction
   * @param {(step: Step) => boolean} [allows]
   */
  take(direction, allows = () => true) {
    const next = this.#history.next(direction);
    if (!next || !this.#can(direction) || !allows(next)) return null;
    const step = this.#history[direction]();
    this.#publish();
    return step;
  }

  /** What was taken last counts as not taken: its command failed. @param {"undo" | "redo"} direction */
  revert(direction) {
    this.#history[direction === "undo" ? "redo" : "undo"]();
    this.#publish();
  }

  /** @param {"undo" | "redo"} direction */
  #can(direction) {
    const step = this.#history.next(direction);
    return step !== null && (Boolean(step.command) || step.place === this.#place);
  }

  #publish() {
    this.store.set({ history: { canUndo: this.#can("undo"), canRedo: this.#can("redo") } });
  }
}

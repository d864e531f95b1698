/**
 * Locked labels: no tool changes their cells. A lock is a person's own, as what is hidden is; so this browser keeps it, for
 * each project.
 */
import { recallLocks, rememberLocks } from "./remembered.js";

/** @import { Store } from "../state/store.js" */

export class LockController {
  /** @type {string | undefined} */
  #projectId;

  /**
   * @param {Store} store
   * @param {{ notify: Pick<import("./notify.js").Notify, "say"> }} parts
   */
  constructor(store, { notify }) {
    this.store = store;
    this.notify = notify;
    store.on("project", ({ project }) => this.#follow(project?.id));
    store.when("locked", ({ value }) => this.#tell(value, "is locked. Y unlocks the active label."));
  }

  /** @param {string | undefined} id */
  #follow(id) {
    if (id === this.#projectId) return;
    this.#projectId = id;
    this.store.set({ lockedLabels: new Set(id ? recallLocks(id) : []) });
  }

  /** @param {number} value of the label to lock, or to unlock */
  toggle(value) {
    const locked = new Set(this.store.state.lockedLabels);
    if (!locked.delete(value)) locked.add(value);
    this.store.set({ lockedLabels: locked });
    if (this.#projectId) rememberLocks(this.#projectId, [...locked]);
    this.#tell(value, locked.has(value) ? "locked: no tool changes it." : "unlocked.");
  }

  toggleActive() {
    const { activeLabel } = this.store.state;
    if (activeLabel !== null) this.toggle(activeLabel);
  }

  /** @param {number} value @param {string} text */
  #tell(value, text) {
    const name = this.store.state.labels.find((label) => label.value === value)?.name ?? "This label";
    this.notify.say(`${name} ${text}`, { place: "lock", durationMs: 2500 });
  }
}

/**
 * Locked labels: no tool changes their cells. A lock is a person's own, as what is hidden is; so this browser keeps it, for
 * each project.
 */
import { t } from "../words/index.js";
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
    store.when("locked", ({ value }) => this.#tell(value, "refused"));
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
    this.#tell(value, locked.has(value) ? "locked" : "unlocked");
  }

  toggleActive() {
    const { activeLabel } = this.store.state;
    if (activeLabel !== null) this.toggle(activeLabel);
  }

  /** @param {number} value @param {"locked" | "refused" | "unlocked"} what */
  #tell(value, what) {
    const label = this.store.state.labels.find((each) => each.value === value)?.name ?? t("locks.thisLabel");
    this.notify.say(t(`locks.${what}`, { label }), { place: "lock", durationMs: 2500 });
  }
}

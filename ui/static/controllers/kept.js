/** Slices that could not be saved and that nothing sends any more: how many this browser keeps, and giving them up. */
import { mayPaint } from "../state/access.js";
import { t } from "../words/index.js";
import { discard, unsent } from "./backup.js";

/** @import { Store } from "../state/store.js" */

export class KeptSlices {
  /**
   * @param {Store} store
   * @param {{ notify: Pick<import("./notify.js").Notify, "confirm"> }} parts
   */
  constructor(store, { notify }) {
    this.store = store;
    this.notify = notify;
    store.on(["project", "volumes", "login"], () => this.#count());
    store.when("set-aside", () => this.#count());
    store.when("slice-saved", () => this.#count());
  }

  /** Delete them from this browser, once that is confirmed. */
  async discard() {
    const found = this.#find();
    if (!(await this.notify.confirm(t("unsaved.discard.title", { count: found.length }), t("unsaved.discard.text"), t("unsaved.discard.ok")))) return;
    discard(found);
    this.#count();
  }

  #find() {
    const { login, project, volumes } = this.store.state;
    const lookedAt = volumes.filter((volume) => !mayPaint({ login, project, volume })).map(({ id }) => id);
    return unsent(login?.name ?? "", new Set(lookedAt));
  }

  #count() {
    const ofProject = new Set(this.store.state.volumes.map(({ id }) => id));
    const found = this.#find();
    const here = found.filter(({ volumeId }) => ofProject.has(volumeId)).length;
    const elsewhere = found.length - here;
    const { kept } = this.store.state;
    if (kept.here !== here || kept.elsewhere !== elsewhere) this.store.set({ kept: { here, elsewhere } });
  }
}

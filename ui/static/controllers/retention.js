/** Until when the project is kept, and what its imports keep. */
import { attempt } from "./notify.js";
import { onReturn } from "./on_return.js";

/** @typedef {{ keep_days: number | null, deidentify: boolean }} ProjectRules */

const today = () => new Date().toDateString();

export class RetentionController {
  #asking = false;
  #askedOn = today();

  /**
   * @param {import("../state/store.js").Store} store
   * @param {{
   *   server: Pick<import("./server.js").Server, "projects" | "setProjectRules">,
   *   notify: import("./notify.js").Notify,
   *   page?: Pick<Window, "addEventListener">,
   * }} parts `page` tells of being looked at again
   */
  constructor(store, { server, notify, page = globalThis.window }) {
    this.store = store;
    this.server = server;
    this.notify = notify;
    store.when("slice-saved", () => void this.#afterChange());
    store.on("labels", () => void this.#afterChange(), { now: false });
    onReturn(page, () => this.#onAnotherDay()); // a page stays open for weeks
  }

  /**
   * @param {{id: string}} project
   * @param {ProjectRules} rules
   */
  async setRules(project, rules) {
    await attempt(this.notify, async () => {
      await this.server.setProjectRules(project.id, rules);
      await this.#refresh();
    });
  }

  /** A change puts the end off: what the page says of it is asked for again. */
  async #afterChange() {
    const { projects, project } = this.store.state;
    if (projects.find(({ id }) => id === project?.id)?.deletion_near) await this.#refresh();
  }

  /** Where people log in, MemberController asks for the list at each return. */
  async #onAnotherDay() {
    if (!this.store.state.login && this.#askedOn !== today()) await this.#refresh();
  }

  async #refresh() {
    if (this.#asking || !this.store.state.project) return;
    this.#asking = true;
    this.#askedOn = today();
    try {
      this.store.set({ projects: await this.server.projects() });
    } catch {
      // it is said elsewhere that the server is away; what is known stays
    } finally {
      this.#asking = false;
    }
  }
}

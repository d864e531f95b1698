/** The bin: what was deleted, restored with a click or deleted for good. */
import { t } from "../words/index.js";
import { backText } from "./left_out.js";
import { attempt } from "./notify.js";

/**
 * @import { Deleted } from "../api/types.d.ts"
 * @import { Store } from "../state/store.js"
 */

export class DeletedController {
  /**
   * @param {Store} store
   * @param {{
   *   server: Pick<import("./server.js").Server, "deletedProjects" | "deletedIn" | "restoreDeleted" | "deleteForGood">,
   *   notify: Pick<import("./notify.js").Notify, "say" | "failed" | "confirm">,
   *   labels: Pick<import("./labels.js").LabelController, "fetch">,
   *   annotations: Pick<import("./annotations.js").AnnotationsController, "refresh">,
   *   project: Pick<import("./project.js").ProjectController, "show">,
   * }} parts
   */
  constructor(store, { server, notify, labels, annotations, project }) {
    this.store = store;
    this.server = server;
    this.notify = notify;
    this.labels = labels;
    this.annotations = annotations;
    this.project = project;
  }

  /**
   * What was deleted from the project that is open, and which projects were.
   * @returns {Promise<{inProject: Deleted[], projects: Deleted[]} | null>} null when it failed, which was told
   */
  list() {
    const { project } = this.store.state;
    return attempt(this.notify, async () => {
      const [inProject, projects] = await Promise.all([project ? this.server.deletedIn(project.id) : [], this.server.deletedProjects()]);
      return { inProject, projects };
    });
  }

  /**
   * Bring something back, and show it.
   * @param {Pick<Deleted, "id" | "kind" | "name" | "project_id">} item
   * @returns {Promise<boolean>} whether it is back
   */
  async restore({ id, kind, name, project_id: projectId }) {
    const done = await attempt(this.notify, async () => {
      const { left_out: leftOut } = await this.server.restoreDeleted(id);
      if (kind === "label") await this.#showLabel(projectId);
      else await this.project.show(projectId, kind === "volume" ? id : null);
      this.notify.say(backText(name, leftOut), { kind: "success" });
      return true;
    });
    return done ?? false;
  }

  /** @param {string} projectId */
  async #showLabel(projectId) {
    await this.labels.fetch({ project_id: projectId });
    await this.annotations.refresh(); // its paint
  }

  /**
   * Delete something for good, after asking.
   * @param {Deleted} item
   * @returns {Promise<boolean>} whether it is gone
   */
  async deleteForGood(item) {
    const isSure = await this.notify.confirm(t("deleted.end.title", { name: item.name }), t(`deleted.end.${item.kind}`), t("deleted.end.ok"));
    if (!isSure) return false;
    const done = await attempt(this.notify, async () => {
      await this.server.deleteForGood(item.id);
      return true;
    });
    return done ?? false;
  }
}

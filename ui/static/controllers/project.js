/** The projects of this person: which is open, and what changes about them and the list of their volumes. */
import { attempt } from "./notify.js";
import { openWorkspace } from "./newcomer.js";
import { onReturn } from "./on_return.js";
import { recallList, recallOpen, rememberList, rememberOpen } from "./remembered.js";
import { listVolumes } from "./summaries.js";
import { awaitEncoder } from "./system.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { Project, VolumeSummary } from "../api/types.d.ts"
 * @import { OpenProject } from "../state/types.d.ts"
 */

/** A project as the store has the one that is open. @param {Project} project @returns {OpenProject} */
export const asOpen = ({ id, name, access, owner_name: ownerName }) => ({ id, name, access, ownerName });

export class ProjectController {
  /** How a project's volumes are listed. */
  recallList = recallList;
  rememberList = rememberList;

  /**
   * @param {Store} store
   * @param {{
   *   server: import("./server.js").Server,
   *   notify: import("./notify.js").Notify,
   *   volume: Pick<import("./volume.js").VolumeController, "open" | "close">,
   *   page?: Pick<Window, "addEventListener">,
   * }} parts `page` tells of being looked at again
   */
  constructor(store, { server, notify, volume, page = globalThis.window }) {
    this.store = store;
    this.server = server;
    this.notify = notify;
    this.volume = volume;
    onReturn(page, () => this.listAgain());
  }

  /** List the volumes that there are now. Who opens projects tells what is gone, and of a server that is away. */
  listAgain() {
    return listVolumes(this.store, this.server).catch(() => {});
  }

  /** Open what was open last; a newcomer gets a workspace of their own. */
  async start() {
    try {
      const [system, found] = await Promise.all([this.server.system(), this.server.projects()]);
      const projects = found.length ? found : await openWorkspace(this.server, this.notify);
      this.store.set({ system, projects });
      awaitEncoder(this.store, this.server);
      const last = recallOpen();
      const project = projects.find((each) => each.id === last.project) ?? projects[0];
      if (project) return await this.#open(project.id, last.volume);
      this.volume.close();
      this.store.set({ project: null, labels: [], volumes: [] });
    } catch (error) {
      this.notify.failed(error);
      this.store.set({ failedToStart: true });
    }
  }

  /** @param {string} id */
  async open(id) {
    this.notify.withdraw("left");
    this.notify.withdraw("shared");
    await attempt(this.notify, () => this.#open(id));
  }

  /**
   * @param {string} id
   * @param {string | null} [volumeId] of it, to be opened; else its first
   */
  async #open(id, volumeId = null) {
    const [project, projects] = await Promise.all([this.server.project(id), this.server.projects()]);
    if (id !== this.store.state.project?.id) this.notify.withdraw("access");
    this.store.set({ projects });
    this.volume.close();
    this.store.set({ project: asOpen(project), labels: project.labels, volumes: project.volumes });
    this.store.set({ activeLabel: project.labels[0]?.value ?? null, hiddenLabels: new Set() });
    const volume = project.volumes.find((each) => each.id === volumeId) ?? project.volumes[0];
    rememberOpen({ project: id, volume: volume?.id ?? null });
    if (volume) await this.volume.open(volume.id);
  }

  /**
   * Open a project anew, with this volume.
   * @param {string} id
   * @param {string | null} volumeId
   */
  show(id, volumeId) {
    return this.#open(id, volumeId);
  }

  /** List all projects there are, for an administrator; opening one lists one's own again. */
  async listEveryones() {
    await attempt(this.notify, async () => this.store.set({ projects: await this.server.projects(true) }));
  }

  /**
   * @param {string} name
   * @returns {Promise<string | null>} its id, once it is open; null where that failed, which is told
   */
  create(name) {
    return attempt(this.notify, async () => {
      const { id } = await this.server.createProject(name);
      await this.#open(id);
      return id;
    });
  }

  /**
   * @param {{id: string, name: string}} project
   * @param {string} name
   */
  async rename(project, name) {
    await attempt(this.notify, async () => {
      const renamed = await this.server.renameProject(project.id, name);
      this.store.set({ project: asOpen(renamed) });
    });
  }

  /** @param {{id: string}} project */
  async remove(project) {
    await attempt(this.notify, async () => {
      this.store.emit("drop-outlines", { index: null });
      this.volume.close();
      try {
        await this.server.deleteProject(project.id);
      } finally {
        await this.start(); // what is there, also where it was refused
      }
    });
  }

  /**
   * A volume was uploaded: show it.
   * @param {VolumeSummary} summary
   */
  async volumeArrived(summary) {
    const { project } = this.store.state;
    if (project?.id !== summary.project_id) return this.#open(summary.project_id, summary.id);
    this.volumeListed(summary);
    await this.volume.open(summary.id);
  }

  /**
   * A volume was uploaded beside others: list it, if its project is open.
   * @param {VolumeSummary} summary
   */
  volumeListed(summary) {
    const { project, volumes } = this.store.state;
    if (project?.id === summary.project_id) this.store.set({ volumes: [...volumes.filter((each) => each.id !== summary.id), summary] });
  }

  /** @param {VolumeSummary} volume */
  async removeVolume(volume) {
    await attempt(this.notify, async () => {
      if (this.store.state.volume?.id === volume.id) {
        this.store.emit("drop-outlines", { index: null });
        this.volume.close();
      }
      try {
        await this.server.deleteVolume(volume.id);
      } finally {
        await this.#open(volume.project_id);
      }
    });
  }
}

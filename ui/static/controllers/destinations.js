/**
 * Which project a scan goes into: the one that is open. Where none is, or it is the demo, whose labels are not the
 * person's, the scan gets a project of its own, with its name; it is opened once the scan is there.
 */
import { MAX_NAME_LENGTH } from "../api/contract.js";
import { isDemo } from "../state/demo.js";
import { pathOf } from "../state/scan_groups.js";
import { t } from "../words/index.js";

/**
 * @typedef {object} Destination
 * @property {string} projectId
 * @property {boolean} leavesDemo a project was made because the demo is open
 * @property {() => Promise<void>} giveUp the scan does not come: a project that was made for it alone goes again
 *
 * @typedef {{ id: Promise<string>, scans: number }} MadeProject
 */

export class Destinations {
  /** @type {MadeProject | null} for scans that are on their way */
  #made = null;

  /**
   * @param {import("../state/store.js").Store} store
   * @param {{ server: Pick<import("./server.js").Server, "createProject" | "project" | "deleteProject"> }} parts
   */
  constructor(store, { server }) {
    this.store = store;
    this.server = server;
    store.on("project", () => (this.#made = null), { now: false });
  }

  /**
   * Scans that are dropped while the first of them is on its way go into the same project.
   *
   * @param {File[]} files of the scan
   * @returns {Promise<Destination>}
   */
  choose(files) {
    return this.chooseFor(scanName(files));
  }

  /**
   * The same for a scan that is no file here.
   *
   * @param {string} name of the scan
   * @returns {Promise<Destination>}
   */
  async chooseFor(name) {
    const { project } = this.store.state;
    if (project && !isDemo(this.store.state)) return { projectId: project.id, leavesDemo: false, giveUp: async () => {} };
    const made = (this.#made ??= { id: this.server.createProject(this.#projectName(name)).then(({ id }) => id), scans: 0 });
    made.scans += 1;
    try {
      return { projectId: await made.id, leavesDemo: project !== null, giveUp: () => this.#giveUp(made) };
    } catch (error) {
      if (this.#made === made) this.#made = null;
      throw error;
    }
  }

  /** The name of a scan may be a patient's: a server that keeps no such names does not get it. @param {string} name */
  #projectName(name) {
    return this.store.state.system?.deidentify ? t("projects.made.fallback") : cut(name);
  }

  /** @param {MadeProject} made */
  async #giveUp(made) {
    made.scans -= 1;
    if (made.scans) return;
    if (this.#made === made) this.#made = null;
    const { id, labels, volumes } = await this.server.project(await made.id);
    if (!volumes.length && !labels.length) await this.server.deleteProject(id);
  }
}

/**
 * What a person calls a scan: its file without the ending, or the folder that its files lie in.
 *
 * @param {File[]} files
 */
export function scanName(files) {
  const [first] = files;
  const path = pathOf(first);
  const folder = path.includes("/") ? path.split("/")[0] : "";
  const stem = files.length === 1 ? first.name.replace(/(\.nii)?\.[a-z][a-z0-9]*$/i, "") : "";
  return cut(stem || folder);
}

/** As long as a project's name may be; never half a character. @param {string} name */
const cut = (name) => [...name.trim()].slice(0, MAX_NAME_LENGTH).join("") || t("projects.made.fallback");

/**
 * Sharing: whom the open project is shared with, and what becomes of a page whose project is shared otherwise meanwhile. What
 * was painted and could not be saved stays in this browser, and is saved once its person may paint there again.
 */
import { mayWrite, writeBlocker } from "../state/access.js";
import { whereKept } from "../state/kept.js";
import { onReturn } from "./on_return.js";
import { attempt } from "./notify.js";
import { asOpen } from "./project.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { Members, Project, ProjectRole, ProjectSummary } from "../api/types.d.ts"
 * @import { OpenProject } from "../state/types.d.ts"
 */

const LEFT_MS = 9000; // another project arrives meanwhile and is looked at first

export class MemberController {
  /** @type {Promise<void> | null} */
  #checking = null;

  /**
   * @param {Store} store
   * @param {{
   *   server: Pick<import("./server.js").Server, "project" | "projects" | "members" | "putMember" | "removeMember" | "handOver">,
   *   notify: import("./notify.js").Notify,
   *   project: Pick<import("./project.js").ProjectController, "start">,
   *   saver: Pick<import("./autosave.js").Saver, "setAside" | "flush">,
   *   annotations: Pick<import("./annotations.js").AnnotationsController, "load">,
   *   page?: Pick<Window, "addEventListener">,
   * }} parts `page` tells of being looked at again
   */
  constructor(store, { server, notify, saver, project, annotations, page = globalThis.window }) {
    this.store = store;
    this.server = server;
    this.notify = notify;
    this.saver = saver;
    this.project = project;
    this.annotations = annotations;
    onReturn(page, () => this.check());
    store.when("refused", () => void this.check());
  }

  /** @param {OpenProject} project */
  list({ id }) {
    return attempt(this.notify, () => this.server.members(id));
  }

  /**
   * Share the project with somebody, or give a member another role.
   * @param {OpenProject} project
   * @param {string} name
   * @param {ProjectRole} role
   * @param {Pick<import("./notify.js").Notify, "failed">} [place] where a failure is told
   * @returns {Promise<Members | null>} null when it failed, which was told
   */
  put({ id }, name, role, place = this.notify) {
    return attempt(place, () => this.server.putMember(id, name, role));
  }

  /**
   * Take the project back from a member.
   * @param {OpenProject} project
   * @param {string} accountId
   * @returns {Promise<Members | null>} null when it failed, which was told
   */
  remove({ id }, accountId) {
    return attempt(this.notify, async () => {
      await this.server.removeMember(id, accountId);
      return this.server.members(id);
    });
  }

  /**
   * Give the project to somebody; who had it may still paint in it.
   * @param {OpenProject} project
   * @param {string} name
   * @param {Pick<import("./notify.js").Notify, "failed">} [place] where a failure is told
   * @returns {Promise<Members | null>} null when it failed, which was told
   */
  handOver({ id }, name, place = this.notify) {
    return attempt(place, async () => {
      const members = await this.server.handOver(id, name);
      await this.check();
      this.store.set({ projects: await this.server.projects() });
      return members;
    });
  }

  /** Be a member of the project no longer; what is not saved is, if that is possible. @param {OpenProject} project */
  async leave({ id, name }) {
    const { login, volume } = this.store.state;
    if (volume) await this.saver.flush(volume.id).catch(() => {}); // it stays in this browser, which was said
    await attempt(this.notify, async () => {
      const { members } = await this.server.members(id);
      const me = members.find((each) => each.name === login?.name);
      if (me) await this.server.removeMember(id, me.account_id);
      this.#setAside();
      this.notify.withdraw("access");
      this.notify.say(`You left ${name}.`, { kind: "success", durationMs: LEFT_MS, place: "left" });
      await this.project.start();
    });
  }

  /** Ask which projects there are now, and what may be done in the open one. Where the server is away nothing is said. */
  check() {
    this.#checking ??= this.#check()
      .catch(() => {})
      .finally(() => (this.#checking = null));
    return this.#checking;
  }

  async #check() {
    const { login, loggedOut, system } = this.store.state;
    if (!login || loggedOut || !system) return;
    await this.#checkList();
    if (this.store.state.project) await this.#checkOpen(this.store.state.project);
  }

  /** Tell of projects that are new to this person. Where there was none, one is opened. */
  async #checkList() {
    const before = this.store.state.projects;
    const projects = await this.server.projects();
    if (this.store.state.projects !== before) return; // they were fetched otherwise meanwhile
    const known = new Map(before.map((each) => [each.id, each]));
    const news = projects.map((each) => newsOf(each, known.get(each.id))).filter(Boolean);
    this.store.set({ projects });
    if (news.length) this.notify.say(news.join(" "), { kind: "success", durationMs: 0, place: "shared" });
    if (!before.length && projects.length) await this.project.start();
  }

  /** @param {OpenProject} project */
  async #checkOpen(project) {
    /** @type {Project} */
    let now;
    try {
      now = await this.server.project(project.id);
    } catch (/** @type {any} */ error) {
      if (error.status === 404 && project.ownerName && this.store.state.project === project) await this.#withdrawn(project);
      return;
    }
    const { state } = this.store;
    if (state.project !== project || (now.access === project.access && now.owner_name === project.ownerName)) return;
    const could = mayWrite(state);
    this.store.set({ project: asOpen(now) });
    const can = mayWrite(this.store.state);
    if (could === can) return;
    if (!can) this.#setAside();
    const owner = now.owner_name;
    const isGiven = Boolean(project.ownerName) && !owner; // which the list told
    const refusal = owner ? `${owner} lets you only look at this project now` : writeBlocker(this.store.state);
    const text = can ? `${owner ?? "An administrator"} lets you paint in this project now.` : `${refusal}. ${this.#kept}`;
    if (can && isGiven) this.notify.withdraw("access");
    else this.notify.say(text, { kind: can ? "success" : "error", durationMs: 0, place: "access" });
    await this.annotations.load(); // what the server has, without what it refused; or with what it takes now
  }

  /** @param {OpenProject} project */
  async #withdrawn({ name, ownerName }) {
    this.#setAside();
    this.notify.withdraw("access");
    this.notify.say(`${ownerName} does not share ${name} with you any more. ${this.#kept}`, { kind: "error", durationMs: 0, place: "left" });
    await this.project.start();
  }

  get #kept() {
    return `What was not saved stays ${whereKept(this.store.state.saving)}.`;
  }

  /** Send no more of the open project. */
  #setAside() {
    this.saver.setAside(this.store.state.volumes.map(({ id }) => id));
  }
}

/**
 * What a person is told of a project in the list; "" for nothing.
 * @param {ProjectSummary} now
 * @param {ProjectSummary | undefined} before
 */
function newsOf({ name, owner_name: owner }, before) {
  if (!before && owner) return `${owner} shared ${name} with you.`;
  return owner || (before && !before.owner_name) ? "" : `${name} is yours now.`;
}

/**
 * Sharing: whom the open project is shared with or offered to, what others offer, and what becomes of a page whose
 * project is shared otherwise meanwhile. What was painted and could not be saved stays in this browser, and is saved once
 * its person may paint there again.
 */
import { mayWrite, offerText, writeBlocker } from "../state/access.js";
import { sentences, t } from "../words/index.js";
import { onReturn } from "./on_return.js";
import { attempt } from "./notify.js";
import { asOpen } from "./project.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { Members, Offer, Project, ProjectRole, ProjectSummary, Stay } from "../api/types.d.ts"
 * @import { OpenProject } from "../state/types.d.ts"
 */

const LEFT_MS = 9000; // another project arrives meanwhile and is looked at first

export class MemberController {
  /** @type {Promise<void> | null} */
  #checking = null;

  /**
   * @param {Store} store
   * @param {{
   *   server: Pick<import("./server.js").Server, "project" | "projects" | "members" | "putMember" | "removeMember" | "offers" | "offerProject" | "takeOfferBack" | "answerOffer">,
   *   notify: import("./notify.js").Notify,
   *   project: Pick<import("./project.js").ProjectController, "start" | "open">,
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
    store.on("login", ({ login }) => void (login && this.#checkOffers().catch(() => {})), { now: false });
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
   * Offer the project to somebody, whose it is once it is accepted.
   * @param {OpenProject} project
   * @param {string} name
   * @param {Stay} stay what its owner can still do in it then
   * @param {Pick<import("./notify.js").Notify, "failed">} [place] where a failure is told
   * @returns {Promise<Members | null>} null when it failed, which was told
   */
  offer({ id }, name, stay, place = this.notify) {
    return attempt(place, () => this.server.offerProject(id, name, stay));
  }

  /**
   * End an offer that was not answered yet.
   * @param {OpenProject} project
   * @param {Pick<import("./notify.js").Notify, "failed">} [place] where a failure is told
   * @returns {Promise<Members | null>} null when it failed, which was told
   */
  takeBack({ id }, place = this.notify) {
    return attempt(place, () => this.server.takeOfferBack(id));
  }

  /** Own a project that is offered, and open it. @param {Offer} offer */
  async accept({ project_id: id, project_name: name }) {
    if (await this.#answer(id, "accept")) {
      await this.project.open(id);
      this.notify.say(t("people.news.yours", { project: name }), { kind: "success" });
    }
  }

  /** @param {Offer} offer */
  async decline({ project_id: id }) {
    await this.#answer(id, "decline");
  }

  /**
   * @param {string} projectId
   * @param {"accept" | "decline"} answer
   */
  async #answer(projectId, answer) {
    const done = await attempt(this.notify, async () => (await this.server.answerOffer(projectId, answer), true));
    await this.#checkOffers().catch(() => {}); // an offer that was taken back meanwhile goes too
    return done;
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
      this.notify.say(t("people.news.left", { project: name }), { kind: "success", durationMs: LEFT_MS, place: "left" });
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
    await Promise.all([this.#checkList(), this.#checkOffers()]);
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
    if (news.length) this.notify.say(sentences(news), { kind: "success", durationMs: 0, place: "shared" });
    if (!before.length && projects.length) await this.project.start();
  }

  /** Tell of projects that somebody offers. */
  async #checkOffers() {
    const known = new Set(this.store.state.offers.map((each) => each.project_id));
    const offers = await this.server.offers();
    this.store.set({ offers });
    const news = offers.filter((each) => !known.has(each.project_id)).map(offerText);
    if (known.size && !offers.length) this.notify.withdraw("offer");
    if (news.length) this.notify.say(t("people.news.offers", { offers: sentences(news) }), { durationMs: 0, place: "offer" });
  }

  /** @param {OpenProject} project */
  async #checkOpen(project) {
    /** @type {Project} */
    let now;
    try {
      now = await this.server.project(project.id);
    } catch (/** @type {any} */ error) {
      if (error.status === 404 && this.store.state.project === project) await this.#withdrawn(project);
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
    const text = can ? allowedText(owner) : t("people.news.refused", { why: refusedText(owner, this.store.state), kept: this.#kept });
    const tell = () => this.notify.say(text, { kind: can ? "success" : "error", durationMs: 0, place: "access" });
    if (!can) tell();
    await this.annotations.load().catch(() => {}); // what the server has, without what it refused; or with what it takes now
    if (can && isGiven) this.notify.withdraw("access");
    else if (can) tell(); // not before: a stroke that is begun on slices that are being replaced is dropped
  }

  /** @param {OpenProject} project */
  async #withdrawn({ name, ownerName }) {
    this.#setAside();
    const text = ownerName ? t("people.news.withdrawn", { owner: ownerName, project: name }) : t("people.news.gone", { project: name });
    this.notify.say(sentences([text, this.#kept]), { kind: "error", durationMs: 0, place: "left" });
    await this.project.start();
    this.notify.withdraw("access"); // what was under way says the same of each volume and run
  }

  get #kept() {
    return this.store.state.saving.backedUp === false ? t("people.unsaved.inWindow") : t("people.unsaved.inBrowser");
  }

  /** Send no more of the open project. */
  #setAside() {
    this.saver.setAside(this.store.state.volumes.map(({ id }) => id));
  }
}

/** What who may paint from now on is told. @param {string | null | undefined} owner */
const allowedText = (owner) => (owner ? t("people.news.letsPaint", { owner }) : t("people.news.adminLetsPaint"));

/**
 * Why who could paint may not any more.
 * @param {string | null | undefined} owner
 * @param {Parameters<typeof writeBlocker>[0]} state
 */
const refusedText = (owner, state) => (owner ? t("people.news.letsLook", { owner }) : (writeBlocker(state) ?? ""));

/**
 * What a person is told of a project in the list; "" for nothing.
 * @param {ProjectSummary} now
 * @param {ProjectSummary | undefined} before
 */
function newsOf({ name: project, owner_name: owner }, before) {
  if (!before) return owner ? t("people.news.shared", { owner, project }) : ""; // one's own was made in another window
  if (Boolean(before.owner_name) === Boolean(owner)) return "";
  return owner ? t("people.news.owned", { owner, project }) : t("people.news.yours", { project });
}

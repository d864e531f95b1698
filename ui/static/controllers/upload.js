/** Bringing scans in. What belongs to one scan is one upload (the server decides what its files are). */
import { AccountRole, ErrorCode } from "../api/contract.js";
import { writeBlocker } from "../state/access.js";
import { isChoice } from "../state/imports.js";
import { groupScans } from "../state/scan_groups.js";
import { t } from "../words/index.js";
import { attempt } from "./notify.js";
import { showReading, showUpload } from "./upload_progress.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { SeriesChoice, VolumeSummary } from "../api/types.d.ts"
 * @import { Destination } from "./destinations.js"
 */

export class UploadController {
  /** @type {Map<string, Destination>} of uploads that wait for a choice, by id */
  #waiting = new Map();

  /**
   * @param {Store} store
   * @param {{
   *   server: import("./server.js").Server,
   *   notify: import("./notify.js").Notify,
   *   project: Pick<import("./project.js").ProjectController, "volumeArrived" | "show">,
   *   destinations: Pick<import("./destinations.js").Destinations, "choose" | "chooseFor">,
   *   imports: Pick<import("./imports.js").ImportsController, "add" | "addSeries" | "busy">,
   * }} parts
   */
  constructor(store, { server, notify, project, destinations, imports }) {
    this.store = store;
    this.server = server;
    this.notify = notify;
    this.project = project;
    this.destinations = destinations;
    this.imports = imports;
  }

  get #mayOwn() {
    return this.store.state.login?.role !== AccountRole.REVIEWER;
  }

  /** One scan is shown once it is there; several become a list. @param {File[]} files */
  async upload(files) {
    const groups = await groupScans(files);
    if (!groups.length) return;
    if (this.#isBlocked()) return;
    if (groups.length > 1 || this.imports.busy) this.imports.add(groups);
    else await this.#uploadOne(groups[0].files);
  }

  /** Whether nothing may come into the project, which is told then. */
  #isBlocked() {
    const blocker = writeBlocker(this.store.state);
    if (blocker) this.notify.say(this.#mayOwn ? t("imports.blockedOwn", { why: blocker }) : t("page.sentence", { text: blocker }), { kind: "error" });
    return Boolean(blocker);
  }

  /**
   * A scan that the server gets from elsewhere, which shows how far it is.
   * @param {string} name of the scan
   * @param {(projectId: string, again: boolean) => Promise<VolumeSummary>} get
   * @param {boolean} [again] though the project has the same scan already
   */
  async bring(name, get, again = false) {
    if (this.#isBlocked()) return;
    /** @type {Destination} */
    let destination;
    try {
      destination = await this.destinations.chooseFor(name);
    } catch (error) {
      return this.notify.failed(error);
    }
    await this.#receive(destination, () => get(destination.projectId, again), null, () => void this.bring(name, get, true));
  }

  /** Where an upload that waited goes; undefined of one that waits no more. @param {string} uploadId */
  #noLongerWaiting(uploadId) {
    const destination = this.#waiting.get(uploadId);
    this.#waiting.delete(uploadId);
    return destination;
  }

  /** @param {File[]} wanted @param {boolean} [again] though the project has the same scan already */
  async #uploadOne(wanted, again = false) {
    const { report, signal } = showUpload(this.store, wanted.length === 1 ? wanted[0].name : t("imports.upload.files", { count: wanted.length }));
    /** @type {Destination} */
    let destination;
    try {
      destination = await this.destinations.choose(wanted);
    } catch (error) {
      this.store.set({ uploading: null });
      return this.notify.failed(error);
    }
    await this.#receive(destination, () => this.server.upload(destination.projectId, wanted, report, signal, again), null, () => void this.#uploadOne(wanted, true));
  }

  /**
   * Go on with one of the series that an upload turned out to hold.
   * @param {string} uploadId
   * @param {SeriesChoice} choice
   */
  async chooseSeries(uploadId, choice) {
    const destination = this.#noLongerWaiting(uploadId);
    if (!destination) return;
    await this.#readWaiting(destination, choice.description ? t("imports.upload.reading", { name: choice.description }) : t("imports.upload.readingSeries"), uploadId, choice.series_uid, {});
  }

  /**
   * Go on with all of them, each as a volume.
   * @param {string} uploadId
   * @param {SeriesChoice[]} choices
   */
  chooseAll(uploadId, choices) {
    const destination = this.#noLongerWaiting(uploadId);
    if (!destination) return;
    this.imports.addSeries(destination, uploadId, choices);
  }

  /**
   * Go on with an upload whose slices form no regular stack: on a regular grid.
   * @param {string} uploadId
   * @param {string | null} seriesUid the one that was chosen, where there were several
   */
  async resample(uploadId, seriesUid) {
    const destination = this.#noLongerWaiting(uploadId);
    if (!destination) return;
    await this.#readWaiting(destination, t("imports.upload.resampling"), uploadId, seriesUid, { resample: true });
  }

  /**
   * Go on with an upload that is too large: at half resolution.
   * @param {string} uploadId
   * @param {string | null} seriesUid the one that was chosen, where there were several
   */
  async halve(uploadId, seriesUid) {
    const destination = this.#noLongerWaiting(uploadId);
    if (!destination) return;
    await this.#readWaiting(destination, t("imports.upload.halving"), uploadId, seriesUid, { half: true });
  }

  /**
   * @param {Destination} destination
   * @param {string} text
   * @param {string} uploadId
   * @param {string | null} seriesUid
   * @param {{resample?: boolean, half?: boolean, again?: boolean, pictures?: boolean}} how
   */
  async #readWaiting(destination, text, uploadId, seriesUid, how) {
    const signal = showReading(this.store, text);
    const again = () => void this.#readWaiting(destination, text, uploadId, seriesUid, { ...how, again: true });
    await this.#receive(destination, () => this.server.chooseSeries(uploadId, seriesUid, how, signal), seriesUid, again);
  }

  /**
   * Go on with pictures of one size.
   * @param {string} uploadId
   * @param {boolean} pictures they are unrelated, not slices of one body
   */
  async readPictures(uploadId, pictures) {
    const destination = this.#noLongerWaiting(uploadId);
    if (!destination) return;
    await this.#readWaiting(destination, t("imports.upload.readingPictures"), uploadId, null, { pictures });
  }

  /** None of the series is wanted, or not resampled. @param {string} uploadId */
  async chooseNone(uploadId) {
    await this.#noLongerWaiting(uploadId)?.giveUp().catch(() => {}); // an empty project stays in the list
  }

  /**
   * Show the volume that comes of it. When the files hold several series, the event "series-choice" says which; when
   * their slices form no regular stack, "resample-choice" asks what to do, and "half-choice" where they are too large;
   * "pictures-choice" asks what pictures are.
   * @param {Destination} destination
   * @param {() => Promise<VolumeSummary>} bring
   * @param {string | null} seriesUid the series it is of, where there are several
   * @param {() => void} again brings it though the project has the same scan already
   */
  async #receive(destination, bring, seriesUid, again) {
    try {
      const volume = await bring();
      this.store.set({ uploading: null });
      await this.project.volumeArrived(volume);
      if (volume.notes) this.notify.say(volume.notes);
      if (destination.leavesDemo) this.#tellOfProject();
    } catch (/** @type {any} */ error) {
      this.store.set({ uploading: null });
      if (error.code === ErrorCode.SAME_SCAN && error.detail.deleted_id) return this.#offerRestore(error);
      if (error.code === ErrorCode.SAME_SCAN) return this.notify.say(error.message, { action: { text: t("imports.item.again"), run: again }, durationMs: 0, place: "same-scan" });
      if (!isChoice(error.code)) return this.#failed(destination, error);
      const { upload_id: uploadId, choices } = error.detail;
      this.#waiting.set(uploadId, destination);
      if (error.code === ErrorCode.SERIES_CHOICE) this.store.emit("series-choice", { uploadId, choices });
      else if (error.code === ErrorCode.PICTURES_CHOICE) this.store.emit("pictures-choice", { uploadId, message: error.message });
      else this.store.emit(error.code === ErrorCode.HALF_CHOICE ? "half-choice" : "resample-choice", { uploadId, seriesUid, message: error.message });
    }
  }

  /** The scan was deleted and can be restored. @param {import("../api/client.js").ApiError} error */
  #offerRestore({ message, detail }) {
    const id = detail.deleted_id ?? "";
    const projectId = this.store.state.project?.id ?? "";
    const run = () => void attempt(this.notify, async () => void (await this.server.restoreDeleted(id), await this.project.show(projectId, id)));
    this.notify.say(message, { action: { text: t("deleted.restore.begin"), run }, durationMs: 0, place: "same-scan" });
  }

  /**
   * @param {Destination} destination
   * @param {unknown} error
   */
  async #failed(destination, error) {
    this.notify.failed(error);
    await destination.giveUp().catch(() => {}); // an empty project stays in the list
  }

  #tellOfProject() {
    this.notify.say(t("projects.made.fromDemo", { project: this.store.state.project?.name ?? "" }));
  }
}

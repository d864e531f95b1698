/**
 * Many scans at once: each is an upload of its own, one after the other, into one list in the store. One that fails, asks
 * or is cancelled stops no other.
 */
import { ErrorCode } from "../api/contract.js";
import { allText, importSummary, isChoice, isImporting, isRunning, seriesText } from "../state/imports.js";
import { t } from "../words/index.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { ImportItem } from "../state/types.d.ts"
 * @import { ErrorDetail, SeriesChoice, VolumeSummary } from "../api/types.d.ts"
 * @import { ScanGroup } from "../state/scan_groups.js"
 * @import { Destination } from "./destinations.js"
 *
 * @typedef {object} Batch scans that came together and go into one project
 * @property {File[]} files
 * @property {Destination | null} destination null until it is chosen
 * @property {string | undefined} openProject the one that was on screen when they came
 * @property {boolean} opened one of them was
 *
 * @typedef {object} Job what is done for an item of the list
 * @property {Batch} batch
 * @property {(report: (fraction: number) => void, signal: AbortSignal) => Promise<VolumeSummary>} bring
 * @property {((again: boolean) => Job["bring"])} how makes `bring`; `again`: though the project has this scan already
 * @property {string | null} seriesUid of the series that is meant, where there are several
 * @property {AbortController | null} abort
 * @property {{uploadId: string, choices: SeriesChoice[]} | null} asked what it waits for
 */

export class ImportsController {
  /** @type {Map<number, Job>} by the item's id */
  #jobs = new Map();
  #working = false;
  #lastId = 0;

  /**
   * @param {Store} store
   * @param {{
   *   server: Pick<import("./server.js").Server, "upload" | "chooseSeries">,
   *   notify: Pick<import("./notify.js").Notify, "say" | "failed" | "choose">,
   *   project: Pick<import("./project.js").ProjectController, "volumeArrived" | "volumeListed">,
   *   destinations: Pick<import("./destinations.js").Destinations, "choose">,
   * }} parts
   */
  constructor(store, { server, notify, project, destinations }) {
    this.store = store;
    this.server = server;
    this.notify = notify;
    this.project = project;
    this.destinations = destinations;
  }

  /** Whether scans wait or are on their way. */
  get busy() {
    return isImporting(this.store.state.imports);
  }

  /** @param {ScanGroup[]} groups */
  add(groups) {
    const batch = this.#batch(groups.flatMap((group) => group.files), null);
    const jobs = groups.map(({ name, files }) => {
      const how = (/** @type {boolean} */ again) => async (/** @type {(fraction: number) => void} */ report, /** @type {AbortSignal} */ signal) => {
        batch.destination ??= await this.destinations.choose(batch.files);
        return this.server.upload(batch.destination.projectId, files, report, signal, again);
      };
      return { name, job: newJob(batch, how) };
    });
    this.#append(jobs);
  }

  /**
   * Every series of an upload that waits for a choice.
   * @param {Destination} destination
   * @param {string} uploadId
   * @param {SeriesChoice[]} choices
   */
  addSeries(destination, uploadId, choices) {
    this.#append(this.#seriesJobs(this.#batch([], destination), uploadId, choices));
  }

  /** @param {number} id */
  cancel(id) {
    const item = this.#item(id);
    if (item?.state === "waiting") this.#change(id, { state: "cancelled" });
    else if (item && isRunning(item)) this.#jobs.get(id)?.abort?.abort();
  }

  /** What waits, and what is on its way. */
  cancelAll() {
    for (const item of this.store.state.imports) if (item.state === "waiting") this.cancel(item.id);
    for (const item of this.store.state.imports) this.cancel(item.id);
  }

  /** Once more; of a scan that the project has already: all the same. @param {number} id */
  retry(id) {
    const job = this.#jobs.get(id);
    if (!job) return;
    job.bring = job.how(this.#item(id)?.state === "present");
    this.#change(id, { state: "waiting", text: "", fraction: 0 });
    void this.#work();
  }

  retryFailed() {
    for (const item of this.store.state.imports) if (item.state === "failed") this.retry(item.id);
  }

  /** Take what an item offers: all its series, its slices resampled, or half resolution. @param {number} id */
  accept(id) {
    const job = this.#jobs.get(id);
    if (!job?.asked) return;
    const { uploadId, choices } = job.asked;
    if (!choices.length) return this.retry(id); // `how` has been told what to do
    const { imports } = this.store.state;
    const at = imports.findIndex((item) => item.id === id);
    this.#jobs.delete(id);
    const items = this.#items(this.#seriesJobs(job.batch, uploadId, choices));
    this.store.set({ imports: [...imports.slice(0, at), ...items, ...imports.slice(at + 1)] });
    void this.#work();
  }

  acceptAll() {
    for (const item of this.store.state.imports) if (item.state === "asks") this.accept(item.id);
  }

  /** One of an item's series. @param {number} id */
  async choose(id) {
    const job = this.#jobs.get(id);
    if (!job?.asked?.choices.length) return;
    const { uploadId, choices } = job.asked;
    const rows = choices.map((choice) => ({ value: choice, ...seriesText(choice) }));
    const chosen = await this.notify.choose(t("imports.choose.title"), t("imports.choose.ofList"), rows, { rowTestid: "series-choice" });
    if (!chosen || !job.asked) return;
    job.seriesUid = chosen.series_uid;
    job.how = this.#series(uploadId, chosen.series_uid, {});
    this.retry(id);
  }

  /** Empty the list, once nothing is on its way. */
  clear() {
    if (this.busy) return;
    this.#jobs.clear();
    this.store.set({ imports: [] });
  }

  /** @param {File[]} files @param {Destination | null} destination @returns {Batch} */
  #batch(files, destination) {
    return { files, destination, openProject: this.store.state.project?.id, opened: false };
  }

  /** @param {Batch} batch @param {string} uploadId @param {SeriesChoice[]} choices */
  #seriesJobs(batch, uploadId, choices) {
    return choices.map((choice) => ({ name: seriesText(choice).text, job: newJob(batch, this.#series(uploadId, choice.series_uid, {}), choice.series_uid) }));
  }

  /** @param {string} uploadId @param {string | null} uid @param {{resample?: boolean, half?: boolean, pictures?: boolean}} how @returns {Job["how"]} */
  #series(uploadId, uid, how) {
    return (again) => (report, signal) => (report(1), this.server.chooseSeries(uploadId, uid, { ...how, again }, signal));
  }

  /** What ended well or was cancelled before counts no more. @param {{name: string, job: Job}[]} jobs */
  #append(jobs) {
    const { imports } = this.store.state;
    const kept = this.busy ? imports : imports.filter(({ state }) => state !== "done" && state !== "cancelled");
    this.store.set({ imports: [...kept, ...this.#items(jobs)] });
    for (const id of this.#jobs.keys()) if (!this.#item(id)) this.#jobs.delete(id);
    void this.#work();
  }

  /** @param {{name: string, job: Job}[]} jobs @returns {ImportItem[]} */
  #items(jobs) {
    return jobs.map(({ name, job }) => {
      this.#lastId += 1;
      this.#jobs.set(this.#lastId, job);
      return { id: this.#lastId, name, state: /** @type {const} */ ("waiting"), fraction: 0, text: "", offer: "", series: 0 };
    });
  }

  /** @param {number} id */
  #item(id) {
    return this.store.state.imports.find((item) => item.id === id);
  }

  /** @param {number} id @param {Partial<ImportItem>} patch */
  #change(id, patch) {
    this.store.set({ imports: this.store.state.imports.map((item) => (item.id === id ? { ...item, ...patch } : item)) });
  }

  /** Import what waits, one after the other. */
  async #work() {
    if (this.#working) return;
    this.#working = true;
    let next;
    while ((next = this.store.state.imports.find((item) => item.state === "waiting"))) await this.#import(next.id);
    this.#working = false;
    await this.#leaveEmpty();
    const { imports } = this.store.state;
    const failed = imports.some(({ state }) => state === "failed");
    this.notify.say(t("page.sentence", { text: importSummary(imports)?.text ?? "" }), { kind: failed ? "error" : "success", place: "imports" });
  }

  /** @param {number} id */
  async #import(id) {
    const job = /** @type {Job} */ (this.#jobs.get(id));
    const abort = (job.abort = new AbortController());
    const report = (/** @type {number} */ fraction) => this.#change(id, { state: fraction >= 1 ? "reading" : "uploading", fraction });
    report(0);
    try {
      const volume = await job.bring(report, abort.signal);
      this.#change(id, { state: "done", fraction: 1, text: volume.notes });
      await this.#show(job.batch, volume).catch((error) => this.notify.failed(error));
    } catch (/** @type {any} */ error) {
      this.#ended(id, job, error);
    }
  }

  /**
   * The first of a batch is opened where nothing is on screen that somebody may be at work on.
   * @param {Batch} batch
   * @param {VolumeSummary} volume
   */
  async #show(batch, volume) {
    const { project, volume: onScreen } = this.store.state;
    const isFirst = !batch.opened;
    batch.opened = true;
    const opens = project?.id === volume.project_id ? !onScreen : project?.id === batch.openProject;
    if (isFirst && opens) await this.project.volumeArrived(volume);
    else this.project.volumeListed(volume);
  }

  /** @param {number} id @param {Job} job @param {{name?: string, code?: string, message: string, detail?: Partial<ErrorDetail>}} error */
  #ended(id, job, { name, code, message, detail = {} }) {
    const choices = detail.choices ?? [];
    job.asked = isChoice(code) ? { uploadId: String(detail.upload_id), choices } : null;
    if (code === "cancelled" || name === "AbortError") return this.#change(id, { state: "cancelled" });
    if (!job.asked) return this.#change(id, { state: code === ErrorCode.SAME_SCAN ? "present" : "failed", text: message });
    const { how, offer } = offered(code);
    if (!choices.length) job.how = this.#series(job.asked.uploadId, job.seriesUid, how);
    const text = choices.length ? t("imports.holds", { count: choices.length }) : message;
    this.#change(id, { state: "asks", text, series: choices.length, offer: choices.length ? allText(choices) : offer });
  }

  /** A project that was made for scans of which none came goes again; a later try makes another one. */
  async #leaveEmpty() {
    const open = new Set(this.store.state.imports.filter(({ state }) => state === "done" || state === "asks").map(({ id }) => this.#jobs.get(id)?.batch));
    for (const batch of new Set([...this.#jobs.values()].map((job) => job.batch))) {
      if (open.has(batch) || !batch.destination || !batch.files.length) continue;
      await batch.destination.giveUp().catch(() => {}); // an empty project stays in the list
      batch.destination = null;
    }
  }
}

/** What is done with an upload that waits, and what that is called. @param {string | undefined} code */
function offered(code) {
  if (code === ErrorCode.PICTURES_CHOICE) return { how: { pictures: true }, offer: t("imports.offer.pictures") };
  if (code === ErrorCode.HALF_CHOICE) return { how: { half: true }, offer: t("imports.offer.half") };
  return { how: { resample: true }, offer: t("imports.offer.resample") };
}

/** @param {Batch} batch @param {Job["how"]} how @param {string | null} [seriesUid] @returns {Job} */
const newJob = (batch, how, seriesUid = null) => ({ batch, how, bring: how(false), seriesUid, abort: null, asked: null });

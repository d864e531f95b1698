/** Bringing scans in. One drop is one volume (the server decides what the files are). */

/**
 * @import { Store } from "../state/store.js"
 * @import { SeriesChoice, VolumeSummary } from "../api/types.d.ts"
 */

export class UploadController {
  /**
   * @param {Store} store
   * @param {{
   *   server: import("./server.js").Server,
   *   notify: import("./notify.js").Notify,
   *   project: Pick<import("./project.js").ProjectController, "ensure" | "volumeArrived">,
   * }} parts
   */
  constructor(store, { server, notify, project }) {
    this.store = store;
    this.server = server;
    this.notify = notify;
    this.project = project;
  }

  /** @param {File[]} files */
  async upload(files) {
    const wanted = files.filter((file) => !file.name.startsWith("."));
    if (!wanted.length) return;
    const controller = new AbortController();
    const name = wanted.length === 1 ? wanted[0].name : `${wanted.length} files`;
    const cancel = () => controller.abort();
    const report = (/** @type {number} */ fraction) =>
      this.store.set({ uploading: { text: `${fraction < 1 ? "Uploading" : "Reading"} ${name}`, fraction, cancel } });
    report(0);
    await this.#receive(async () => this.server.upload(await this.project.ensure(), wanted, report, controller.signal));
  }

  /**
   * Go on with one of the series that an upload turned out to hold.
   * @param {string} uploadId
   * @param {SeriesChoice} choice
   */
  async chooseSeries(uploadId, choice) {
    this.store.set({ uploading: { text: `Reading ${choice.description || "series"}`, fraction: 1 } });
    await this.#receive(() => this.server.chooseSeries(uploadId, choice.series_uid));
  }

  /**
   * Show the volume that comes of it. When the files hold several series, the event "series-choice" says which.
   * @param {() => Promise<VolumeSummary>} bring
   */
  async #receive(bring) {
    try {
      const volume = await bring();
      this.store.set({ uploading: null });
      await this.project.volumeArrived(volume);
    } catch (/** @type {any} */ error) {
      this.store.set({ uploading: null });
      if (error.code === "series_choice") this.store.emit("series-choice", { uploadId: error.detail.upload_id, choices: error.detail.choices });
      else this.notify.failed(error);
    }
  }
}

/** Scans from the hospital's archives, and masks into them. */
import { scanText } from "../state/archives.js";
import { t } from "../words/index.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { WantedStudies } from "../api/archives.js"
 * @import { Archive, ArchiveSeries, ArchiveStudy } from "../api/types.d.ts"
 */

const POLL_MS = 700;
const FORMATS = /** @type {const} */ (["seg", "rtstruct", "seg_label_map"]);

export class ArchiveController {
  /**
   * @param {Store} store
   * @param {{
   *   server: Pick<import("./server.js").Server, "archiveStudies" | "archiveSeries" | "fetchSeries" | "fetchProgress" | "storeMask">,
   *   notify: Pick<import("./notify.js").Notify, "say" | "failed" | "choose" | "withdraw">,
   *   uploads: Pick<import("./upload.js").UploadController, "bring">,
   * }} parts
   * @param {{ pollMs?: number }} [options]
   */
  constructor(store, { server, notify, uploads }, { pollMs = POLL_MS } = {}) {
    this.store = store;
    this.server = server;
    this.notify = notify;
    this.uploads = uploads;
    this.pollMs = pollMs;
  }

  /** What fails is the dialog's to say: a note of the page would be behind it. @param {Archive} archive @param {WantedStudies} wanted */
  studies(archive, wanted) {
    return this.server.archiveStudies(archive.id, wanted);
  }

  /** As {@link studies}. @param {Archive} archive @param {ArchiveStudy} study */
  series(archive, study) {
    return this.server.archiveSeries(archive.id, study.study_uid);
  }

  /**
   * Bring a series into the project, as an upload comes.
   * @param {Archive} archive
   * @param {ArchiveStudy} study
   * @param {ArchiveSeries} series
   */
  async open(archive, study, series) {
    await this.uploads.bring(scanText(study, series), (projectId, again) => this.#fetch(archive, study, series, projectId, again));
  }

  /**
   * @param {Archive} archive
   * @param {ArchiveStudy} study
   * @param {ArchiveSeries} series
   * @param {string} projectId
   * @param {boolean} again
   */
  async #fetch(archive, study, series, projectId, again) {
    const controller = new AbortController();
    const cancel = () => controller.abort();
    const fetchId = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const total = series.instances ?? 0;
    const show = (/** @type {number} */ count) => {
      const text = total && count >= total ? t("archives.fetch.reading") : t("archives.fetch.coming", { archive: archive.name, count });
      this.store.set({ uploading: { text, fraction: total ? Math.min(1, count / total) : 1, cancel } });
    };
    show(0);
    let latest = 0; // a poll that comes after the end of the last is of a fetch that is read
    const poll = setInterval(async () => {
      const { instances } = await this.server.fetchProgress(fetchId).catch(() => ({ instances: 0 }));
      if (!controller.signal.aborted && instances > latest) show((latest = instances));
    }, this.pollMs);
    try {
      return await this.server.fetchSeries(archive.id, projectId, { study_uid: study.study_uid, series_uid: series.series_uid, fetch_id: fetchId, again }, controller.signal);
    } finally {
      clearInterval(poll);
      latest = Infinity; // what is still asked shows nothing any more
    }
  }

  /** Ask in which form a mask is to be sent, and send it. @param {Archive} archive @param {string} maskId */
  async send(archive, maskId) {
    const choices = FORMATS.map((value) => ({ value, text: t(`downloads.format.${value}`), hint: "" }));
    const format = await this.notify.choose(t("archives.send.title", { archive: archive.name }), t("archives.send.what"), choices, { testid: "send-dialog", rowTestid: "send-format" });
    if (!format) return;
    const place = `send-${maskId}`;
    this.notify.say(t("archives.send.going", { archive: archive.name }), { durationMs: 0, place });
    try {
      await this.server.storeMask(archive.id, maskId, format);
      this.notify.say(t("archives.send.done", { archive: archive.name }), { kind: "success", place });
    } catch (error) {
      this.notify.withdraw(place);
      this.notify.failed(error);
    }
  }
}

/** References of volumes: imported, forgotten, and the scores of the mask that is compared with one. */
import { ErrorCode } from "../api/contract.js";
import { scoredMask } from "../state/reference.js";
import { t } from "../words/index.js";
import { askedOfLabels } from "./label_questions.js";
import { attempt } from "./notify.js";
import { replaceSummary } from "./summaries.js";
import { showUpload } from "./upload_progress.js";

/**
 * @import { ReferenceAnswers } from "../api/forms.js"
 * @import { Store } from "../state/store.js"
 * @import { VolumeSummary } from "../api/types.d.ts"
 * @import { ScoreSettings } from "../state/types.d.ts"
 */

export class ReferenceController {
  #isRunning = false;
  /** @type {string} what the scores on screen, or on their way, are of */
  #asked = "";

  /**
   * @param {Store} store
   * @param {{
   *   server: Pick<import("./server.js").Server, "importReference" | "deleteReference" | "scores" | "volume">,
   *   notify: Pick<import("./notify.js").Notify, "say" | "failed" | "confirm" | "choose" | "chooseNames">,
   *   labels: Pick<import("./labels.js").LabelController, "fetch">,
   *   comparison: Pick<import("./comparison.js").ComparisonController, "toggle" | "end">,
   * }} parts
   */
  constructor(store, { server, notify, labels, comparison }) {
    this.store = store;
    this.server = server;
    this.notify = notify;
    this.labels = labels;
    this.comparison = comparison;
    store.on(["comparison", "scoreSettings"], () => void this.#score(), { now: false });
  }

  /**
   * Import a label map, and files with its labels' names, as the reference of the volume on screen.
   * @param {File[]} files
   */
  async importFiles(files) {
    const { volume } = this.store.state;
    if (!volume || !files.length) return;
    if (this.#isRunning) return void this.notify.say(t("scores.import.isRunning"));
    this.#isRunning = true;
    await attempt(this.notify, async () => {
      const imported = await this.#answered(volume, files);
      if (!imported) return;
      this.comparison.end(); // of the reference before
      replaceSummary(this.store, await this.server.volume(volume.id));
      await this.labels.fetch(volume); // the file may have brought labels
      this.notify.say(t("scores.import.done", { count: imported.labels.length, volume: volume.name }), { kind: "success" });
      if (imported.notes) this.notify.say(imported.notes);
    });
    this.#isRunning = false;
  }

  /**
   * @param {VolumeSummary} volume
   * @param {File[]} files
   */
  async #answered(volume, files) {
    /** @type {ReferenceAnswers} */
    const answers = {};
    for (;;) {
      const { report, end, signal } = showUpload(this.store, files[0].name);
      try {
        return await this.server.importReference(volume.id, files, answers, report, signal);
      } catch (error) {
        const more = await this.#answerTo(error, { file: files[0].name, volume: volume.name });
        if (!more) return null;
        Object.assign(answers, more);
      } finally {
        end();
      }
    }
  }

  /**
   * What the person answers to a question of the server's; null when nothing. Any other error is thrown again.
   * @param {any} error
   * @param {{file: string, volume: string}} names
   * @returns {Promise<ReferenceAnswers | null>}
   */
  async #answerTo(error, names) {
    if (error.code !== ErrorCode.LABEL_CHOICE) return askedOfLabels(this.notify, error, names);
    const chosen = await this.notify.chooseNames(error.detail.labels, t("scores.import.what", names));
    return chosen && { names: chosen };
  }

  /** The reference of the volume on screen is no longer needed; asked first, as nothing brings it back. */
  async forget() {
    const { volume } = this.store.state;
    if (!volume || !(await this.notify.confirm(t("scores.forget.ask", { volume: volume.name }), t("scores.forget.what"), t("scores.forget.do")))) return;
    await attempt(this.notify, async () => {
      await this.server.deleteReference(volume.id);
      this.comparison.end();
      replaceSummary(this.store, await this.server.volume(volume.id));
    });
  }

  /** Hold the mask on screen against the reference. */
  compare() {
    return this.comparison.toggle({ withReference: true });
  }

  /** @param {Partial<ScoreSettings>} changed */
  set(changed) {
    this.store.set({ scoreSettings: { ...this.store.state.scoreSettings, ...changed } });
  }

  async #score() {
    const maskId = scoredMask(this.store.state);
    const { toleranceMm, leaveOut } = this.store.state.scoreSettings;
    const asked = maskId ? `${maskId} ${toleranceMm} ${leaveOut}` : "";
    if (asked === this.#asked) return;
    this.#asked = asked;
    this.store.set({ scores: null }); // those of another mask, or at another tolerance
    if (!maskId) return;
    try {
      const scores = await this.server.scores(maskId, toleranceMm, leaveOut);
      if (asked === this.#asked) this.store.set({ scores });
    } catch (error) {
      if (asked !== this.#asked) return;
      this.#asked = "";
      this.notify.failed(error);
    }
  }
}

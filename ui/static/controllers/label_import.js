/** Painted slices taken from a label map file. */
import { ErrorCode, PaintChoice } from "../api/contract.js";
import { ImportStep } from "./import_step.js";
import { askedOfLabels } from "./label_questions.js";
import { listed, t } from "../words/index.js";
import { attempt } from "./notify.js";
import { replaceSummary } from "./summaries.js";
import { showUpload } from "./upload_progress.js";

/**
 * @import { ImportAnswers } from "../api/forms.js"
 * @import { ImportedAnnotations, PaintConflict, PlaneName, VolumeSummary } from "../api/types.d.ts"
 * @typedef {{volume: VolumeSummary, files: File[], name: string}} Source a label map, what it is called, and the volume that it is of
 */

export class LabelImport {
  #isRunning = false;

  /**
   * @param {import("../state/store.js").Store} store
   * @param {{
   *   server: import("./server.js").Server,
   *   notify: import("./notify.js").Notify,
   *   annotations: Pick<import("./annotations.js").AnnotationsController, "whileImporting">,
   *   labels: Pick<import("./labels.js").LabelController, "fetch">,
   *   volume: Pick<import("./volume.js").VolumeController, "choosePlane">,
   *   steps: Pick<import("../tools/steps.js").Steps, "remember">,
   * }} parts
   */
  constructor(store, { server, notify, annotations, labels, volume, steps }) {
    this.store = store;
    this.server = server;
    this.notify = notify;
    this.annotations = annotations;
    this.labels = labels;
    this.volume = volume;
    this.steps = steps;
  }

  /**
   * Import into the volume on screen: a label map, and files with its labels' names. The server finds the plane that was
   * painted, and that plane is shown, unless another volume is on screen by then. Strokes made meanwhile stay.
   * @param {File[]} files
   */
  async importFiles(files) {
    const { volume } = this.store.state;
    if (!volume || !files.length) return;
    if (this.#isRunning) return void this.notify.say(t("imports.labels.isRunning"));
    this.#isRunning = true;
    const source = { volume, files, name: nameOf(files) };
    await attempt(this.notify, async () => {
      const imported = await this.#answered(source);
      if (imported) await this.#imported(source, imported);
    });
    this.#isRunning = false;
  }

  /**
   * Ask until the server knows enough.
   * @param {Source} source
   * @returns {Promise<ImportedAnnotations | null>} null when the person gave up
   */
  async #answered(source) {
    const { lockedLabels } = this.store.state;
    /** @type {ImportAnswers} */
    const answers = lockedLabels.size ? { locked: [...lockedLabels].join(",") } : {}; // the server leaves them as they are
    for (;;) {
      try {
        return await this.#sent(source, answers);
      } catch (error) {
        const more = await this.#asked(error, source);
        if (!more) return null;
        Object.assign(answers, more);
      }
    }
  }

  /**
   * @param {Source} source
   * @param {ImportAnswers} answers
   */
  async #sent({ volume, files, name }, answers) {
    const { report, end, signal } = showUpload(this.store, name);
    try {
      return await this.annotations.whileImporting(
        volume.id,
        () => this.server.importAnnotations(volume.id, files, answers, report, signal),
        () => this.labels.fetch(volume), // the file may have brought labels; its slices need them to be shown
      );
    } finally {
      end();
    }
  }

  /**
   * What the person answers to a question of the server's; null when nothing. Any other error is thrown again.
   * @param {any} error
   * @param {Source} source
   * @returns {Promise<ImportAnswers | null>}
   */
  async #asked(error, { volume, name }) {
    switch (error.code) {
      case ErrorCode.PLANE_CHOICE: {
        /** @type {{plane: PlaneName, slices: number}[]} */
        const planes = error.detail.planes;
        const choices = planes.map(({ plane, slices }) => ({ value: plane, text: t(`viewer.plane.${plane}`), hint: t("slices.count", { count: slices }) }));
        const plane = await this.notify.choose(t("imports.plane.title"), t("imports.plane.what", { file: name, volume: volume.name }), choices);
        return plane && { plane };
      }
      case ErrorCode.LABEL_CHOICE: {
        const names = await this.notify.chooseNames(error.detail.labels, t("imports.labels.what", { file: name, volume: volume.name }));
        return names && { names };
      }
      case ErrorCode.PAINT_CHOICE:
        return this.#askForPaint(error.detail.paint, volume, name);
      default:
        return askedOfLabels(this.notify, error, { file: name, volume: volume.name });
    }
  }

  /**
   * What becomes of slices that are painted here already.
   * @param {PaintConflict} conflict
   * @param {VolumeSummary} volume
   * @param {string} name of the label map
   * @returns {Promise<ImportAnswers | null>}
   */
  async #askForPaint({ painted, empty, total, tag }, volume, name) {
    const parts = [
      painted.length ? t("imports.paint.whatPainted", { count: painted.length }) : "",
      empty.length ? t("imports.paint.whatEmpty", { count: empty.length }) : "",
    ];
    const count = painted.length + empty.length;
    const others = total - count;
    const title = empty.length ? t("imports.paint.titleDone", { count }) : t("imports.paint.titlePainted", { count });
    const text = t("imports.paint.what", { volume: volume.name, file: name, slices: listed(parts.filter(Boolean)) });
    const paint = await this.notify.choose(title, text, [
      { value: PaintChoice.KEEP, text: t("imports.paint.keep"), hint: others ? t("imports.paint.keepOthers", { count: others }) : t("imports.paint.keepNothing") },
      { value: PaintChoice.MERGE, text: t("imports.paint.merge"), hint: t("imports.paint.mergeHint") },
      { value: PaintChoice.REPLACE, text: t("imports.paint.replace"), hint: t("imports.paint.replaceHint") },
    ]);
    return paint && { paint, paint_tag: tag };
  }

  /**
   * @param {Source} source
   * @param {ImportedAnnotations} imported
   */
  async #imported({ volume, name }, imported) {
    const { plane, slices, changes, labels, notes } = imported;
    const { project, volume: onScreen, plane: shown } = this.store.state;
    const isOnScreen = onScreen?.id === volume.id;
    const switches = isOnScreen && plane !== shown && slices.length > 0;
    if ((changes.length || labels.length) && project?.id === volume.project_id) {
      const text = t("imports.labels.step", { file: name });
      const lockedText = (/** @type {string} */ label) => t("imports.labels.locked", { label, file: name });
      this.steps.remember(new ImportStep(this.store, this, { volume, planeBefore: switches ? shown : plane, text, lockedText }, imported).step);
    }
    replaceSummary(this.store, await this.server.volume(volume.id));
    if (switches) await this.volume.choosePlane(plane, { chosen: false });
    const said = { count: slices.length, plane: t(`viewer.planeInText.${plane}`) };
    const elsewhere = () => t("imports.labels.doneElsewhere", { ...said, file: name, volume: volume.name });
    const here = () => (plane === shown ? t("imports.labels.done", { count: slices.length }) : t("imports.labels.doneIn", said));
    if (slices.length) this.notify.say(isOnScreen ? here() : elsewhere(), { kind: "success" });
    else this.notify.say(t("imports.labels.nothing", { file: name, volume: volume.name }));
    if (notes) this.notify.say(notes);
  }
}

/** @param {File[]} files */
const nameOf = ([first, ...others]) => (others.length ? t("imports.labels.several", { file: first.name, more: others.length }) : first.name);

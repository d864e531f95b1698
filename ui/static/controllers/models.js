/** The models of the open project: which there are, what the file of one holds, and one that comes as a file. */
import { RunState } from "../api/contract.js";
import { mayPaint, mayWrite } from "../state/access.js";
import { importedName } from "../state/models.js";
import { sentences, t } from "../words/index.js";
import { attempt } from "./notify.js";
import { showUpload } from "./upload_progress.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { CheckedModel, ModelFacts, NameChoiceName } from "../api/types.d.ts"
 */

export class ModelController {
  /** @type {string | undefined} */
  #projectId;

  /**
   * @param {Store} store
   * @param {{
   *   server: Pick<import("./server.js").Server, "models" | "modelFacts" | "checkModel" | "importModel">,
   *   notify: Pick<import("./notify.js").Notify, "say" | "failed">,
   *   labels: Pick<import("./labels.js").LabelController, "fetch">,
   *   project: Pick<import("./project.js").ProjectController, "create" | "open" | "remove">,
   *   runs: Pick<import("./run.js").RunController, "predict">,
   * }} parts
   */
  constructor(store, { server, notify, labels, project, runs }) {
    this.store = store;
    this.server = server;
    this.notify = notify;
    this.labels = labels;
    this.project = project;
    this.runs = runs;
    store.on(["project", "run"], ({ project: open, run }) => {
      const isNew = run?.state === RunState.DONE && run.model_id && !store.state.models.some(({ id }) => id === run.model_id);
      if (open?.id !== this.#projectId) store.set({ models: [] });
      else if (!isNew) return;
      this.#projectId = open?.id;
      void this.#list();
    });
  }

  /** Where the server is away the list stays as it was. */
  async #list() {
    const id = this.#projectId;
    if (!id) return;
    try {
      const models = await this.server.models(id);
      if (id === this.#projectId) this.store.set({ models });
    } catch {
      // they are listed again with the next run
    }
  }

  /**
   * What a model's file would hold; null where that cannot be had.
   * @param {string} modelId
   * @returns {Promise<ModelFacts | null>}
   */
  async facts(modelId) {
    try {
      return await this.server.modelFacts(modelId);
    } catch (error) {
      this.notify.failed(error);
      return null;
    }
  }

  /**
   * What a file holds and what its labels would become in the open project; null where it cannot be used.
   * @param {File} file
   * @returns {Promise<CheckedModel | null>}
   */
  async check(file) {
    const id = this.#projectId;
    if (!id || !mayWrite(this.store.state)) return null;
    return this.#sent(file, (report, signal) => this.server.checkModel(id, file, report, signal));
  }

  /**
   * Take a file as a model of the open project.
   * @param {File} file
   * @param {Record<string, NameChoiceName>} names what codes are that have another name in the project
   */
  async take(file, names) {
    const id = this.#projectId;
    if (!id || !mayWrite(this.store.state)) return;
    const taken = await this.#sent(file, (report, signal) => this.server.importModel(id, file, names, report, signal));
    if (!taken) return;
    await attempt(this.notify, () => this.labels.fetch({ project_id: id }));
    await this.#list();
    const made = taken.made.length && t("models.take.labelsAdded", { count: taken.made.length });
    this.notify.say(sentences([t("models.take.done", { model: importedName(taken.model) }), made]), { kind: "success" });
  }

  /**
   * Make a project that begins with a model.
   * @param {string} name
   * @returns {Promise<string | null>} its id, once it is open; null where that failed, which is told
   */
  begin(name) {
    return this.project.create(name);
  }

  /**
   * A project was begun with a file that cannot be used: it goes, unless something came into it or another one is open.
   * @param {string} id
   * @param {string | undefined} before the project that was open before
   */
  async discard(id, before) {
    const { project, volumes } = this.store.state;
    if (project?.id !== id || volumes.length) return;
    await this.project.remove({ id });
    if (before) await this.project.open(before);
  }

  /** @param {string} modelId of the open project */
  async predict(modelId) {
    if (mayPaint(this.store.state)) await this.runs.predict(modelId);
  }

  /**
   * @template T
   * @param {File} file
   * @param {(report: (fraction: number) => void, signal: AbortSignal) => Promise<T>} send
   * @returns {Promise<T | null>}
   */
  async #sent(file, send) {
    const { report, end, signal } = showUpload(this.store, file.name);
    try {
      return await send(report, signal);
    } catch (error) {
      this.notify.failed(error);
      return null;
    } finally {
      end();
    }
  }
}

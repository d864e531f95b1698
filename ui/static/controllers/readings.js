/** Blind readings of the volume on screen: begun, finished, compared and merged. */
import { MergeMethod, ReadingState } from "../api/contract.js";
import { isReading, mergedText, ratersOf, unsaidSlices } from "../state/readings.js";
import { sliceKind, sliceOnScreen } from "../state/slices.js";
import { t } from "../words/index.js";
import { ImportStep } from "./import_step.js";
import { attempt } from "./notify.js";
import { onReturn } from "./on_return.js";
import { listVolumes, replaceSummary } from "./summaries.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { AgreementPair, Readings, VolumeSummary } from "../api/types.d.ts"
 * @import { MergeBody, ReadingAction } from "../api/readings.js"
 */

export class ReadingController {
  /** Whether a step is under way, whose answer says what is shown next. */
  #isStepping = false;
  /** Volumes that were read for whose sake the project was listed anew: a deleted one stays away. @type {Set<string>} */
  #sought = new Set();

  /**
   * @param {Store} store
   * @param {{
   *   server: import("./server.js").Server,
   *   notify: Pick<import("./notify.js").Notify, "say" | "failed" | "confirm">,
   *   saver: Pick<import("./autosave.js").Saver, "flush">,
   *   project: Pick<import("./project.js").ProjectController, "show">,
   *   volume: Pick<import("./volume.js").VolumeController, "open" | "choosePlane">,
   *   annotations: Pick<import("./annotations.js").AnnotationsController, "whileImporting">,
   *   labels: Pick<import("./labels.js").LabelController, "fetch">,
   *   steps: Pick<import("../tools/steps.js").Steps, "remember">,
   *   page?: Pick<Window, "addEventListener">,
   * }} parts
   */
  constructor(store, { server, notify, saver, project, volume, annotations, labels, steps, page = globalThis.window }) {
    this.store = store;
    this.server = server;
    this.notify = notify;
    this.saver = saver;
    this.project = project;
    this.volume = volume;
    this.annotations = annotations;
    this.labels = labels;
    this.steps = steps;
    onReturn(page, () => this.#catchUp());
    /** @type {VolumeSummary | null} */
    let before = null;
    store.on("volume", ({ volume: now }) => {
      const last = before;
      before = now;
      if (keyOf(now) === keyOf(last)) return;
      store.set({ readings: null, agreement: null });
      if (!now?.reading) return;
      // Whoever brought the news: others' readings are volumes that the project did not list before.
      const isNews = now.id === last?.id && isOpen(last) && now.reading.state === ReadingState.REVEALED && !this.#isStepping;
      if (isNews && isReading(now)) return void attempt(notify, () => project.show(now.project_id, now.id)); // it is changed no more
      if (isNews) void this.#list(); // the volume that was read may be painted on right now
      void this.#load(now.id);
    });
  }

  /** Others may have finished meanwhile, which shows what was hidden. */
  async #catchUp() {
    const { volume } = this.store.state;
    if (!volume || !isOpen(volume)) return;
    const now = await this.server.volume(volume.id).catch(() => null); // who opens volumes tells what is gone
    if (now && this.store.state.volume?.id === volume.id) replaceSummary(this.store, now);
  }

  /** @param {string} volumeId */
  async #load(volumeId) {
    await attempt(this.notify, async () => {
      const readings = await this.server.readings(volumeId);
      if (this.store.state.volume?.id !== volumeId) return;
      this.store.set({ readings });
      if (readings.state !== ReadingState.REVEALED) return;
      if (this.#lacks(readings)) void this.#list(readings.of_id);
      if (readings.readings.length + Number(readings.is_first) < 2 || this.#isKnown(readings)) return;
      const agreement = await this.server.agreement(volumeId);
      if (this.store.state.volume?.id === volumeId) this.store.set({ agreement });
    });
  }

  /** Whether the list lacks what was hidden: all may have finished while another volume was open. @param {Readings} readings */
  #lacks({ of_id: ofId }) {
    return !this.#sought.has(ofId) && !this.store.state.volumes.some(({ id }) => id === ofId);
  }

  /** List the project's volumes anew. @param {string} [sought] the one that is missing */
  async #list(sought) {
    await attempt(this.notify, async () => {
      await listVolumes(this.store, this.server);
      if (sought) this.#sought.add(sought);
    });
  }

  /** Whether the agreement that is there is still theirs: merges change nothing of what readers made. @param {Readings} readings */
  #isKnown({ of_id: ofId, readings }) {
    const { agreement, plane } = this.store.state;
    const there = [ofId, ...readings.map(({ volume_id: id }) => id)]; // one may have been deleted
    return agreement?.plane === plane && ratersOf(agreement.pairs).every(({ id }) => there.includes(id));
  }

  /** What is known of a volume's readings, and whom one may ask to read it; null where that failed, which is told. @param {VolumeSummary} volume */
  readersOf(volume) {
    return attempt(this.notify, () => this.server.readings(volume.id));
  }

  /**
   * Have a volume read; nobody stands for oneself.
   * @param {VolumeSummary} volume
   * @param {string[]} readers ids
   */
  async start(volume, readers) {
    await attempt(this.notify, async () => {
      await this.#save(volume.id);
      const begun = await this.server.startReadings(volume.id, readers);
      const open = begun.readings.filter((each) => each.state === ReadingState.READING);
      const mine = open.find((each) => each.is_mine);
      await this.project.show(volume.project_id, mine?.volume_id ?? volume.id);
      const isAlone = open.length === 1;
      const text = mine ? (isAlone ? t("readings.begun.alone") : t("readings.begun.mine")) : isAlone ? t("readings.begun.other") : t("readings.begun.others");
      this.notify.say(text, { kind: "success" });
    });
  }

  /** Save what was painted, with an own outline on screen. @param {string} volumeId */
  async #save(volumeId) {
    this.store.emit("take-outline");
    await this.saver.flush(volumeId);
  }

  /** A step of the reading on screen; what was painted is saved before it. @param {ReadingAction} action */
  async step(action) {
    const { volume } = this.store.state;
    if (!volume) return;
    await attempt(this.notify, async () => {
      if (action === "finish") {
        await this.#save(volume.id);
        if (!(await this.#isFinished(volume))) return;
      }
      this.#isStepping = true;
      try {
        const now = await this.server.stepReading(volume.id, action);
        if (now.state === ReadingState.REVEALED) return await this.project.show(volume.project_id, now.of_id);
      } finally {
        this.#isStepping = false;
      }
      replaceSummary(this.store, await this.server.volume(volume.id));
    });
  }

  /** Whether a reading is finished as it is; asked where it says nothing of some slices. @param {VolumeSummary} volume */
  async #isFinished(volume) {
    const { state } = this.store;
    const count = state.volume?.id === volume.id ? unsaidSlices(state) : 0;
    const text = t(`readings.finish.unsaid.${sliceKind(state)}`, { count, total: state.annotations?.size.slices ?? 0 });
    return !count || this.notify.confirm(t("readings.finish.title"), text, t("readings.finish.ok"), { danger: false, cancelText: t("dialogs.cancel") });
  }

  /**
   * See two readings beside each other on the volume that was read.
   * @param {AgreementPair} pair
   * @param {(readings: {id: string, name: string}[]) => Promise<void>} compare
   */
  async compare(pair, compare) {
    if (await this.#openTheRead()) await compare([{ id: pair.first_id, name: pair.first_name }, { id: pair.second_id, name: pair.second_name }]);
  }

  /** Where work goes on is the volume that was read; null where another one was opened meanwhile, or that failed, which is told. */
  async #openTheRead() {
    const { readings, volume, volumes } = this.store.state;
    if (!readings) return null;
    if (readings.of_id !== volume?.id && volumes.some(({ id }) => id === readings.of_id)) await this.volume.open(readings.of_id);
    const now = this.store.state.volume;
    return now?.id === readings.of_id ? now : null;
  }

  /**
   * Paint a merge on the volume that was read; one step of the history. While one is made no other of that volume begins.
   * @param {MergeBody} body
   */
  async merge(body) {
    const read = this.store.state.readings?.of_id;
    if (!read || this.store.state.merging.has(read)) return;
    this.store.set({ merging: new Set([...this.store.state.merging, read]) });
    try {
      await this.#merge(body);
    } finally {
      this.store.set({ merging: new Set([...this.store.state.merging].filter((id) => id !== read)) });
    }
  }

  /** @param {MergeBody} body */
  async #merge(body) {
    const volume = await this.#openTheRead();
    const { plane } = this.store.state;
    if (!volume) return;
    await attempt(this.notify, async () => {
      const merged = await this.annotations.whileImporting(volume.id, () => this.server.mergeReadings(volume.id, { ...body, plane }));
      const lockedText = (/** @type {string} */ label) => t("readings.merge.locked", { label });
      if (merged.changes.length) this.steps.remember(new ImportStep(this.store, this, { volume, planeBefore: plane, text: t("readings.merge.step"), lockedText }, merged).step);
      replaceSummary(this.store, await this.server.volume(volume.id));
      await this.#load(volume.id);
      this.notify.say(mergedText(merged, sliceKind(this.store.state)), { kind: "success" });
      if (merged.notes && !body.slices && body.method !== MergeMethod.READING) this.notify.say(merged.notes); // the rule, where there is one
    });
  }

  /**
   * Take the slice on screen as one of the readings has it; of one label, or of all.
   * @param {string} reading id of its volume
   * @param {number | null} value
   */
  takeSlice(reading, value) {
    return this.merge({ method: "reading", reading, slices: [sliceOnScreen(this.store.state)], labels: value === null ? null : [value] });
  }
}

/** What of a volume's reading is asked for anew once it changes. @param {VolumeSummary | null} volume */
const keyOf = (volume) => volume && `${volume.id} ${volume.reading?.state} ${volume.reading?.finished}`;

/** Whether a volume is read, and others' work is out of sight. @param {VolumeSummary} volume */
const isOpen = ({ reading }) => reading?.state === ReadingState.READING || reading?.state === ReadingState.FINISHED;

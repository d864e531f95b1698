/**
 * The primary action. One card that always says what comes next: why it cannot run yet, run, how far it is (stage,
 * percent, time left, loss), what went wrong, what came out.
 */
import { OriginKind, RunKind, RunState } from "../api/contract.js";
import { formatSeconds, h, setAttr, setText } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { mayPaint } from "../state/access.js";
import { comparisonBlocker } from "../state/comparison.js";
import { shiftSentence } from "../state/domain_shift.js";
import { isPaintedMask } from "../state/painted_masks.js";
import { predictOffer } from "../state/predict_offer.js";
import { nextSlice, nextSliceGo, nextSliceText } from "../state/next_slice.js";
import { originsOf } from "../state/provenance.js";
import { choiceWords, madeWithWords } from "../state/run_choice.js";
import { chosenOthers, learntFromText } from "../state/run_sources.js";
import { canStartAgain, isActive, isTaken, runBlocker, stageText, warnedLabels } from "../state/runs.js";
import { shiftNote } from "./domain_shift.js";
import { RunSettings } from "./run_settings.js";
import { drawSpark } from "./spark.js";
import { sliceKind } from "../state/slices.js";
import { enumerated, t } from "../words/index.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { Run } from "../api/types.d.ts"
 * @import { AppState } from "../state/types.d.ts"
 */

/**
 * The line under the button: why it cannot be pressed, or what it starts from.
 * @param {AppState} state
 */
export function runReason(state) {
  const { run, mask, annotations, editedSinceRun } = state;
  const count = annotations?.indices("painted").length ?? 0;
  const others = chosenOthers(state).length;
  const kind = sliceKind(state);
  if (run?.state === RunState.FAILED) return run.error || t("runs.reason.failed");
  const isPredicted = run?.kind === RunKind.PREDICT && run.state === RunState.DONE;
  if (isPredicted && !count) {
    const predicted = enumerated([predictedText(state, run), ...madeTexts(state, run)]);
    return shiftSentence(state) ? predicted : t(`runs.reason.correct.${kind}`, { predicted });
  }
  const offer = mask ? null : predictOffer(state);
  if (offer) return t(`runs.reason.predict.${kind}`, { predict: offer.text });
  const blocker = runBlocker(state);
  if (blocker) return blocker;
  if (isTaken(run) && mask && !editedSinceRun) return t(`runs.reason.taken.${kind}`);
  if (run?.state === RunState.DONE && !isPredicted && !editedSinceRun) {
    const slices = learntFromText(count, (run.source_count ?? 1) - 1, kind);
    return enumerated([t("runs.reason.done", { time: timeOf(run) }), t("runs.reason.fromSlices", { slices }), ...madeTexts(state, run)]);
  }
  const slices = learntFromText(count, others, kind);
  if (mask) return t(hasCorrections(state) ? "runs.reason.corrected" : "runs.reason.from", { slices });
  return count < 3 && !others ? t(`runs.reason.few.${kind}`, { count }) : t("runs.reason.from", { slices });
}

/** Whether a painted slice is a prediction that somebody changed. @param {AppState} state */
function hasCorrections(state) {
  const origins = (state.annotations?.indices("painted") ?? []).flatMap((index) => Object.values(originsOf(state, index) ?? {}));
  return origins.some(({ kind, mask }) => kind === OriginKind.CORRECTED && mask);
}

const timeOf = (/** @type {Run} */ run) => formatSeconds(run.elapsed_s ?? 0);

/** How a run was made, where that is not the default. @param {AppState} state @param {Run} run */
function madeTexts({ system }, { choice, continued }) {
  const words = choiceWords(choice, system);
  return [words.length ? t("runs.reason.with", { settings: enumerated(words) }) : "", continued ? t("runs.reason.continued") : ""].filter(Boolean);
}

/** That a run predicted, and with what model. @param {AppState} state @param {Run} run */
function predictedText({ volumes, models }, run) {
  const time = timeOf(run);
  const source = volumes.find(({ model_id: modelId }) => modelId && modelId === run.model_id); // an earlier model of it has no name
  if (source) return t("runs.reason.predictedFrom", { time, name: source.name });
  const imported = models.find(({ id }) => id === run.model_id)?.imported;
  if (!imported) return t("runs.reason.predicted", { time });
  const facts = enumerated([imported.sha256.slice(0, 8), imported.licence]);
  return t("runs.reason.predictedWith", { time, model: imported.title || t("runs.reason.modelOfFile"), facts });
}

/**
 * What the bar shows of a run that is queued, under way, or about to be asked for.
 * @param {Pick<AppState, "run" | "launching" | "followedRun"> & Partial<Pick<AppState, "volume">>} state
 */
export function runProgress({ run, launching, followedRun, volume }) {
  if (launching || !run) return { stage: t("runs.stage.saving"), fraction: 0, left: "", loss: [] };
  if (run.id === followedRun) return { stage: t("runs.stage.startingAgain"), fraction: 0, left: "", loss: [] };
  const { stage, state, fraction = 0, eta_s: seconds, loss } = run;
  return {
    stage: stage ? stageText(stage, sliceKind({ volume })) : t(state === RunState.QUEUED ? "runs.stage.queued" : "runs.stage.starting"),
    fraction,
    left: seconds ? t("page.timeLeft", { time: formatSeconds(seconds) }) : "",
    loss: loss ?? [],
  };
}

/**
 * Whether what is seen is the draft of the run that is under way.
 * @param {Pick<AppState, "run" | "mask">} state
 */
export function showsDraft({ run, mask }) {
  return Boolean(mask?.draft && mask.run_id === run?.id);
}

export class RunsPanel {
  /**
   * @param {Store} store
   * @param {{
   *   runs: Pick<import("../controllers/run.js").RunController, "start" | "predict" | "cancel">,
   *   choice: import("./run_settings.js").ChoiceIntents,
   *   auto: Pick<import("../controllers/auto_run.js").AutoRun, "toggle">,
   *   comparison: Pick<import("../controllers/comparison.js").ComparisonController, "toggle">,
   *   slices: Pick<import("../controllers/slices.js").SliceController, "paintNext">,
   *   goTo: (slice: number) => void,
   *   showWarnings: () => void,
   * }} intents
   */
  constructor(store, { runs, choice, auto, slices, comparison, goTo, showWarnings }) {
    this.store = store;
    this.runs = runs;
    this.button = h("button.button.primary.large", { "data-testid": "propagate", title: t("runs.card.propagateHint"), onclick: () => runs.start() });
    this.settings = new RunSettings(store, { choice });
    this.start = h("div.run-start", this.button, this.settings.button);
    this.reason = h("p.run-reason", { "data-testid": "propagate-reason" });
    const predict = () => runs.predict(predictOffer(store.state)?.modelId);
    this.predict = h("button.button.primary.large", { hidden: true, "data-testid": "predict-main", onclick: predict }, icon("sparkle", 17), h("span", t("runs.card.predictMain")));
    this.secondary = h("button.link", { hidden: true, "data-testid": "predict", onclick: predict });
    this.warnings = h("button.run-warnings", { hidden: true, "data-testid": "run-warnings", onclick: showWarnings });
    this.nextText = h("span");
    this.nextGo = h("button.link", { title: "J", "data-testid": "next-slice-go", onclick: () => slices.paintNext() });
    this.next = h("p.run-next", { hidden: true, "data-testid": "next-slice" }, this.nextText, " ", this.nextGo);
    this.auto = h("input", { type: "checkbox", "data-testid": "auto-run", onchange: () => auto.toggle() });
    this.autoLine = h("label.auto-run", { title: t("runs.card.autoHint") }, this.auto, h("span", t("runs.card.auto")), h("span.dim", t("runs.card.afterEachChange")));
    this.compare = h("button.link", { hidden: true, title: t("runs.card.compareHint"), "data-testid": "compare-runs", onclick: () => comparison.toggle() }, t("runs.card.compare"));
    this.stage = h("span.run-stage");
    this.percent = h("span.num.run-percent");
    this.bar = h("i");
    this.left = h("span.run-left.num");
    this.spark = h("canvas.spark", { title: t("runs.card.loss") });
    this.cancelButton = h("button.button.small", { "data-testid": "cancel-run", onclick: () => this.#cancel() }, t("dialogs.cancel"));
    this.progress = h(
      "div.run-progress",
      h("div.run-line", this.stage, this.percent),
      h("div.bar", this.bar),
      this.spark,
      h("div.run-line", this.left, this.cancelButton),
    );
    this.startAgain = h("button.button.small", { "data-testid": "run-again", onclick: () => runs.start() }, icon("redo", 14), h("span", t("runs.card.startAgain")));
    this.again = h("div.run-again", { hidden: true }, h("p", t("runs.card.notInRun")), this.startAgain);
    this.element = h("section.run-card", { "data-testid": "run-status", "data-state": "idle", "aria-live": "polite" }, shiftNote(store, { goTo }), this.progress, this.again, this.predict, this.start, this.settings.chip, this.reason, this.next, this.warnings, this.secondary, this.compare, this.autoLine);
    store.on(["run", "volume", "plane", "labels", "mask", "voxels", "online", "launching", "followedRun", "editedSinceRun", "system", "project", "models", "login", "loggedOut", "provenance"], () => this.#render());
    store.on("cursor", () => this.#renderNextGo());
    store.on("auto", (state) => void (this.auto.checked = state.auto));
    store.when("slice-edited", () => this.#render());
    store.when("annotations-loaded", () => this.#render());
  }

  async #cancel() {
    this.cancelButton.disabled = true;
    await this.runs.cancel();
    this.cancelButton.disabled = false;
  }

  #render() {
    const { run, launching } = this.store.state;
    const state = launching ? RunState.QUEUED : (run?.state ?? "idle");
    const active = isActive(state);
    this.element.dataset.state = state;
    this.progress.hidden = !active;
    setAttr(this.startAgain, "title", t(`runs.card.startAgainHint.${sliceKind(this.store.state)}`));
    this.again.hidden = launching || !mayPaint(this.store.state) || !canStartAgain(this.store.state);
    const writes = mayPaint(this.store.state);
    this.start.hidden = active || !writes;
    this.cancelButton.hidden = this.autoLine.hidden = !writes;
    this.reason.hidden = !writes || (active && !showsDraft(this.store.state));
    this.compare.hidden = active || comparisonBlocker(this.store.state) !== null;
    this.#renderNext(active);
    this.#renderWarnings(active);
    if (active) {
      this.predict.hidden = this.secondary.hidden = true;
      setText(this.reason, t(`runs.card.draft.${sliceKind(this.store.state)}`));
      this.#renderProgress();
    } else this.#renderButton();
  }

  /**
   * Labels the last run did not learn are told where the next one is started.
   * @param {boolean} active
   */
  #renderWarnings(active) {
    const names = warnedLabels(this.store.state);
    this.warnings.hidden = active || !names.length || !mayPaint(this.store.state);
    if (this.warnings.hidden) return;
    this.warnings.replaceChildren(icon("alert", 14), h("span", t("runs.card.warnings", { count: names.length })));
    this.warnings.title = t("runs.card.warningsHint", { names: enumerated(names) });
  }

  /**
   * Which slice to paint next, and why; or that none is worth it.
   * @param {boolean} active
   */
  #renderNext(active) {
    const { state } = this.store;
    const text = nextSliceText(state);
    const next = nextSlice(state);
    this.next.hidden = !text || (active && !next) || !mayPaint(state);
    if (this.next.hidden) return;
    this.next.classList.toggle("good", !next);
    setText(this.nextText, text);
    this.#renderNextGo();
  }

  /** The button is of use only while another slice is on screen. */
  #renderNextGo() {
    const text = nextSliceGo(this.store.state);
    this.nextGo.hidden = !text;
    setText(this.nextGo, text);
  }

  #renderButton() {
    const { state } = this.store;
    this.button.disabled = runBlocker(state) !== null;
    this.button.replaceChildren(icon("sparkle", 17), h("span", t(state.mask && !isPaintedMask(state.mask) ? "runs.card.propagateAgain" : "runs.card.propagate")));
    this.element.classList.toggle("has-error", state.run?.state === RunState.FAILED);
    setText(this.reason, runReason(state));
    setAttr(this.reason, "title", state.mask && t("runs.reason.made", { settings: madeWithWords(state.mask.choice, state.system) }));
    this.#renderPredict();
  }

  /** A volume without strokes can use what was learnt on another: before there is a mask, that comes first. */
  #renderPredict() {
    const { state } = this.store;
    const offer = predictOffer(state);
    this.predict.hidden = !offer || Boolean(state.mask);
    this.secondary.hidden = !offer || !state.mask;
    if (!offer) return;
    setAttr(this.predict, "title", offer.text);
    setText(this.secondary, offer.text);
  }

  #renderProgress() {
    const { stage, fraction, left, loss } = runProgress(this.store.state);
    setText(this.stage, stage);
    setText(this.percent, t("page.percent", { percent: Math.round(fraction * 100) }));
    this.bar.style.width = `${Math.max(2, fraction * 100)}%`;
    setText(this.left, left);
    this.spark.hidden = loss.length < 2;
    if (!this.spark.hidden) drawSpark(this.spark, loss);
  }
}

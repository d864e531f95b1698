/**
 * The primary action. One card that always says what comes next: why it cannot run yet, run, how far it is (stage,
 * percent, time left, loss), what went wrong, what came out.
 */
import { RunState } from "../api/contract.js";
import { formatSeconds, h, setAttr, setText } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { mayPaint } from "../state/access.js";
import { comparisonBlocker } from "../state/comparison.js";
import { shiftSentence } from "../state/domain_shift.js";
import { nextSlice, nextSliceGo, nextSliceText } from "../state/next_slice.js";
import { choiceWords, madeWithWords } from "../state/run_choice.js";
import { chosenOthers, othersText } from "../state/run_sources.js";
import { canStartAgain, isActive, runBlocker, sourceVolume, warnedLabels } from "../state/runs.js";
import { shiftNote } from "./domain_shift.js";
import { RunSettings } from "./run_settings.js";
import { drawSpark } from "./spark.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { AppState } from "../state/types.d.ts"
 */

const slicesText = (/** @type {number} */ count) => `${count} painted slice${count === 1 ? "" : "s"}`;

/**
 * The line under the button: why it cannot be pressed, or what it starts from.
 * @param {AppState} state
 */
export function runReason(state) {
  const { run, mask, annotations, editedSinceRun, system, volumes } = state;
  const count = annotations?.indices("painted").length ?? 0;
  const others = chosenOthers(state).length;
  const from = `From ${slicesText(count)}${othersText(others)}`;
  const seconds = formatSeconds(run?.elapsed_s ?? 0);
  const words = choiceWords(run?.choice, system);
  const made = `${words.length ? `, with ${words.join(", ")}` : ""}${run?.continued ? ", going on from the run before" : ""}`;
  const source = volumes.find(({ model_id: modelId }) => modelId && modelId === run?.model_id); // an earlier model of it has no name
  const imported = state.models.find(({ id }) => id === run?.model_id)?.imported;
  const by = source ? ` from ${source.name}` : imported ? ` with ${imported.title || "the model of a file"} (${imported.sha256.slice(0, 8)}${imported.licence ? `, ${imported.licence}` : ""})` : "";
  if (run?.state === RunState.FAILED) return run.error || "The run failed; try again.";
  const isPredicted = run?.kind === "predict" && run.state === RunState.DONE;
  if (isPredicted && !count) {
    return `Predicted in ${seconds}${by}${made}${shiftSentence(state) ? "" : "; correct a slice to propagate from it"}`;
  }
  const blocker = runBlocker(state);
  if (blocker) return blocker;
  if (run?.state === RunState.DONE && !isPredicted && !editedSinceRun) {
    return `Done in ${seconds}, from ${slicesText(count)}${othersText((run.source_count ?? 1) - 1)}${made}`;
  }
  if (mask) return `${from}, corrections included`;
  return count < 3 && !others ? `${count} slice${count === 1 ? "" : "s"} painted; 3 to 5 give better masks` : from;
}

/**
 * What the bar shows of a run that is queued, under way, or about to be asked for.
 * @param {Pick<AppState, "run" | "launching" | "followedRun">} state
 */
export function runProgress({ run, launching, followedRun }) {
  if (launching || !run) return { stage: "Saving strokes", fraction: 0, left: "", loss: [] };
  if (run.id === followedRun) return { stage: "Starting again", fraction: 0, left: "", loss: [] };
  const { stage, state, fraction = 0, eta_s: seconds, loss } = run;
  return {
    stage: stage || (state === RunState.QUEUED ? "Waiting for its turn" : "Starting"),
    fraction,
    left: seconds ? `${formatSeconds(seconds)} left` : "",
    loss: loss ?? [],
  };
}

const DRAFT_TEXT = "Draft from the painted slices alone. You can correct it; what you paint stays.";

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
    this.button = h("button.button.primary.large", { "data-testid": "propagate", title: "Ctrl+Enter", onclick: () => runs.start() });
    this.settings = new RunSettings(store, { choice });
    this.start = h("div.run-start", this.button, this.settings.button);
    this.reason = h("p.run-reason", { "data-testid": "propagate-reason" });
    this.secondary = h("button.link", { hidden: true, "data-testid": "predict", onclick: () => runs.predict() });
    this.warnings = h("button.run-warnings", { hidden: true, "data-testid": "run-warnings", onclick: showWarnings });
    this.nextText = h("span");
    this.nextGo = h("button.link", { title: "J", "data-testid": "next-slice-go", onclick: () => slices.paintNext() });
    this.next = h("p.run-next", { hidden: true, "data-testid": "next-slice" }, this.nextText, " ", this.nextGo);
    this.auto = h("input", { type: "checkbox", "data-testid": "auto-run", onchange: () => auto.toggle() });
    this.autoLine = h("label.auto-run", { title: "Propagates once painting rests for two seconds, and gives way to the next stroke  A" }, this.auto, h("span", "Auto"), h("span.dim", "after each change"));
    this.compare = h("button.link", { hidden: true, title: "Where two runs of this scan differ  Shift+D", "data-testid": "compare-runs", onclick: () => comparison.toggle() }, "Compare with another run");
    this.stage = h("span.run-stage");
    this.percent = h("span.num.run-percent");
    this.bar = h("i");
    this.left = h("span.run-left.num");
    this.spark = h("canvas.spark", { title: "Training loss: lower is better" });
    this.cancelButton = h("button.button.small", { "data-testid": "cancel-run", onclick: () => this.#cancel() }, "Cancel");
    this.progress = h(
      "div.run-progress",
      h("div.run-line", this.stage, this.percent),
      h("div.bar", this.bar),
      this.spark,
      h("div.run-line", this.left, this.cancelButton),
    );
    const startAgain = h("button.button.small", { title: "Slices that are encoded stay so  Ctrl+Enter", "data-testid": "run-again", onclick: () => runs.start() }, icon("redo", 14), h("span", "Start again with it"));
    this.again = h("div.run-again", { hidden: true }, h("p", "What you painted since is not in this run."), startAgain);
    this.element = h("section.run-card", { "data-testid": "run-status", "data-state": "idle", "aria-live": "polite" }, shiftNote(store, { goTo }), this.progress, this.again, this.start, this.settings.chip, this.reason, this.next, this.warnings, this.secondary, this.compare, this.autoLine);
    store.on(["run", "volume", "plane", "labels", "mask", "voxels", "online", "launching", "followedRun", "editedSinceRun", "system", "project", "models", "login", "loggedOut"], () => this.#render());
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
    this.again.hidden = launching || !mayPaint(this.store.state) || !canStartAgain(this.store.state);
    const writes = mayPaint(this.store.state);
    this.start.hidden = active || !writes;
    this.cancelButton.hidden = this.autoLine.hidden = !writes;
    this.reason.hidden = !writes || (active && !showsDraft(this.store.state));
    this.compare.hidden = active || comparisonBlocker(this.store.state) !== null;
    this.#renderNext(active);
    this.#renderWarnings(active);
    if (active) {
      this.secondary.hidden = true;
      setText(this.reason, DRAFT_TEXT);
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
    const text = names.length === 1 ? "1 label needs more painting" : `${names.length} labels need more painting`;
    this.warnings.replaceChildren(icon("alert", 14), h("span", text));
    this.warnings.title = `${names.join(", ")}: see what to do under Labels`;
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
    this.button.replaceChildren(icon("sparkle", 17), h("span", state.mask ? "Propagate again" : "Propagate"));
    this.element.classList.toggle("has-error", state.run?.state === RunState.FAILED);
    setText(this.reason, runReason(state));
    setAttr(this.reason, "title", state.mask && `The result on screen was made with ${madeWithWords(state.mask.choice, state.system)}`);
    this.#renderSecondary();
  }

  /** A volume without strokes can use what was learnt on another. */
  #renderSecondary() {
    const { state } = this.store;
    const source = sourceVolume(state);
    const painted = state.annotations?.indices("painted").length ?? 0;
    this.secondary.hidden = !(state.voxels && !painted && source && mayPaint(state) && !state.loggedOut);
    if (source) setText(this.secondary, `Predict with what was learnt on ${source.name}`);
  }

  #renderProgress() {
    const { stage, fraction, left, loss } = runProgress(this.store.state);
    setText(this.stage, stage);
    setText(this.percent, `${Math.round(fraction * 100)} %`);
    this.bar.style.width = `${Math.max(2, fraction * 100)}%`;
    setText(this.left, left);
    this.spark.hidden = loss.length < 2;
    if (!this.spark.hidden) drawSpark(this.spark, loss);
  }
}

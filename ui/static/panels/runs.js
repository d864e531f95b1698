/**
 * The primary action. One card that always says what comes next: why it cannot run yet, run, how far it is (stage,
 * percent, time left, loss), what went wrong, what came out.
 */
import { api, isBusy } from "../api/client.js";
import { formatSeconds, h, setText } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { toast, toastError } from "../lib/toast.js";

const POLL_MS = 600;
const MASK_RETRY_MS = 3000;
const ACTIVE = ["queued", "running"];

export class RunsPanel {
  #timer = 0;

  constructor(store, { book, saver, onMask, showWarnings }) {
    Object.assign(this, { store, book, saver, onMask });
    this.button = h("button.button.primary.large", { "data-testid": "propagate", title: "Ctrl+Enter", onclick: () => this.start() });
    this.reason = h("p.run-reason", { "data-testid": "propagate-reason" });
    this.secondary = h("button.link", { hidden: true, "data-testid": "predict", onclick: () => this.predict() });
    this.warnings = h("button.run-warnings", { hidden: true, "data-testid": "run-warnings", onclick: showWarnings });
    this.stage = h("span.run-stage");
    this.percent = h("span.num.run-percent");
    this.bar = h("i");
    this.left = h("span.run-left.num");
    this.spark = h("canvas.spark", { title: "Training loss: lower is better" });
    this.cancelButton = h("button.button.small", { "data-testid": "cancel-run", onclick: () => this.cancel() }, "Cancel");
    this.progress = h(
      "div.run-progress",
      h("div.run-line", this.stage, this.percent),
      h("div.bar", this.bar),
      this.spark,
      h("div.run-line", this.left, this.cancelButton),
    );
    this.element = h("section.run-card", { "data-testid": "run-status", "data-state": "idle", "aria-live": "polite" }, this.progress, this.button, this.reason, this.warnings, this.secondary);
    store.on(["run", "volume", "labels", "mask", "voxels", "online"], () => this.render());
    store.when("slice-edited", () => {
      this.editedSinceRun = true;
      this.render();
    });
    store.when("book-loaded", () => {
      this.editedSinceRun = false;
      this.render();
    });
  }

  get running() {
    return ACTIVE.includes(this.store.state.run?.state);
  }

  /** Why propagation cannot start now, in words; null when it can. */
  blocker() {
    const { voxels, labels, loading } = this.store.state;
    const book = this.book();
    if (!voxels) return loading ? "Opening the volume" : "Open a volume first";
    if (!labels.length) return "Name a label, then paint it on a slice";
    if (!book) return "Loading painted slices";
    const count = book.indices("painted").length;
    if (!count) return "Paint a label on at least one slice";
    return null;
  }

  render() {
    const { run } = this.store.state;
    const state = this.starting ? "queued" : run?.state ?? "idle";
    this.element.dataset.state = state;
    const active = ACTIVE.includes(state);
    this.progress.hidden = !active;
    this.button.hidden = active;
    this.reason.hidden = active;
    this.#renderWarnings(active);
    if (active) this.#renderProgress(this.starting ? { stage: "Saving strokes", fraction: 0, loss: [] } : run);
    else this.#renderButton(run);
  }

  /** Labels the last run did not learn are told where the next one is started. */
  #renderWarnings(active) {
    const { mask, labels } = this.store.state;
    const names = (mask?.labels ?? []).filter((found) => found.warning).map((found) => labels.find(({ value }) => value === found.value)?.name ?? found.name);
    this.warnings.hidden = active || !names.length;
    if (this.warnings.hidden) return;
    const text = names.length === 1 ? "1 label needs more painting" : `${names.length} labels need more painting`;
    this.warnings.replaceChildren(icon("alert", 14), h("span", text));
    this.warnings.title = `${names.join(", ")}: see what to do under Labels`;
  }

  #renderButton(run) {
    const blocker = this.blocker();
    const book = this.book();
    const count = book?.indices("painted").length ?? 0;
    const again = this.store.state.mask !== null;
    this.button.disabled = Boolean(blocker);
    this.button.replaceChildren(icon("sparkle", 17), h("span", again ? "Propagate again" : "Propagate"));
    this.element.classList.toggle("has-error", run?.state === "failed");
    if (run?.state === "failed") setText(this.reason, run.error || "The run failed; try again.");
    else if (run?.kind === "predict" && run.state === "done" && !count) {
      setText(this.reason, `Predicted in ${formatSeconds(run.elapsed_s ?? 0)}; correct a slice to propagate from it`);
    } else if (blocker) setText(this.reason, blocker);
    else if (run?.state === "done" && !this.editedSinceRun) setText(this.reason, `Done in ${formatSeconds(run.elapsed_s ?? 0)}, from ${count} painted slice${count === 1 ? "" : "s"}`);
    else if (again) setText(this.reason, `From ${count} painted slice${count === 1 ? "" : "s"}, corrections included`);
    else setText(this.reason, count < 3 ? `${count} slice${count === 1 ? "" : "s"} painted; 3 to 5 give better masks` : `From ${count} painted slice${count === 1 ? "" : "s"}`);
    this.#renderSecondary(count);
  }

  /** A volume without strokes can use what was learnt on a sibling. */
  #renderSecondary(count) {
    const { volumes, volume, voxels } = this.store.state;
    const teacher = volumes.find((each) => each.id !== volume?.id && each.run?.state === "done" && each.run?.model_id);
    this.secondary.hidden = !(voxels && !count && teacher);
    if (teacher) setText(this.secondary, `Predict with what was learnt on ${teacher.name}`);
    this.teacher = teacher;
  }

  #renderProgress(run) {
    const fraction = run.fraction ?? 0;
    setText(this.stage, run.state === "queued" ? run.stage || "Waiting for its turn" : run.stage || "Starting");
    setText(this.percent, `${Math.round(fraction * 100)} %`);
    this.bar.style.width = `${Math.max(2, fraction * 100)}%`;
    setText(this.left, run.eta_s ? `${formatSeconds(run.eta_s)} left` : "");
    this.spark.hidden = !(run.loss?.length > 1);
    if (!this.spark.hidden) drawSpark(this.spark, run.loss);
  }

  async start() {
    if (this.running || this.starting || this.blocker()) return;
    await this.#launch({ kind: "propagate", plane: this.store.state.plane });
  }

  async predict() {
    await this.#launch({ kind: "predict", model_id: this.teacher.run.model_id });
  }

  async #launch(request) {
    const { volume } = this.store.state;
    this.starting = true;
    this.render();
    try {
      await this.saver.flush(volume.id);
      const run = await api.startRun(volume.id, request);
      this.starting = false;
      if (this.store.state.volume?.id === volume.id) {
        this.editedSinceRun = false;
        this.store.set({ run });
        this.watch();
      } // else another volume was opened meanwhile: the run is found again with its own
    } catch (error) {
      this.starting = false;
      toastError(error);
    }
    this.render();
  }

  async cancel() {
    const { run } = this.store.state;
    if (!this.running) return;
    this.cancelButton.disabled = true;
    try {
      await api.cancelRun(run.id);
    } catch (error) {
      toastError(error);
    }
    this.cancelButton.disabled = false;
  }

  /** Poll the run on screen until it ends. */
  watch() {
    clearTimeout(this.#timer);
    if (this.running) this.#timer = setTimeout(() => this.#poll(), POLL_MS);
  }

  async #poll() {
    const { run } = this.store.state;
    if (!run) return;
    try {
      const fresh = await api.run(run.id);
      if (this.store.state.run?.id !== fresh.id) return;
      this.store.set({ run: fresh, online: true });
      if (!ACTIVE.includes(fresh.state)) return this.#ended(fresh);
    } catch (error) {
      if (error.status && !isBusy(error)) return toastError(error);
      this.store.set({ online: false, busy: isBusy(error) }); // keep asking: the run goes on without us
    }
    this.watch();
  }

  async #ended(run) {
    if (run.state === "cancelled") toast("Run cancelled; your painted slices are as they were.");
    if (run.state === "done" && run.mask_id) await this.#fetchMask(run);
  }

  /** The new mask must not be missed: what is shown and downloaded until it is here is the one before. */
  async #fetchMask(run) {
    if (this.store.state.run?.id !== run.id) return;
    try {
      await this.onMask(run.mask_id);
    } catch (error) {
      toastError(error);
      this.#timer = setTimeout(() => this.#fetchMask(run), MASK_RETRY_MS);
    }
  }
}

function drawSpark(canvas, loss) {
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  const values = loss.map(([, value]) => value);
  const low = Math.min(...values);
  const span = Math.max(...values) - low || 1;
  context.beginPath();
  values.forEach((value, n) => context.lineTo((n / (values.length - 1)) * width, 2 + (1 - (value - low) / span) * (height - 4)));
  context.strokeStyle = "#7fb2ff";
  context.lineWidth = 1.25;
  context.stroke();
}

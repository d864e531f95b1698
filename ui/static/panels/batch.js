/** "Predict all": the line that says how far a batch is, the state of each volume, and the dialog that begins one. */
import { BatchState, RunState } from "../api/contract.js";
import { openDialog } from "../lib/dialog.js";
import { h, setText } from "../lib/dom.js";
import { menuItem, refillMenu, toggleMenu } from "../lib/menu.js";
import { mayWrite } from "../state/access.js";
import { batchText, byCertainty, fitting, hasMaskOf, volumeStateText } from "../state/batch.js";
import { t } from "../words/index.js";
import { modelSelect } from "./model_select.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { Batch, Model, VolumeSummary } from "../api/types.d.ts"
 * @typedef {Pick<import("../controllers/batch.js").BatchController, "models" | "start" | "cancel" | "resume" | "openNext" | "open">} BatchIntents
 */

/**
 * @param {Store} store
 * @param {{batch: BatchIntents}} intents
 */
export function batchLine(store, { batch: intents }) {
  const text = h("span.ellipsis", { "data-testid": "batch-text" });
  const left = h("span.num.dim");
  const bar = h("i");
  const track = h("div.bar", bar);
  /** @type {HTMLButtonElement} */
  const details = h("button.link", { "aria-haspopup": "menu", "data-testid": "batch-details", onclick: () => toggleMenu(details, detailRows(store.state.batch, intents), { testid: "batch-menu", className: "batch-menu" }) }, t("batches.each"));
  const next = h("button.link", { title: t("batches.nextHint"), "data-testid": "least-certain", onclick: () => void intents.openNext() }, t("batches.next"));
  const cancel = h("button.link", { "data-testid": "batch-cancel", onclick: () => void intents.cancel() }, t("dialogs.cancel"));
  const resume = h("button.link", { "data-testid": "batch-resume", onclick: () => void intents.resume() });
  const element = h("section.batch-line", { hidden: true, "data-testid": "batch", "aria-live": "polite" }, h("div.run-line", text, left), track, h("div.batch-actions", next, details, resume, cancel));
  store.on(["batch", "volumes", "project", "login"], (state) => {
    const { batch } = state;
    const writes = mayWrite(state);
    next.hidden = byCertainty(state).length < 2;
    element.hidden = !batch && next.hidden;
    element.dataset.state = batch?.state ?? "none";
    text.hidden = track.hidden = details.hidden = !batch;
    cancel.hidden = !writes || batch?.state !== BatchState.RUNNING;
    resume.hidden = !writes || !batch || batch.state === BatchState.RUNNING || batch.done === batch.total;
    if (!batch) return setText(left, "");
    const said = batchText(batch);
    setText(text, said.text);
    setText(left, said.left);
    setText(resume, batch.state !== BatchState.CANCELLED && batch.failed ? t("batches.retry") : t("batches.goOn"));
    track.hidden = batch.state !== BatchState.RUNNING;
    const under = batch.volumes.filter(({ state: each }) => each === RunState.RUNNING).reduce((sum, { fraction }) => sum + fraction, 0);
    bar.style.width = `${Math.max(2, ((batch.done + batch.failed + under) / Math.max(1, batch.total)) * 100)}%`;
    refillMenu(details, detailRows(batch, intents));
  });
  return element;
}

/**
 * Each volume and what it is at; below one that failed, why.
 * @param {Batch | null} batch
 * @param {Pick<BatchIntents, "open">} intents
 */
function detailRows(batch, intents) {
  return (batch?.volumes ?? []).flatMap((volume) => [
    menuItem(volume.name, () => void intents.open(volume.volume_id), { hint: volumeStateText(volume), testid: "batch-volume" }),
    ...(volume.error ? [h("p.menu-note.batch-error", volume.error)] : []),
  ]);
}

/**
 * Ask which model is applied to which volumes, and begin.
 * @param {Store} store
 * @param {{batch: BatchIntents}} intents
 */
export async function openPredictAll(store, { batch }) {
  const models = await batch.models();
  const { volumes, project } = store.state;
  if (!project) return;
  if (!models.length) {
    openDialog(t("batches.dialog.title"), h("p", t("batches.dialog.nothingLearnt")), { testid: "predict-all-dialog" });
    return;
  }
  const list = h("div.batch-volumes");
  const model = modelSelect(models, { testid: "batch-model", changed: () => fill() });
  /** @type {HTMLButtonElement} */
  const ok = h("button.button.primary", { "data-testid": "batch-start", onclick: () => begin() });
  const boxes = () => /** @type {HTMLInputElement[]} */ ([...list.querySelectorAll("input")]);
  const chosen = () => boxes().filter(({ checked }) => checked).map(({ value }) => value);
  const count = () => {
    const number = chosen().length;
    ok.disabled = !number;
    setText(ok, t("batches.dialog.start", { count: number }));
  };
  const fill = () => {
    const wanted = model.chosen();
    list.replaceChildren(...fitting(volumes, wanted).map((volume) => volumeRow(volume, wanted.id, count)));
    count();
  };
  const begin = () => {
    const wanted = { model_id: model.chosen().id, volumes: chosen() };
    dialog.close();
    void batch.start(wanted);
  };
  const dialog = openDialog(
    t("batches.dialog.allOf", { project: project.name }),
    [
      h("label.field", h("span", t("batches.dialog.withModel")), model.element),
      h("p.dim", t("batches.dialog.explanation")),
      list,
      h("div.dialog-foot", h("button.button", { onclick: () => dialog.close() }, t("dialogs.cancel")), ok),
    ],
    { testid: "predict-all-dialog" },
  );
  fill();
}

/**
 * @param {VolumeSummary} volume
 * @param {string} modelId
 * @param {() => void} changed
 */
function volumeRow(volume, modelId, changed) {
  const has = hasMaskOf(volume, modelId);
  const box = h("input", { type: "checkbox", value: volume.id, checked: !has, "data-testid": "batch-choice", onchange: changed });
  return h("label.source-row", box, h("span.ellipsis", { title: volume.name }, volume.name), has && h("small.dim", t("batches.dialog.hasMask")));
}

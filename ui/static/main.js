/**
 * Builds the workspace, connects its parts. Its document (ui/workspace.py) loads workspace.js, which calls start().
 *
 * HOOKS FOR TESTS (stable; real mouse and keyboard events do all the work)
 *
 * data-testid
 *   files      upload-input (file input), upload-folder-input, choose-files, upload-progress, add-volume, import-annotations,
 *              series-dialog, series-choice, series-all, imports-progress, imports-show, imports-dialog, imports-clear, imports-cancel,
 *              imports-retry, imports-accept, import-item [data-state]
 *   archives   from-archive, stage-archive, archives-dialog (archive-select, archive-patient-name, archive-patient-id, archive-first-day, archive-last-day,
 *              archive-modality, archive-search, archive-note, archive-study, archive-back, archive-series, archive-no-scan), send-ID, send-dialog (send-format)
 *   projects   project-select, project-menu, project-item, new-project, prompt-input, prompt-ok, confirm, confirm-cancel,
 *              project-keep, share-project, leave-project, everyones-projects, members-dialog (member-name, member-role, member-add, member-row,
 *              member-row-role, member-remove, give-away, pending-offer, take-back), offer-dialog (stay-*, offer-ok), offer, offer-accept, offer-decline, keep-dialog, keep-* (rows), keep-days,
 *              keep-deidentify, keep-ok, retention-note, look-only, nothing-to-look-at,
 *              volume-item [data-id], volume-open, volume-menu, volume-delete, volume-search, volume-count, volume-filter (menu: volume-order-*, volume-state-*)
 *   batch      predict-all, predict-all-dialog (batch-model, batch-choice, batch-start), batch [data-state=running|done|cancelled|none],
 *              batch-text, batch-details (batch-menu, batch-volume), batch-cancel, batch-resume, least-certain
 *   models     predict-main, predict-imported, save-model, project-save-model, save-model-dialog (save-model-choice, model-title, model-author, model-licence, model-note,
 *              save-model-ok), use-model, new-project-from-model, model-input, use-model-dialog (model-label-CODE, use-model-ok)
 *   review     review [data-state], review-progress, review-next, review-check, review-comment, review-accept, review-send-back, review-ready, review-withdraw, review-reopen,
 *              review-record, review-history, comment, comment-go, comment-resolve, comment-reply, comment-pin, text-dialog (text-input, text-ok), next-review, volume-review, frozen-note
 *   labels     label-item [data-value, data-active], add-label, new-label-name, label-menu, label-rename, label-name,
 *              label-delete, label-visibility, label-lock [aria-pressed], label-volume, label-quality [data-band=good|fair|poor|unknown],
 *              label-warning, label-warning-go, label-term, term-dialog (term-search, term-note, term [aria-selected], term-chosen, term-off)
 *   tools      tool-navigate, tool-brush, tool-sphere, tool-eraser, tool-lasso, tool-polygon, tool-box, tool-point, tool-fill, tool-keep, tool-pick,
 *              brush-size (range), outline-status [data-state=idle|busy|ready|offered|empty|failed], similar-only, tolerance, protect,
 *              threshold, threshold-panel, threshold-low, threshold-high (and -value), threshold-fit, undo, redo, fit-view, show-labels, opacity, window-menu, window-preset,
 *              show-uncertainty [aria-pressed, aria-busy while it is fetched], uncertainty-legend
 *   panes      pane-axial, pane-coronal, pane-sagittal, pane-3d [data-state], expand-*, readout-*,
 *              editor-canvas (top canvas of the annotation plane), canvas-* (the other planes)
 *   slice      ribbon, slice-index (input, 1-based), slice-state [data-state], accept-prediction, shape, mark-empty,
 *              start-afresh, copy-next, clear-slice, slice-origin, origin-filter [aria-pressed] (menu: origin-all, origin-KIND, origin-by-*), paint-here, interpolate (menu: interpolate-now, accept-interpolated, clear-interpolated)
 *   history    slice-versions, slice-history (versions, version [data-version], slice-history-close); show-deleted, deleted-dialog
 *              (deleted-item [data-id, data-kind], deleted-restore, deleted-end, deleted-nothing)
 *   run        propagate, run-settings, run-settings-menu (method-*, encoder-* [aria-checked], encoder-path, seed, choice-reset), run-choice, propagate-reason, next-slice, next-slice-go, domain-shift (shift-proposal, shift-slice [data-index, data-painted]), auto-run, predict, cancel-run, run-warnings, run-status [data-state=idle|queued|running|done|failed|cancelled]
 *   compare    compare-runs, comparison, comparison-end, first-run, second-run, agreement (li [data-value]), differing-slices, next-difference, comparison-beside, pane-beside, make-first-current, make-second-current, run-differences,
 *              compare-reference, scores, score-tolerance, score-leave-out, forget-reference, import-reference
 *   saving     save-status [data-state=saved|saving|offline|kept|held], discard-kept
 *   download   download, download-nifti, download-bundle, download-labels, download-statistics, download-report, download-provenance, download-confidence
 *   login      kept, account-button, account-menu, log-out, logged-out, log-in-again
 *   help       help-menu, help-menu-list (start-tour, theme-system, theme-light, theme-dark, label-patterns), pen-pressure [aria-pressed],
 *              tour [data-step], tour-next, tour-end, tour-offer, tour-accept, tour-decline
 *   other      encoding-status [data-state], encoder-name, help-button, help, toasts, toast-error, empty-state
 *
 * window.fewshotSam
 *   .ready                      true once a volume's slice and painted slices are on screen
 *   .whole                      true once all its voxels are here too
 *   .state                      snapshot: volumeId, plane, mainPane, slice, cursor, tool, activeLabel, brushMm, window,
 *                               labels, maskId, run, saving, outlining, encoding
 *   .goToSlice(k)               show canonical slice k of the annotation plane
 *   .sliceToClient(plane, i, j) client {x, y} of the centre of the voxel with canonical in-plane indices i, j
 *                               (axial: x, y; coronal: x, z; sagittal: y, z) in that plane's canvas
 *   .paintedSlices()            {index: state} of the annotation plane
 *   .sliceLabels(k)             copy of the label values of slice k, display rows x columns, or null
 *   .setBrushMm(mm)             brush diameter
 */
import { notify } from "./controllers/notify.js";
import { ReferenceController } from "./controllers/references.js";
import { ComparisonController } from "./controllers/comparison.js";
import { createControllers } from "./controllers/create.js";
import { PreferencesController } from "./controllers/preferences.js";
import { TourController } from "./controllers/tour.js";
import { giveUpTopmost } from "./controllers/give_up.js";
import { links, server } from "./controllers/server.js";
import { SliceController } from "./controllers/slices.js";
import { UndoController } from "./controllers/undo.js";
import { buildLayout } from "./layout.js";
import { installShortcuts } from "./panels/shortcuts.js";
import { lacksPrompt } from "./state/proposal.js";
import { sliceKind, sliceOnScreen } from "./state/slices.js";
import { Store, initialState } from "./state/store.js";
import { testHooks } from "./test_hooks.js";
import { Editor } from "./tools/editor.js";
import { addPins } from "./viewer/pins.js";
import { AppViews } from "./viewer/views.js";

/** @param {Element} root */
export function start(root) {
  const store = new Store(initialState());
  const controllers = createControllers(store, { server, notify });
  const { edits, saver, outlines, project, imports, runs, auto, view, locks, interpolation, review } = controllers;
  /** @type {Set<string>} held down */
  const keys = new Set();
  const editor = new Editor(store, edits, { ensureLabel: () => ensureLabel() });
  const views = new AppViews(store, { editor, keys, changeBrush: (/** @type {number} */ steps) => view.changeBrush(steps), links });
  const goTo = (/** @type {number} */ slice) => views.goTo(store.state.plane, slice);
  review.goTo = (voxel) => views.show(voxel);
  addPins(store, views.all, { review });
  const slices = new SliceController(store, { edits, steps: edits.steps, notify, goTo });
  const comparison = new ComparisonController(store, { server, notify, masks: controllers.masks, goTo });
  const steps = new UndoController(store, { edits, steps: edits.steps, notify, sliceOnScreen: () => sliceOnScreen(store.state), goTo });
  const history = { undo: () => void (outlines.drop() || steps.undo()), redo: () => void steps.redo() };
  const help = installShortcuts(keyActions(), { keys, isDrawing: () => editor.stroking, lacks: (prompt) => lacksPrompt(store.state, prompt), sliceKind: () => sliceKind(store.state) });
  const references = new ReferenceController(store, { server, notify, labels: controllers.labels, comparison });
  const preferences = new PreferencesController(store);
  const tour = new TourController(store);
  const layout = buildLayout(root, store, { ...controllers, references, slices, comparison, steps: history, links, views, goTo, help, preferences, tour });

  /** @returns {import("./panels/shortcut_table.js").Actions} */
  function keyActions() {
    return {
      tool: (id) => view.chooseTool(id),
      step: (count) => views.step(count),
      nextPainted: (direction) => slices.nextPainted(direction),
      paintNext: () => comparison.next() || review.next() || slices.paintNext(),
      previousDifference: () => comparison.previous(),
      zoom: (factor) => views.zoom(factor),
      fit: () => views.fit(),
      focusSlice: () => views.focusSlice(),
      nextPane: () => views.nextPane(),
      toggleLock: () => locks.toggleActive(),
      copyFromNearest: () => slices.copyFromNearest(),
      label: (position) => view.chooseLabelAt(position),
      brush: (steps) => view.changeBrush(steps),
      ...history,
      finish: () => editor.finish() || outlines.take() || review.checkByKey(),
      cancel: () => giveUpTopmost(store, { editor, outlines, review, history: layout.history, tour, comparison }),
      slice: (action) => slices.act(action),
      interpolate: () => interpolation.interpolate(),
      toggleLabels: () => view.toggleLabels(),
      toggleThreshold: () => view.toggleThreshold(),
      toggleUncertainty: () => view.toggleUncertainty(),
      pinComment: () => review.togglePinning(),
      compareRuns: () => comparison.toggle(),
      sliceHistory: () => layout.history.toggle(),
      resetWindow: () => view.resetWindow(),
      reshape: (id) => slices.reshape(id),
      propagate: () => runs.start(),
      toggleAuto: () => auto.toggle(),
      help: () => help(),
    };
  }

  /** Painting needs a label: without one, ask for its name instead. */
  function ensureLabel() {
    if (view.ensureLabel()) return true;
    layout.askForLabel();
    return false;
  }

  addEventListener("beforeunload", (event) => {
    if (saver.atRisk || imports.busy) event.preventDefault();
  });
  project.start().then(() => layout.ready());
  Object.assign(window, { fewshotSam: testHooks(store, views, view) });
}

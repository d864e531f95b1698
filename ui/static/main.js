/**
 * Entry point: builds the workspace, connects its parts. Loaded by the Gradio page (ui/page.py), which calls start().
 *
 * HOOKS FOR TESTS (stable; real mouse and keyboard events do all the work)
 *
 * data-testid
 *   files      upload-input (file input), upload-folder-input, upload-progress, add-volume, import-annotations,
 *              series-dialog, series-choice
 *   projects   project-select, project-menu, project-item, new-project, prompt-input, prompt-ok, confirm,
 *              volume-item [data-id], volume-menu, volume-delete
 *   labels     label-item [data-value, data-active], add-label, new-label-name, label-menu, label-rename, label-name,
 *              label-delete, label-visibility, label-volume, label-quality [data-band=good|fair|poor|unknown],
 *              label-warning, label-warning-go
 *   tools      tool-navigate, tool-brush, tool-eraser, tool-lasso, tool-polygon, tool-fill, brush-size (range),
 *              similar-only, tolerance, protect, undo, redo, fit-view, show-labels, opacity, window-menu, window-preset,
 *              show-doubt [aria-pressed, aria-busy while it is fetched], doubt-legend
 *   panes      pane-axial, pane-coronal, pane-sagittal, pane-3d [data-state], expand-*, readout-*,
 *              editor-canvas (top canvas of the annotation plane), canvas-* (the other planes)
 *   slice      ribbon, slice-index (input, 1-based), slice-state [data-state], accept-prediction, mark-empty, copy-next,
 *              clear-slice, paint-here
 *   run        propagate, propagate-reason, predict, cancel-run, run-warnings, run-status [data-state=idle|queued|running|done|failed|cancelled]
 *   saving     save-status [data-state=saved|saving|offline]
 *   download   download, download-nifti, download-bundle, download-labels, download-csv, download-confidence
 *   other      encoding-status [data-state], encoder-name, help-button, help, toasts, toast-error, empty-state
 *
 * window.fewshotSam
 *   .ready                      true once a volume's slice and painted slices are on screen
 *   .whole                      true once all its voxels are here too
 *   .state                      snapshot: volumeId, plane, mainPane, slice, cursor, tool, activeLabel, brushMm, window,
 *                               labels, maskId, run, saving, encoding
 *   .goToSlice(k)               show canonical slice k of the annotation plane
 *   .sliceToClient(plane, i, j) client {x, y} of the centre of the voxel with canonical in-plane indices i, j
 *                               (axial: x, y; coronal: x, z; sagittal: y, z) in that plane's canvas
 *   .paintedSlices()            {index: state} of the annotation plane
 *   .sliceLabels(k)             copy of the label values of slice k, display rows x columns, or null
 *   .setBrushMm(mm)             brush diameter
 */
import { api } from "./api/client.js";
import { clamp } from "./lib/dom.js";
import { Store, initialState } from "./state/store.js";
import { AppViews } from "./viewer/views.js";
import { loadConfidenceOnDemand } from "./controllers/confidence.js";
import { buildLayout } from "./layout.js";
import { Edits } from "./tools/edits.js";
import { Editor } from "./tools/editor.js";
import { Saver } from "./controllers/autosave.js";
import { installShortcuts } from "./panels/shortcuts.js";
import { Session } from "./controllers/session.js";
import { TOOLS } from "./tools/tools.js";
import { BRUSH_MM } from "./panels/toolbar.js";
import { PLANES } from "./viewer/planes.js";

export function start(root) {
  const store = new Store(initialState());
  const saver = new Saver(store);
  const edits = new Edits(store, saver);
  const session = new Session(store, { edits, saver });
  loadConfidenceOnDemand(store);
  const keys = new Set();
  const editor = new Editor(store, edits, { ensureLabel: () => ensureLabel() });
  const views = new AppViews(store, { session, edits, editor, keys, changeBrush });
  const goTo = (index) => views.goTo(store.state.plane, index);
  const layout = buildLayout(root, { store, session, saver, edits, views, goTo, undo, redo, help: () => help() });
  session.runs = layout.runs;

  const actions = {
    tool: (id) => store.state.voxels && (!TOOLS[id].paints || store.state.mainPane === store.state.plane) && store.set({ tool: id }),
    step: (count) => views.step(count),
    nextPainted: (direction) => {
      const painted = session.book?.indices("painted", "empty") ?? [];
      const here = layout.sliceBar.slice;
      const next = direction > 0 ? painted.find((at) => at > here) : painted.findLast((at) => at < here);
      if (next !== undefined) goTo(next);
    },
    zoom: (factor) => views.zoom(factor),
    fit: () => views.fit(),
    nextPane: () => views.nextPane(),
    label: (position) => store.state.labels[position - 1] && store.set({ activeLabel: store.state.labels[position - 1].value }),
    brush: changeBrush,
    undo,
    redo,
    closePolygon: () => editor.closePolygon(),
    cancel: () => editor.cancel(),
    accept: () => layout.sliceBar.act("accept"),
    markEmpty: () => layout.sliceBar.act("empty"),
    copyNext: () => layout.sliceBar.act("copy"),
    clear: () => layout.sliceBar.act("clear"),
    toggleLabels: () => store.set({ showLabels: !store.state.showLabels }),
    toggleDoubt: () => layout.doubt.toggle(),
    resetWindow: () => store.state.volume && store.set({ window: store.state.volume.window }),
    propagate: () => layout.runs.start(),
    help: () => help(),
  };
  const help = installShortcuts(actions, keys);

  function undo() {
    const index = edits.undo();
    if (index !== null) goTo(index);
  }

  function redo() {
    const index = edits.redo();
    if (index !== null) goTo(index);
  }

  function changeBrush(steps) {
    store.set({ brushMm: clamp(store.state.brushMm * 1.12 ** steps, BRUSH_MM.min, BRUSH_MM.max) });
  }

  /** Painting needs a label: without one, ask for its name instead. */
  function ensureLabel() {
    const { activeLabel, labels } = store.state;
    if (labels.some((label) => label.value === activeLabel)) return true;
    if (labels.length) store.set({ activeLabel: labels[0].value });
    else layout.labels.askForName();
    return labels.length > 0;
  }

  addEventListener("beforeunload", (event) => {
    if (saver.atRisk) event.preventDefault();
  });
  session.start().then(() => layout.ready());
  window.fewshotSam = testHooks(store, session, views, goTo);
  return { store, session, api };
}

function testHooks(store, session, views, goTo) {
  return {
    get ready() {
      return Boolean(store.state.voxels && session.book);
    },
    get whole() {
      const { voxels } = store.state;
      return Boolean(voxels && voxels.arrived === voxels.data.length);
    },
    get state() {
      const { volume, plane, mainPane, cursor, tool, activeLabel, brushMm, window, labels, mask, run, saving } = store.state;
      const { voxels: _voxels, ...maskFacts } = mask ?? {};
      return structuredClone({
        volumeId: volume?.id ?? null,
        maskId: maskFacts.id ?? null,
        encoding: volume?.encoding ?? null,
        slice: cursor[PLANES[plane].axis],
        ...{ plane, mainPane, cursor, tool, activeLabel, brushMm, window, labels, run, saving },
      });
    },
    goToSlice: goTo,
    sliceToClient: (plane, i, j) => views.sliceToClient(plane, i, j),
    paintedSlices: () => Object.fromEntries([...(session.book?.slices ?? [])].map(([index, slice]) => [index, slice.state])),
    sliceLabels: (index) => session.book?.get(index)?.labels.slice() ?? null,
    setBrushMm: (brushMm) => store.set({ brushMm }),
  };
}

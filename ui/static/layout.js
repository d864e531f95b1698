/** The workspace: header, left rail (what is labelled and what to do next), panes, ribbon, status line. */
import { h, setText } from "./lib/dom.js";
import { icon } from "./lib/icons.js";
import { accountButton, loggedOutBanner } from "./panels/account.js";
import { batchLine } from "./panels/batch.js";
import { ComparisonPanel } from "./panels/comparison.js";
import { Downloads } from "./panels/downloads.js";
import { Guide } from "./panels/guide.js";
import { helpMenuButton } from "./panels/help_menu.js";
import { ImportsPanel } from "./panels/imports.js";
import { LabelsPanel } from "./panels/labels.js";
import { lookOnlyNote } from "./panels/look_only.js";
import { originFilter } from "./panels/origin_filter.js";
import { showPictures } from "./panels/pictures.js";
import { ProjectsPanel } from "./panels/projects.js";
import { ReadingsPanel } from "./panels/readings.js";
import { modelLine } from "./panels/model_files.js";
import { nextReview, ReviewPanel } from "./panels/review.js";
import { Ribbon } from "./panels/ribbon.js";
import { RunsPanel } from "./panels/runs.js";
import { scoresLink, scoresPanel } from "./panels/scores.js";
import { SliceBar } from "./panels/slice_bar.js";
import { SliceHistory } from "./panels/slice_history.js";
import { footer, saveStatus } from "./panels/status.js";
import { thresholdPanel, thresholdToggle } from "./panels/threshold.js";
import { toolBar, toolColumn } from "./panels/toolbar.js";
import { TourPanel } from "./panels/tour.js";
import { uncertaintyLegend, uncertaintyToggle } from "./panels/uncertainty.js";
import { UploadPanel } from "./panels/upload.js";
import { mayWrite } from "./state/access.js";
import { BesideView } from "./viewer/beside_view.js";
import { archivesHere } from "./state/archives.js";
import { importSummary, isImporting } from "./state/imports.js";
import { t } from "./words/index.js";

/** @import { Store } from "./state/store.js" */

/**
 * Build the page below `root`.
 * @param {Element} root
 * @param {Store} store
 * @param {import("./controllers/create.js").Controllers & {
 *   slices: import("./controllers/slices.js").SliceController,
 *   comparison: import("./controllers/comparison.js").ComparisonController,
 *   references: import("./controllers/references.js").ReferenceController,
 *   steps: { undo: () => void, redo: () => void },
 *   links: import("./controllers/server.js").Links,
 *   views: import("./viewer/views.js").AppViews,
 *   goTo: (slice: number) => void,
 *   help: () => void,
 *   preferences: import("./controllers/preferences.js").PreferencesController,
 *   tour: import("./controllers/tour.js").TourController,
 * }} parts what the panels may ask for, and the panes
 */
export function buildLayout(root, store, { session, kept, project, deleted, batch, members, retention, volume, uploads, archives, imports, labels, labelImport, models, runs, choice, auto, view, locks, interpolation, provenance, versions, review, readings, slices, comparison, references, steps, links, views, goTo, help, preferences, tour }) {
  const files = new UploadPanel(store, { uploads, archives });
  const importing = new ImportsPanel(store, { imports });
  const projects = new ProjectsPanel(store, { project, deleted, batch, members, retention, volume, readings, links, labelImport, models, references, files, importing: importing.element });
  const labelsPanel = new LabelsPanel(store, { labels, view, locks, goTo });
  const runsPanel = new RunsPanel(store, { runs, choice, auto, slices, comparison, goTo, showWarnings: () => labelsPanel.showWarnings() });
  const read = new ReadingsPanel(store, { readings, comparison, links });
  const compared = new ComparisonPanel(store, { comparison, goTo, scores: h("div", scoresPanel(store, { references }), read.hand) });
  const reviewed = new ReviewPanel(store, { review, links });
  const guide = new Guide(store, { view });
  const touring = new TourPanel(store, { tour });
  const ribbon = new Ribbon(store, { goTo });
  const bar = toolBar(store, { view, preferences, uncertainty: uncertaintyToggle(store, { view }), threshold: thresholdToggle(store, { view }) });
  const column = toolColumn(store, { view, steps, fit: () => views.fit() });
  const history = new SliceHistory(store, { versions, preview: (version) => views.preview(version) });
  const sliceBar = new SliceBar(store, { slices, interpolation, volume, history, goTo, filter: originFilter(store, { provenance }) });
  const downloads = new Downloads(store, { view, runs, links, archives });
  const beside = new BesideView(store, views);
  const panes = h("div.panes", views.all.map((pane) => pane.element), views.view3d.element, uncertaintyLegend(), thresholdPanel(store, { view }), beside.element, history.element, stage(store, files));
  const app = h(
    "div.app",
    h("header.app-head", brand(), projects.projectButton, h("span.spacer"), saveStatus(store, { kept }), downloads.button, helpMenuButton(store, { preferences, help, tour: () => touring.start() }), accountButton(store, { session, links })),
    loggedOutBanner(store, { links }),
    h("aside.rail", projects.element, batchLine(store, { batch }), nextReview(store, { review }), labelsPanel.element, h("div.next", lookOnlyNote(store), read.element, reviewed.element, touring.offer, guide.element, runsPanel.element, modelLine(store, { models, links }), scoresLink(store, { references }), compared.element)),
    h("main.work", bar, column, panes, h("div.under", sliceBar.element, ribbon.element)),
    footer(store, { help }),
    files.element,
    touring.element,
  );
  root.replaceChildren(app);
  showPictures(store, { app, views, sliceWord: sliceBar.word });
  store.on(["voxels", "mainPane"], ({ voxels, mainPane }) => {
    app.classList.toggle("no-volume", !voxels);
    panes.dataset.main = mainPane;
  });
  store.on(["showUncertainty", "confidence"], ({ showUncertainty, confidence }) => {
    panes.toggleAttribute("data-uncertainty", showUncertainty && Boolean(confidence));
  });
  store.on("labelPatterns", ({ labelPatterns }) => void app.toggleAttribute("data-patterns", labelPatterns));
  guide.render();
  return { history, askForLabel: () => labelsPanel.askForName(), ready: () => app.classList.add("started") };
}

function brand() {
  return h("div.brand", h("i.brand-mark", h("b"), h("b"), h("b")), h("span", t("start.brand")));
}

/**
 * What lies over the panes while there is nothing to see: progress, or how to bring a scan in.
 * @param {Store} store
 * @param {UploadPanel} files
 */
function stage(store, files) {
  const bar = h("i");
  const text = h("p");
  const cancel = h("button.link", { onclick: () => store.state.uploading?.cancel?.() }, t("dialogs.cancel"));
  const loading = h("div.stage-loading", text, h("div.bar", bar), cancel);
  const failed = h(
    "div.stage-empty",
    { hidden: true, "data-testid": "start-failed" },
    h("h1", t("start.failed.title")),
    h("p", t("start.failed.note")),
    h("div.stage-actions", h("button.button.primary", { onclick: () => location.reload() }, t("dialogs.tryAgain"))),
  );
  const fromArchive = h("button.button", { "data-testid": "stage-archive", onclick: () => files.openArchives() }, t("archives.item"));
  const empty = h(
    "div.stage-empty",
    { "data-testid": "empty-state" },
    icon("upload", 30),
    h("h1", t("start.empty.title")),
    h("p", t("start.empty.formats")),
    h("div.stage-actions", h("button.button.primary", { "data-testid": "choose-files", onclick: () => files.pickFiles() }, t("start.empty.file")), h("button.button", { onclick: () => files.pickFolder() }, t("start.empty.folder")), fromArchive),
  );
  const reason = h("p");
  const nothing = h("div.stage-empty", { hidden: true, "data-testid": "nothing-to-look-at" }, icon("eye", 30), h("h1", t("start.nothing.title")), reason);
  const element = h("div.stage", loading, empty, nothing, failed);
  store.on(["loading", "voxels", "volume", "volumes", "uploading", "imports", "system", "failedToStart", "project", "login"], (state) => {
    const busy = state.loading ?? state.uploading ?? (isImporting(state.imports) ? importSummary(state.imports) : null);
    element.hidden = Boolean(state.voxels);
    loading.hidden = !busy;
    const isEmpty = !busy && !state.volume && state.system !== null;
    empty.hidden = !isEmpty || !mayWrite(state);
    fromArchive.hidden = !archivesHere(state).length;
    nothing.hidden = !isEmpty || mayWrite(state);
    setText(reason, t(state.project ? "start.nothing.noScan" : "start.nothing.noProject"));
    failed.hidden = !state.failedToStart || Boolean(state.system);
    if (!busy) return;
    cancel.hidden = busy !== state.uploading || !state.uploading.cancel;
    setText(text, busy.text);
    bar.style.width = `${Math.max(2, busy.fraction * 100)}%`;
  });
  return element;
}

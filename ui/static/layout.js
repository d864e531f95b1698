/** The workspace: header, left rail (what is labelled and what to do next), panes, ribbon, status line. */
import { h } from "./lib/dom.js";
import { icon } from "./lib/icons.js";
import { DoubtToggle, doubtLegend } from "./panels/uncertainty.js";
import { Downloads } from "./panels/downloads.js";
import { Guide } from "./panels/guide.js";
import { LabelsPanel } from "./panels/labels.js";
import { ProjectsPanel } from "./panels/projects.js";
import { Ribbon } from "./panels/ribbon.js";
import { RunsPanel } from "./panels/runs.js";
import { SliceBar } from "./panels/slice_bar.js";
import { footer, saveStatus } from "./panels/status.js";
import { Toolbar } from "./panels/toolbar.js";
import { Uploader } from "./panels/upload.js";

export function buildLayout(root, { store, session, saver, edits, views, goTo, undo, redo, help }) {
  const book = () => session.book;
  const uploader = new Uploader(store, { onVolume: (volume) => session.volumeArrived(volume), ensureProject: () => session.ensureProject() });
  const projects = new ProjectsPanel(store, { session, uploader });
  const labels = new LabelsPanel(store, { book, goTo, reloadBook: () => store.state.voxels && session.loadBook() });
  const runs = new RunsPanel(store, { book, saver, onMask: (id) => session.loadMask(id), showWarnings: () => labels.showWarnings() });
  const doubt = new DoubtToggle(store);
  const guide = new Guide(store, { book });
  const ribbon = new Ribbon(store, { goTo, book });
  const toolbar = new Toolbar(store, { undo, redo, fit: () => views.fit(), doubt: doubt.button });
  const sliceBar = new SliceBar(store, { book, edits, goTo, choosePlane: () => session.choosePlane(store.state.mainPane) });
  const downloads = new Downloads(store, { changed: () => runs.editedSinceRun });
  const panes = h("div.panes", views.all.map((pane) => pane.element), views.view3d.element, doubtLegend(), stage(store, uploader));
  const app = h(
    "div.app",
    h("header.app-head", brand(), projects.projectButton, h("span.spacer"), saveStatus(store), downloads.button),
    h("aside.rail", projects.element, labels.element, h("div.next", guide.element, runs.element)),
    h("main.work", toolbar.bar, toolbar.column, panes, h("div.under", sliceBar.element, ribbon.element)),
    footer(store, { help }),
    uploader.element,
  );
  root.replaceChildren(app);
  store.on(["voxels", "mainPane"], ({ voxels, mainPane }) => {
    app.classList.toggle("no-volume", !voxels);
    panes.dataset.main = mainPane;
  });
  store.on(["showDoubt", "confidence"], ({ showDoubt, confidence }) => panes.toggleAttribute("data-doubt", showDoubt && Boolean(confidence)));
  guide.render();
  return { runs, sliceBar, labels, doubt, ready: () => app.classList.add("started") };
}

function brand() {
  return h("div.brand", h("i.brand-mark", h("b"), h("b"), h("b")), h("span", "Few-shot SAM"));
}

/** What lies over the panes while there is nothing to see: progress, or how to bring a scan in. */
function stage(store, uploader) {
  const bar = h("i");
  const text = h("p");
  const cancel = h("button.link", {}, "Cancel");
  const loading = h("div.stage-loading", text, h("div.bar", bar), cancel);
  const failed = h(
    "div.stage-empty",
    { hidden: true, "data-testid": "start-failed" },
    h("h1", "The server does not answer"),
    h("p", "Check that it is running; nothing you painted is lost."),
    h("div.stage-actions", h("button.button.primary", { onclick: () => location.reload() }, "Try again")),
  );
  const empty = h(
    "div.stage-empty",
    { "data-testid": "empty-state" },
    icon("upload", 30),
    h("h1", "Drop a scan here"),
    h("p", "NIfTI, NRRD, MetaImage, a DICOM folder or zip, image slices"),
    h("div.stage-actions", h("button.button.primary", { onclick: () => uploader.pickFiles() }, "Choose files"), h("button.button", { onclick: () => uploader.pickFolder() }, "Choose a folder")),
  );
  const element = h("div.stage", loading, empty, failed);
  store.on(["loading", "voxels", "volume", "volumes", "uploading", "system", "failedToStart"], (state) => {
    const busy = state.loading ?? state.uploading;
    element.hidden = Boolean(state.voxels);
    loading.hidden = !busy;
    empty.hidden = Boolean(busy || state.volume || !state.system);
    failed.hidden = !state.failedToStart || Boolean(state.system);
    if (!busy) return;
    cancel.hidden = !busy.cancel || busy.fraction >= 1;
    cancel.onclick = busy.cancel;
    text.textContent = busy.text;
    bar.style.width = `${Math.max(2, busy.fraction * 100)}%`;
  });
  return element;
}

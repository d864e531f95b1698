/** Project picker and the volumes of the project. */
import { AccountRole } from "../api/contract.js";
import { KeyedList } from "../lib/arrange.js";
import { confirmDialog, promptDialog } from "../lib/dialog.js";
import { h, setAttr, setText } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { menuHeading, menuItem, refillMenu, toggleMenu } from "../lib/menu.js";
import { mayManage, mayWrite, sharedText } from "../state/access.js";
import { countText, unsavedHere, whereKept } from "../state/kept.js";
import { deletionText } from "../state/retention.js";
import { openPredictAll } from "./batch.js";
import { openMembersDialog } from "./members.js";
import { offerNotes } from "./offers.js";
import { retentionNote, rulesDialog } from "./retention.js";

/**
 * @import { AnnotationBook } from "../state/annotations.js"
 * @import { Store } from "../state/store.js"
 * @import { Modality, ProjectSummary, VolumeSummary } from "../api/types.d.ts"
 * @import { OpenProject } from "../state/types.d.ts"
 */

/**
 * What a volume can be read as; it decides the windows.
 * @type {{modality: Modality, text: string, hint: string}[]}
 */
const MODALITIES = [
  { modality: "CT", text: "CT", hint: "window in HU" },
  { modality: "MR", text: "MR", hint: "by percentiles" },
  { modality: "OT", text: "Other", hint: "by percentiles" },
];

/**
 * The line under a volume's name.
 *
 * @param {VolumeSummary} volume
 * @param {AnnotationBook | null} [book] of the volume on screen: what is painted right now
 */
export function volumeFacts({ painted, plane, mask_id: maskId, mask_draft: isDraft, mask_differs: differs, shape }, book) {
  const count = book?.plane === plane ? book.indices("painted").length : (painted?.[plane] ?? 0);
  const predicted = differs ? "Predicted, differs" : "Predicted";
  const status = maskId ? (isDraft ? "Draft" : predicted) : count ? `${count} painted` : "";
  return [status, shape.join("\u2009\u00d7\u2009")].filter(Boolean).join(" \u00b7 ");
}

export class ProjectsPanel {
  #listsEveryones = false; // the menu that is open does

  /**
   * @param {Store} store
   * @param {{
   *   project: Pick<import("../controllers/project.js").ProjectController, "open" | "create" | "rename" | "remove" | "removeVolume" | "listEveryones">,
   *   batch: import("./batch.js").BatchIntents,
   *   members: import("./members.js").MemberIntents & Pick<import("../controllers/members.js").MemberController, "leave" | "check" | "accept" | "decline">,
   *   retention: Pick<import("../controllers/retention.js").RetentionController, "setRules">,
   *   volume: Pick<import("../controllers/volume.js").VolumeController, "open" | "rename" | "changeModality">,
   *   labelImport: Pick<import("../controllers/label_import.js").LabelImport, "importFiles">,
   *   files: Pick<import("./upload.js").UploadPanel, "pickFiles" | "pickFolder">,
   *   importing: HTMLElement,
   * }} intents `importing` shows how far an import of many is
   */
  constructor(store, { project, batch, members, retention, volume, labelImport, files, importing }) {
    this.store = store;
    this.project = project;
    this.batch = batch;
    this.members = members;
    this.retention = retention;
    this.volume = volume;
    this.labelImport = labelImport;
    this.files = files;
    this.projectName = h("span.project-name");
    this.projectButton = h(
      "button.project-select",
      { "data-testid": "project-select", "aria-haspopup": "menu", onclick: () => void this.#projectMenu() },
      icon("folder", 16),
      this.projectName,
      icon("chevron", 15),
    );
    this.list = h("ul.volume-list", { "aria-label": "Volumes" });
    this.rows = new KeyedList(this.list, { key: (/** @type {VolumeSummary} */ each) => each.id, create: (each) => this.#row(each.id) });
    this.addButton = h("button.icon-button.small", { title: "Add a volume", "aria-label": "Add a volume", "data-testid": "add-volume", onclick: () => this.#addMenu() }, icon("plus", 16));
    this.element = h("section.panel.volumes", h("header.panel-head", h("h2", "Volumes"), this.addButton), retentionNote(store, { change: () => this.#changeRules() }), this.list, uploadProgress(store), importing);
    store.on(["volumes", "volume", "project", "login"], () => this.#render());
    store.when("slice-edited", () => this.#render());
    store.when("annotations-loaded", () => this.#render());
  }

  #render() {
    const { project, volumes } = this.store.state;
    setText(this.projectName, project?.name ?? "No project");
    this.addButton.hidden = !mayWrite(this.store.state);
    this.rows.update(volumes);
  }

  /** @param {string} id */
  #row(id) {
    const modality = h("span.modality");
    const name = h("span.volume-name");
    const facts = h("span.volume-meta.num");
    /** @type {HTMLButtonElement} */
    const more = h("button.icon-button.small", { "data-testid": "volume-menu", onclick: (/** @type {Event} */ event) => this.#volumeMenu(event, more, id) }, icon("dots", 15));
    const open = () => this.volume.open(id);
    const text = h("button.volume-text", { "data-testid": "volume-open" }, name, facts); // a click on it reaches the row
    const element = h(
      "li.volume-row",
      { "data-testid": "volume-item", "data-id": id, onclick: open },
      modality,
      text,
      more,
    );
    const update = (/** @type {VolumeSummary} */ volume) => {
      const active = this.store.state.volume?.id === id;
      element.classList.toggle("active", active);
      setAttr(text, "aria-current", String(active));
      setText(modality, volume.modality || "\u2013");
      setText(name, volume.name);
      setAttr(name, "title", volume.name);
      setText(facts, volumeFacts(volume, active ? this.store.state.annotations : null));
      setAttr(more, "aria-label", `More about ${volume.name}`);
      more.hidden = !mayWrite(this.store.state) && !volume.notes;
    };
    return { element, update };
  }

  #addMenu() {
    toggleMenu(this.addButton, [
      menuItem("Choose files\u2026", () => this.files.pickFiles(), { hint: "NIfTI, NRRD, MHA, DICOM, zip" }),
      menuItem("Choose a folder\u2026", () => this.files.pickFolder(), { hint: "one scan, or many" }),
      menuItem("Import painted slices\u2026", () => this.#pickLabelMap(), { hint: "label map, names", testid: "import-annotations" }),
    ]);
  }

  #pickLabelMap() {
    const input = h("input", { type: "file", multiple: true, "data-testid": "import-input" });
    input.addEventListener("change", () => this.labelImport.importFiles([...(input.files ?? [])]));
    input.click();
  }

  /** Open the menu with the projects that are known, then put in what the server lists now. */
  async #projectMenu() {
    this.#listsEveryones = false;
    toggleMenu(this.projectButton, this.#menuItems(), { testid: "project-menu" });
    await this.members.check();
    refillMenu(this.projectButton, this.#menuItems());
  }

  #menuItems() {
    const { projects, offers, project, login, system } = this.store.state;
    const hint = (/** @type {ProjectSummary} */ each, /** @type {string} */ otherwise) => deletionText(each, system).short || otherwise;
    const shared = projects.filter((each) => each.owner_name);
    const own = projects.filter((each) => !each.owner_name);
    const isReviewer = login?.role === AccountRole.REVIEWER;
    return [
      offerNotes(offers, { accept: (offer) => this.members.accept(offer), decline: (offer) => this.members.decline(offer) }),
      own.map((each) => this.#projectItem(each, hint(each, String(each.volume_count ?? "")))),
      shared.length > 0 && menuHeading("Of other people"),
      shared.map((each) => this.#projectItem(each, hint(each, sharedText(each)))),
      !projects.length && h("p.menu-note", "Nobody shares a project with you yet."),
      (!isReviewer || project?.ownerName) && h("hr"),
      !isReviewer && menuItem("New project\u2026", () => this.#newProject(), { testid: "new-project" }),
      login?.role === AccountRole.ADMIN && !this.#listsEveryones && menuItem("List everyone\u2019s projects", () => void this.#listEveryones(), { testid: "everyones-projects" }),
      ...this.#ofOpenProject(),
    ];
  }

  /** What can be done with the project that is open. */
  #ofOpenProject() {
    const { project, projects, login } = this.store.state;
    if (!project) return [];
    const manages = mayManage(this.store.state);
    return [
      mayWrite(this.store.state) && this.store.state.volumes.length > 1 && menuItem("Predict all\u2026", () => void openPredictAll(this.store, { batch: this.batch }), { hint: "one model, many volumes", testid: "predict-all" }),
      login && manages && menuItem("Share\u2026", () => void openMembersDialog(project, { members: this.members }), { testid: "share-project" }),
      manages && menuItem("Rename\u2026", () => this.#renameProject(project)),
      manages && menuItem("Keep\u2026", () => this.#changeRules(), { testid: "project-keep" }),
      project.ownerName && projects.some(({ id }) => id === project.id) && menuItem("Leave\u2026", () => void this.#leave(project), { danger: true, testid: "leave-project" }),
      manages && menuItem("Delete project\u2026", () => this.#deleteProject(project), { danger: true }),
    ];
  }

  /** @param {ProjectSummary} project @param {string} hint */
  #projectItem({ id, name }, hint) {
    return menuItem(name, () => this.project.open(id), { checked: id === this.store.state.project?.id, hint, testid: "project-item" });
  }

  async #listEveryones() {
    await this.project.listEveryones();
    this.#listsEveryones = true;
    toggleMenu(this.projectButton, this.#menuItems(), { testid: "project-menu" });
  }

  /** @param {OpenProject} project */
  async #leave(project) {
    const unsaved = unsavedHere(this.store.state);
    const lost = unsaved ? ` ${countText(unsaved)} of it ${unsaved === 1 ? "is" : "are"} not saved; what cannot be saved first stays ${whereKept(this.store.state.saving)}.` : "";
    const text = `You will not see it any more, until ${project.ownerName} shares it with you again.${lost}`;
    if (await confirmDialog(`Leave ${project.name}?`, text, "Leave project")) await this.members.leave(project);
  }

  async #newProject() {
    const name = await promptDialog("New project", "Name", "", "Create project");
    if (name) await this.project.create(name);
  }

  /** @param {{id: string, name: string}} project */
  async #renameProject(project) {
    const name = await promptDialog("Rename project", "Name", project.name, "Rename");
    if (name) await this.project.rename(project, name);
  }

  async #changeRules() {
    const { projects, project, system } = this.store.state;
    const summary = projects.find(({ id }) => id === project?.id);
    if (!summary || !system) return;
    const rules = await rulesDialog(summary, system);
    if (rules) await this.retention.setRules(summary, rules);
  }

  /** @param {{id: string, name: string}} project */
  async #deleteProject(project) {
    const confirmed = await confirmDialog(`Delete ${project.name}?`, "Its volumes, painted slices and masks are deleted for good.", "Delete project");
    if (confirmed) await this.project.remove(project);
  }

  /**
   * @param {Event} event
   * @param {HTMLElement} anchor
   * @param {string} id
   */
  #volumeMenu(event, anchor, id) {
    event.stopPropagation();
    const volume = this.store.state.volumes.find((each) => each.id === id);
    if (!volume) return;
    toggleMenu(anchor, [
      volume.notes && h("p.menu-note", { "data-testid": "volume-notes" }, volume.notes),
      ...(mayWrite(this.store.state) ? this.#volumeItems(volume) : []),
    ]);
  }

  /** @param {VolumeSummary} volume */
  #volumeItems(volume) {
    return [
      menuItem("Rename\u2026", () => this.#renameVolume(volume)),
      h("hr"),
      menuHeading("Read as"),
      ...MODALITIES.map(({ modality, text, hint }) =>
        menuItem(text, () => this.volume.changeModality(volume, modality), { checked: modality === volume.modality, hint, testid: "volume-modality" }),
      ),
      h("hr"),
      menuItem("Delete volume\u2026", () => this.#deleteVolume(volume), { danger: true, testid: "volume-delete" }),
    ];
  }

  /** @param {VolumeSummary} volume */
  async #renameVolume(volume) {
    const name = await promptDialog("Rename volume", "Name", volume.name, "Rename");
    if (name) await this.volume.rename(volume, name);
  }

  /** @param {VolumeSummary} volume */
  async #deleteVolume(volume) {
    const confirmed = await confirmDialog(`Delete ${volume.name}?`, "Its painted slices and masks are deleted with it.", "Delete volume");
    if (confirmed) await this.project.removeVolume(volume);
  }
}

/**
 * How far an upload is; without a volume on screen the empty stage says so instead.
 * @param {Store} store
 */
function uploadProgress(store) {
  const text = h("span.ellipsis");
  const cancel = h("button.link", { onclick: () => store.state.uploading?.cancel?.() }, "Cancel");
  const bar = h("i");
  const track = h("div.bar", bar);
  const element = h("div.upload-progress", { hidden: true, "data-testid": "upload-progress" }, h("div.run-line", text, cancel), track);
  store.on(["uploading", "voxels"], ({ uploading, voxels }) => {
    element.hidden = !uploading || !voxels;
    if (!uploading) return;
    setText(text, uploading.text);
    cancel.hidden = !uploading.cancel;
    track.classList.toggle("busy", uploading.fraction >= 1);
    bar.style.width = `${Math.max(3, uploading.fraction * 100)}%`;
  });
  return element;
}

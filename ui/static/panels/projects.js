/** Project picker and the volumes of the project. */
import { AccountRole, VolumeState } from "../api/contract.js";
import { confirmDialog, promptDialog } from "../lib/dialog.js";
import { h, setText } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { menuHeading, menuItem, refillMenu, toggleMenu } from "../lib/menu.js";
import { mayManage, mayWrite, sharedText } from "../state/access.js";
import { archivesHere } from "../state/archives.js";
import { unsavedHere, whereKept } from "../state/kept.js";
import { deletionText } from "../state/retention.js";
import { sentences, t } from "../words/index.js";
import { openPredictAll } from "./batch.js";
import { openDeletedDialog } from "./deleted.js";
import { openMembersDialog } from "./members.js";
import { openProjectFromModel, openSaveModel, openUseModel } from "./model_files.js";
import { offerNotes } from "./offers.js";
import { retentionNote, rulesDialog } from "./retention.js";
import { masked, openTrainingSet } from "./training_set.js";
import { VolumeList } from "./volume_list.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { ProjectSummary, VolumeSummary } from "../api/types.d.ts"
 * @import { OpenProject } from "../state/types.d.ts"
 */

export class ProjectsPanel {
  #listsEveryones = false; // the menu that is open does

  /**
   * @param {Store} store
   * @param {{
   *   project: import("./volume_list.js").ListIntents["project"] & Pick<import("../controllers/project.js").ProjectController, "open" | "create" | "rename" | "remove" | "listEveryones">,
   *   deleted: import("./deleted.js").DeletedIntents,
   *   batch: import("./batch.js").BatchIntents,
   *   members: import("./members.js").MemberIntents & Pick<import("../controllers/members.js").MemberController, "leave" | "check" | "accept" | "decline">,
   *   retention: Pick<import("../controllers/retention.js").RetentionController, "setRules">,
   *   volume: import("./volume_list.js").ListIntents["volume"],
   *   readings: import("./volume_list.js").ListIntents["readings"],
   *   links: import("./volume_list.js").ListIntents["links"] & import("./model_files.js").ModelLinks & import("./deleted.js").DeletedLinks & Pick<import("../controllers/server.js").Links, "projectMasks" | "projectReport" | "projectScores" | "trainingSet">,
   *   labelImport: Pick<import("../controllers/label_import.js").LabelImport, "importFiles">,
   *   models: import("./model_files.js").ModelIntents,
   *   references: Pick<import("../controllers/references.js").ReferenceController, "importFiles">,
   *   files: Pick<import("./upload.js").UploadPanel, "pickFiles" | "pickFolder" | "openArchives">,
   *   importing: HTMLElement,
   * }} intents `importing` shows how far an import of many is
   */
  constructor(store, { project, deleted, batch, members, retention, volume, readings, links, labelImport, models, references, files, importing }) {
    this.store = store;
    this.project = project;
    this.showDeleted = () => void openDeletedDialog(store, { deleted, links });
    this.batch = batch;
    this.members = members;
    this.retention = retention;
    this.links = links;
    this.labelImport = labelImport;
    this.models = models;
    this.references = references;
    this.files = files;
    this.projectName = h("span.project-name");
    this.projectButton = h(
      "button.project-select",
      { "data-testid": "project-select", "aria-haspopup": "menu", onclick: () => void this.#projectMenu() },
      icon("folder", 16),
      this.projectName,
      icon("chevron", 15),
    );
    const volumes = new VolumeList(store, { project, volume, readings, links });
    this.list = volumes.list;
    this.addButton = h("button.icon-button.small", { title: t("volumes.add.title"), "aria-label": t("volumes.add.title"), "data-testid": "add-volume", onclick: () => this.#addMenu() }, icon("plus", 16));
    this.element = h("section.panel.volumes", h("header.panel-head", h("h2", t("volumes.list.title")), this.addButton), retentionNote(store, { change: () => this.#changeRules() }), volumes.controls, this.list, uploadProgress(store), importing);
    store.on(["project", "login"], () => this.#render());
  }

  #render() {
    setText(this.projectName, this.store.state.project?.name ?? t("projects.none"));
    this.addButton.hidden = !mayWrite(this.store.state);
  }

  #addMenu() {
    toggleMenu(this.addButton, [
      menuItem(t("volumes.add.file"), () => this.files.pickFiles(), { hint: t("volumes.add.fileHint") }),
      menuItem(t("volumes.add.folder"), () => this.files.pickFolder(), { hint: t("volumes.add.folderHint") }),
      archivesHere(this.store.state).length > 0 && menuItem(t("archives.item"), () => this.files.openArchives(), { hint: t("archives.itemHint"), testid: "from-archive" }),
      menuItem(t("volumes.add.painted"), () => this.#pickLabelMap(this.labelImport), { hint: t("volumes.add.paintedHint"), testid: "import-annotations" }),
      menuItem(t("volumes.add.reference"), () => this.#pickLabelMap(this.references), { hint: t("volumes.add.referenceHint"), testid: "import-reference" }),
    ]);
  }

  /** @param {{importFiles: (files: File[]) => void}} taker */
  #pickLabelMap(taker) {
    const input = h("input", { type: "file", multiple: true, "data-testid": "import-input" });
    input.addEventListener("change", () => taker.importFiles([...(input.files ?? [])]));
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
    const { projects, offers, project, login, system, volumes } = this.store.state;
    const count = (/** @type {ProjectSummary} */ each) => String(each.id === project?.id ? volumes.length : (each.volume_count ?? ""));
    const hint = (/** @type {ProjectSummary} */ each, /** @type {string} */ otherwise) => deletionText(each, system).short || otherwise;
    const shared = projects.filter((each) => each.owner_name);
    const own = projects.filter((each) => !each.owner_name);
    const isReviewer = login?.role === AccountRole.REVIEWER;
    return [
      offerNotes(offers, { accept: (offer) => this.members.accept(offer), decline: (offer) => this.members.decline(offer) }),
      own.map((each) => this.#projectItem(each, hint(each, count(each)))),
      shared.length > 0 && menuHeading(t("projects.menu.ofOthers")),
      shared.map((each) => this.#projectItem(each, hint(each, sharedText(each)))),
      !projects.length && h("p.menu-note", t("projects.menu.noneShared")),
      (!isReviewer || project?.ownerName) && h("hr"),
      !isReviewer && menuItem(t("projects.new.item"), () => this.#newProject(), { testid: "new-project" }),
      !isReviewer && menuItem(t("models.begin.item"), () => openProjectFromModel(this.store, { models: this.models }), { hint: t("models.begin.itemHint"), testid: "new-project-from-model" }),
      login?.role === AccountRole.ADMIN && !this.#listsEveryones && menuItem(t("projects.menu.everyones"), () => void this.#listEveryones(), { testid: "everyones-projects" }),
      !isReviewer && menuItem(t("projects.menu.deleted"), this.showDeleted, { hint: t("projects.menu.deletedHint"), testid: "show-deleted" }),
      ...this.#ofOpenProject(),
    ];
  }

  /** What can be done with the project that is open. */
  #ofOpenProject() {
    const { project, projects, login } = this.store.state;
    if (!project) return [];
    const manages = mayManage(this.store.state);
    return [
      mayWrite(this.store.state) && this.store.state.volumes.length > 1 && menuItem(t("batches.item"), () => void openPredictAll(this.store, { batch: this.batch }), { hint: t("batches.itemHint"), testid: "predict-all" }),
      ...this.#masksItems(project.id),
      masked(this.store.state.volumes).length > 0 && menuItem(t("downloads.training.item"), () => openTrainingSet(this.store, { links: this.links }), { hint: t("downloads.training.itemHint"), testid: "training-set" }),
      mayWrite(this.store.state) && menuItem(t("models.use.item"), () => openUseModel(this.store, { models: this.models }), { testid: "use-model" }),
      this.store.state.models.length > 0 && menuItem(t("models.save.item"), () => void openSaveModel(this.store, { models: this.models, links: this.links }), { hint: t("models.save.itemHint"), testid: "project-save-model" }),
      this.store.state.volumes.length > 0 && menuItem(t("projects.menu.report"), () => {}, { hint: t("downloads.format.reportHint"), href: this.links.projectReport(project.id), testid: "project-report" }),
      this.store.state.volumes.some((each) => each.has_reference) && menuItem(t("projects.menu.scores"), () => {}, { hint: t("downloads.format.statisticsHint"), href: this.links.projectScores(project.id), testid: "project-scores" }),
      login && manages && menuItem(t("projects.menu.share"), () => void openMembersDialog(project, { members: this.members }), { testid: "share-project" }),
      manages && menuItem(t("dialogs.renameItem"), () => this.#renameProject(project)),
      manages && menuItem(t("projects.menu.keep"), () => this.#changeRules(), { testid: "project-keep" }),
      project.ownerName && projects.some(({ id }) => id === project.id) && menuItem(t("projects.leave.item"), () => void this.#leave(project), { danger: true, testid: "leave-project" }),
      manages && menuItem(t("projects.delete.item"), () => this.#deleteProject(project), { danger: true }),
    ];
  }

  /** Masks of all volumes in one file, or only of those that a reviewer accepted. @param {string} projectId */
  #masksItems(projectId) {
    const { volumes } = this.store.state;
    const masks = volumes.filter((each) => each.mask_id && !each.mask_draft);
    const accepted = masks.filter((each) => each.state === VolumeState.ACCEPTED);
    const item = (/** @type {string} */ text, /** @type {VolumeSummary[]} */ of, /** @type {boolean} */ acceptedOnly, /** @type {string} */ testid, dicom = false) =>
      of.length > 0 && menuItem(text, () => {}, { hint: t("projects.menu.masksHint", { count: of.length }), href: this.links.projectMasks(projectId, acceptedOnly, dicom), testid });
    const ofDicom = (/** @type {VolumeSummary[]} */ listed) => listed.filter((each) => each.has_headers);
    const all = masks.length > 1 && [
      item(t("projects.menu.dicomMasks"), ofDicom(masks), false, "project-dicom-masks", true),
      item(t("projects.menu.masks"), masks, false, "project-masks"),
    ];
    const some = accepted.length < masks.length && [
      item(t("projects.menu.acceptedDicomMasks"), ofDicom(accepted), true, "project-accepted-dicom-masks", true),
      item(t("projects.menu.acceptedMasks"), accepted, true, "project-accepted-masks"),
    ];
    return [all, some];
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
    const lost = unsaved && t("projects.leave.unsaved", { count: unsaved, where: whereKept(this.store.state.saving) });
    const text = sentences([t("projects.leave.what", { owner: project.ownerName ?? "" }), lost]);
    if (await confirmDialog(t("projects.leave.ask", { name: project.name }), text, t("projects.leave.do"))) await this.members.leave(project);
  }

  async #newProject() {
    const name = await promptDialog(t("projects.new.title"), t("projects.new.name"), "", t("projects.new.do"));
    if (name) await this.project.create(name);
  }

  /** @param {{id: string, name: string}} project */
  async #renameProject(project) {
    const name = await promptDialog(t("projects.rename.title"), t("projects.new.name"), project.name, t("dialogs.rename"));
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
    const confirmed = await confirmDialog(t("dialogs.delete", { name: project.name }), t("projects.delete.what"), t("projects.delete.do"));
    if (confirmed) await this.project.remove(project);
  }
}

/**
 * How far an upload is; without a volume on screen the empty stage says so instead.
 * @param {Store} store
 */
function uploadProgress(store) {
  const text = h("span.ellipsis");
  const cancel = h("button.link", { onclick: () => store.state.uploading?.cancel?.() }, t("dialogs.cancel"));
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

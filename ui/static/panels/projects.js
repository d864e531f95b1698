/** Project picker and the volumes of the project. */
import { api } from "../api/client.js";
import { confirmDialog, promptDialog } from "../lib/dialog.js";
import { h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { menuItem, toggleMenu } from "../lib/menu.js";
import { toastError } from "../lib/toast.js";

export class ProjectsPanel {
  /** `session` opens projects and volumes; `uploader` picks files. */
  constructor(store, { session, uploader }) {
    Object.assign(this, { store, session, uploader });
    this.projectName = h("span.project-name");
    this.projectButton = h(
      "button.project-select",
      { "data-testid": "project-select", "aria-haspopup": "menu", onclick: () => this.#projectMenu() },
      icon("folder", 16),
      this.projectName,
      icon("chevron", 15),
    );
    this.list = h("ul.volume-list", { role: "listbox", "aria-label": "Volumes" });
    this.upload = h("div.upload-progress", { hidden: true, "data-testid": "upload-progress" });
    this.addButton = h("button.icon-button.small", { title: "Add a volume", "aria-label": "Add a volume", "data-testid": "add-volume", onclick: () => this.#addMenu() }, icon("plus", 16));
    this.element = h(
      "section.panel.volumes",
      h("header.panel-head", h("h2", "Volumes"), this.addButton),
      this.list,
      this.upload,
    );
    store.on(["volumes", "volume", "project"], () => this.#render());
    store.on(["uploading", "voxels"], () => this.#renderUpload());
  }

  #render() {
    const { project, volumes } = this.store.state;
    this.projectName.textContent = project?.name ?? "No project";
    this.list.replaceChildren(...volumes.map((volume) => this.#row(volume)));
  }

  #row(volume) {
    const active = this.store.state.volume?.id === volume.id;
    const painted = volume.painted?.[volume.plane] ?? 0;
    const status = volume.mask_id ? "Predicted" : painted ? `${painted} painted` : "";
    return h(
      `li.volume-row${active ? ".active" : ""}`,
      { role: "option", tabindex: "0", "aria-selected": String(active), "data-testid": "volume-item", "data-id": volume.id, onclick: () => this.session.openVolume(volume.id), onkeydown: (event) => event.key === "Enter" && event.target === event.currentTarget && this.session.openVolume(volume.id) },
      h("span.modality", volume.modality || "\u2013"),
      h("div.volume-text", h("span.volume-name", { title: volume.name }, volume.name), h("span.volume-meta.num", [status, volume.shape.join("\u2009\u00d7\u2009")].filter(Boolean).join(" \u00b7 "))),
      h("button.icon-button.small", { "aria-label": `More about ${volume.name}`, "data-testid": "volume-menu", onclick: (event) => this.#volumeMenu(event, volume) }, icon("dots", 15)),
    );
  }

  #renderUpload() {
    const { uploading, voxels } = this.store.state;
    this.upload.hidden = !uploading || !voxels; // without a volume the empty stage shows it
    if (!uploading) return;
    const bar = h("i");
    bar.style.width = `${Math.max(3, uploading.fraction * 100)}%`;
    this.upload.replaceChildren(
      h("div.run-line", h("span.ellipsis", uploading.text), uploading.cancel && uploading.fraction < 1 && h("button.link", { onclick: uploading.cancel }, "Cancel")),
      h(`div.bar${uploading.fraction >= 1 ? ".busy" : ""}`, bar),
    );
  }

  #addMenu() {
    toggleMenu(this.addButton, [
      menuItem("Choose files\u2026", () => this.uploader.pickFiles(), { hint: "NIfTI, NRRD, MHA, DICOM, zip" }),
      menuItem("Choose a folder\u2026", () => this.uploader.pickFolder(), { hint: "DICOM, image slices" }),
      menuItem("Import painted slices\u2026", () => this.session.pickLabelMap(), { hint: "label map", testid: "import-annotations" }),
    ]);
  }

  #projectMenu() {
    const { projects, project } = this.store.state;
    toggleMenu(this.projectButton, [
      ...projects.map((each) =>
        menuItem(each.name, () => this.session.openProject(each.id), { checked: each.id === project?.id, hint: String(each.volume_count ?? ""), testid: "project-item" }),
      ),
      h("hr"),
      menuItem("New project\u2026", () => this.#newProject(), { testid: "new-project" }),
      project && menuItem("Rename\u2026", () => this.#renameProject(project)),
      project && menuItem("Delete project\u2026", () => this.#deleteProject(project), { danger: true }),
    ], { testid: "project-menu" });
  }

  async #newProject() {
    const name = await promptDialog("New project", "Name", "", "Create project");
    if (name) await this.#try(async () => this.session.openProject((await api.createProject(name)).id));
  }

  async #renameProject(project) {
    const name = await promptDialog("Rename project", "Name", project.name, "Rename");
    if (name) await this.#try(async () => this.store.set({ project: { ...project, ...(await api.renameProject(project.id, name)) } }));
  }

  async #deleteProject(project) {
    const sure = await confirmDialog(`Delete ${project.name}?`, "Its volumes, painted slices and masks are deleted for good.", "Delete project");
    if (sure) await this.#try(async () => {
      this.session.leaveVolume();
      await api.deleteProject(project.id);
      await this.session.start();
    });
  }

  #volumeMenu(event, volume) {
    event.stopPropagation();
    toggleMenu(event.currentTarget, [
      menuItem("Rename\u2026", () => this.#renameVolume(volume)),
      menuItem("Delete volume\u2026", () => this.#deleteVolume(volume), { danger: true, testid: "volume-delete" }),
    ]);
  }

  async #renameVolume(volume) {
    const name = await promptDialog("Rename volume", "Name", volume.name, "Rename");
    if (name) await this.#try(async () => this.session.replaceSummary(await api.updateVolume(volume.id, { name })));
  }

  async #deleteVolume(volume) {
    const sure = await confirmDialog(`Delete ${volume.name}?`, "Its painted slices and masks are deleted with it.", "Delete volume");
    if (sure) await this.#try(async () => {
      if (this.store.state.volume?.id === volume.id) this.session.leaveVolume();
      await api.deleteVolume(volume.id);
      await this.session.openProject(volume.project_id);
    });
  }

  async #try(action) {
    try {
      await action();
    } catch (error) {
      toastError(error);
    }
  }
}

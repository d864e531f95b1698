/**
 * Bringing scans in: buttons and drag-and-drop of files, folders and zips; progress; the choice between the series of
 * a DICOM folder. One drop is one volume (the server decides what the files are).
 */
import { api, uploadVolume } from "../api/client.js";
import { openDialog } from "../lib/dialog.js";
import { h } from "../lib/dom.js";
import { toastError } from "../lib/toast.js";

export class Uploader {
  constructor(store, { onVolume, ensureProject }) {
    Object.assign(this, { store, onVolume, ensureProject });
    this.fileInput = h("input", { type: "file", multiple: true, hidden: true, "data-testid": "upload-input", onchange: () => this.#picked(this.fileInput) });
    this.folderInput = h("input", { type: "file", webkitdirectory: true, multiple: true, hidden: true, "data-testid": "upload-folder-input", onchange: () => this.#picked(this.folderInput) });
    this.veil = h("div.drop-veil", { hidden: true }, h("div", h("strong", "Drop to open"), h("span", "NIfTI, NRRD, MetaImage, DICOM folder or zip, image slices")));
    this.element = h("div.upload-hidden", this.fileInput, this.folderInput, this.veil);
    this.#listenDrop();
  }

  pickFiles() {
    this.fileInput.click();
  }

  pickFolder() {
    this.folderInput.click();
  }

  #picked(input) {
    const files = [...input.files];
    input.value = "";
    this.upload(files);
  }

  #listenDrop() {
    let depth = 0;
    const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
    addEventListener("dragenter", (event) => {
      if (!hasFiles(event)) return;
      depth += 1;
      this.veil.hidden = false;
    });
    addEventListener("dragleave", () => {
      depth = Math.max(0, depth - 1);
      this.veil.hidden = depth === 0;
    });
    addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
    addEventListener("drop", async (event) => {
      depth = 0;
      this.veil.hidden = true;
      if (!hasFiles(event)) return;
      event.preventDefault();
      this.upload(await droppedFiles(event.dataTransfer));
    });
  }

  async upload(files) {
    const wanted = files.filter((file) => !file.name.startsWith("."));
    if (!wanted.length) return;
    const controller = new AbortController();
    const name = wanted.length === 1 ? wanted[0].name : `${wanted.length} files`;
    const report = (text, fraction) => this.store.set({ uploading: { text, fraction, cancel: () => controller.abort() } });
    report(`Uploading ${name}`, 0);
    try {
      const projectId = await this.ensureProject();
      const volume = await uploadVolume(
        projectId,
        wanted,
        (fraction) => report(fraction < 1 ? `Uploading ${name}` : `Reading ${name}`, fraction),
        controller.signal,
      );
      this.store.set({ uploading: null });
      await this.onVolume(volume);
    } catch (error) {
      this.store.set({ uploading: null });
      if (error.code === "series_choice") this.#chooseSeries(error.detail);
      else toastError(error);
    }
  }

  #chooseSeries({ upload_id: uploadId, choices }) {
    const choose = async (choice) => {
      dialog.close();
      this.store.set({ uploading: { text: `Reading ${choice.description || "series"}`, fraction: 1 } });
      try {
        const volume = await api.chooseSeries(uploadId, choice.series_uid);
        this.store.set({ uploading: null });
        await this.onVolume(volume);
      } catch (error) {
        this.store.set({ uploading: null });
        toastError(error);
      }
    };
    const rows = choices.map((choice) =>
      h(
        "button.series-row",
        { "data-testid": "series-choice", onclick: () => choose(choice) },
        h("span.series-modality", choice.modality || "?"),
        h("span.series-name", choice.description || "Series without a description"),
        h("span.num.dim", `${choice.slices} slices`),
      ),
    );
    const text = "The files hold several series. Choose the one to label; the others stay where they are.";
    const dialog = openDialog("Which series?", [h("p", text), h("div.series-list", rows)], { testid: "series-dialog" });
  }
}

/** All files of a drop, folders included, each with its path below the dropped folder as `relativePath`. */
async function droppedFiles(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files];
  const nested = await Promise.all(entries.map(filesOfEntry));
  return nested.flat();
}

async function filesOfEntry(entry) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    file.relativePath = entry.fullPath.replace(/^\//, "");
    return [file];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const batch = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // 100 at a time
    if (!batch.length) return found;
    for (const child of batch) found.push(...(await filesOfEntry(child)));
  }
}

/**
 * Picking and dropping scans: files, folders and zips, by buttons or drag-and-drop; the choice between the series of a
 * DICOM folder, and whether a stack that is not regular is resampled.
 */
import { chooseDialog, openDialog } from "../lib/dialog.js";
import { h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { openArchives } from "./archives.js";
import { askAboutPictures } from "./pictures_choice.js";
import { allText, seriesText } from "../state/imports.js";
import { t } from "../words/index.js";

/**
 * @import { Child } from "../lib/dom.js"
 * @import { Store } from "../state/store.js"
 * @import { SeriesChoice } from "../api/types.d.ts"
 */

export class UploadPanel {
  /**
   * @param {Store} store
   * @param {{archives: import("./archives.js").ArchiveIntents, uploads: Pick<import("../controllers/upload.js").UploadController, "upload" | "chooseSeries" | "chooseAll" | "chooseNone" | "resample" | "halve" | "readPictures">}} intents
   */
  constructor(store, { uploads, archives }) {
    this.uploads = uploads;
    this.openArchives = () => openArchives(store, { archives });
    /** @type {HTMLInputElement} */
    this.fileInput = h("input", { type: "file", multiple: true, hidden: true, "data-testid": "upload-input", onchange: () => this.#picked(this.fileInput) });
    /** @type {HTMLInputElement} */
    this.folderInput = h("input", { type: "file", webkitdirectory: true, multiple: true, hidden: true, "data-testid": "upload-folder-input", onchange: () => this.#picked(this.folderInput) });
    this.veil = h("div.drop-veil", { hidden: true }, h("div", h("strong", t("imports.drop.title")), h("span", t("imports.drop.kinds"))));
    this.element = h("div.upload-hidden", this.fileInput, this.folderInput, this.veil);
    this.#listenDrop();
    store.when("series-choice", (found) => this.#chooseSeries(found));
    store.when("resample-choice", (found) => this.#askToTake("resample", found));
    store.when("half-choice", (found) => this.#askToTake("halve", found));
    store.when("pictures-choice", ({ uploadId, message }) => askAboutPictures(message, { answer: (pictures) => void uploads.readPictures(uploadId, pictures), neither: () => void uploads.chooseNone(uploadId) }));
  }

  pickFiles() {
    this.fileInput.click();
  }

  pickFolder() {
    this.folderInput.click();
  }

  /** @param {HTMLInputElement} input */
  #picked(input) {
    const files = [...(input.files ?? [])];
    input.value = "";
    this.uploads.upload(files);
  }

  #listenDrop() {
    let depth = 0;
    const hasFiles = (/** @type {DragEvent} */ event) => Boolean(event.dataTransfer?.types.includes("Files"));
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
      if (!event.dataTransfer || !hasFiles(event)) return;
      event.preventDefault();
      this.uploads.upload(await droppedFiles(event.dataTransfer));
    });
  }

  /** @param {{uploadId: string, choices: SeriesChoice[]}} found */
  async #chooseSeries({ uploadId, choices }) {
    const known = choices.some((choice) => choice.modality); // frames of a file have none
    /** @type {{value: SeriesChoice[], text: string, hint: string, lead: Child, testid?: string}[]} */
    const rows = choices.map((choice) => ({ value: [choice], ...seriesText(choice), lead: h("span.series-modality", choice.modality || (known ? "?" : "")) }));
    rows.push({ value: choices, text: allText(choices), hint: "", lead: h("span.series-modality", icon("plus", 14)), testid: "series-all" });
    const chosen = await chooseDialog(t("imports.choose.title"), t("imports.choose.ofUpload"), rows, { testid: "series-dialog", rowTestid: "series-choice" });
    if (chosen === choices) this.uploads.chooseAll(uploadId, choices);
    else if (chosen) this.uploads.chooseSeries(uploadId, chosen[0]);
    else this.uploads.chooseNone(uploadId);
  }

  /**
   * Whether a scan is opened on another grid than its file's.
   * @param {"resample" | "halve"} how
   * @param {{uploadId: string, seriesUid: string | null, message: string}} found
   */
  #askToTake(how, { uploadId, seriesUid, message }) {
    let wanted = false;
    const take = () => {
      wanted = true;
      dialog.close();
      this.uploads[how](uploadId, seriesUid);
    };
    const buttons = h(
      "div.dialog-foot",
      h("button.button", { onclick: () => dialog.close() }, t("dialogs.cancel")),
      h("button.button.primary", { onclick: take, "data-testid": how, autofocus: true }, t(`imports.${how}.do`)),
    );
    const onClose = () => void (wanted || this.uploads.chooseNone(uploadId));
    const dialog = openDialog(t(`imports.${how}.title`), [h("p", message), h("p", t(`imports.${how}.what`)), buttons], { testid: `${how}-dialog`, onClose });
  }
}

/**
 * All files of a drop, folders included, each with its path below the dropped folder as `relativePath`.
 * @param {DataTransfer} transfer
 */
async function droppedFiles(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter((entry) => entry !== null && entry !== undefined);
  if (!entries.length) return [...transfer.files];
  const nested = await Promise.all(entries.map(filesOfEntry));
  return nested.flat();
}

/**
 * @param {FileSystemEntry} entry
 * @returns {Promise<File[]>}
 */
async function filesOfEntry(entry) {
  if (isFileEntry(entry)) {
    /** @type {File} */
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    return [Object.assign(file, { relativePath: entry.fullPath.replace(/^\//, "") })];
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  /** @type {File[]} */
  const found = [];
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const batch = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // 100 at a time
    if (!batch.length) return found;
    for (const child of batch) found.push(...(await filesOfEntry(child)));
  }
}

/**
 * @param {FileSystemEntry} entry
 * @returns {entry is FileSystemFileEntry}
 */
const isFileEntry = (entry) => entry.isFile;

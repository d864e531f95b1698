/**
 * Forms with files, sent with progress. Every failure is an ApiError whose message is the server's sentence.
 *
 * @import { GridChoiceName, ImportedAnnotations, NameChoiceName, OverlapName, PaintChoiceName, PlaneName, VolumeSummary } from "./types.d.ts"
 * @typedef {{grid?: GridChoiceName, overlap?: OverlapName}} ReadingAnswers
 * @typedef {ReadingAnswers & {names?: Record<string, NameChoiceName>}} ReferenceAnswers
 * @typedef {ReferenceAnswers & {plane?: PlaneName, paint?: PaintChoiceName, paint_tag?: string, locked?: string}} ImportAnswers
 */
import { t } from "../words/index.js";
import { ApiError, HEADERS, offlineError, toError, url } from "./client.js";

/**
 * Upload files as a volume.
 * @param {string} projectId
 * @param {(File & {relativePath?: string})[]} files
 * @param {(fraction: number) => void} onFraction
 * @param {AbortSignal} [signal] ends the reading on the server, too; nothing is kept then
 * @param {boolean} [again] though the project has the same scan already
 * @returns {Promise<VolumeSummary>} rejects with ApiError
 */
export function uploadVolume(projectId, files, onFraction, signal, again = false) {
  const form = new FormData();
  for (const file of files) form.append("files", file, file.relativePath || file.webkitRelativePath || file.name);
  return sendForm(`api/projects/${projectId}/volumes${again ? "?again=1" : ""}`, form, onFraction, signal);
}

/**
 * Upload a label map, and files with its labels' names, as painted slices.
 * @param {string} volumeId
 * @param {File[]} files
 * @param {ImportAnswers} answers to what the server asked
 * @param {(fraction: number) => void} onFraction
 * @param {AbortSignal} [signal] ends the reading on the server, too; nothing is kept then
 * @returns {Promise<ImportedAnnotations>} rejects with ApiError
 */
export function importAnnotations(volumeId, files, answers, onFraction, signal) {
  return sendForm(`api/volumes/${volumeId}/annotations/import`, labelMapForm(files, answers), onFraction, signal);
}

/**
 * Upload a label map, and files with its labels' names, as a volume's reference.
 * @param {string} volumeId
 * @param {File[]} files
 * @param {ReferenceAnswers} answers to what the server asked
 * @param {(fraction: number) => void} onFraction
 * @param {AbortSignal} [signal]
 * @returns {Promise<import("./types.d.ts").ImportedReference>} rejects with ApiError
 */
export function importReference(volumeId, files, answers, onFraction, signal) {
  return sendForm(`api/volumes/${volumeId}/reference`, labelMapForm(files, answers), onFraction, signal);
}

/**
 * @param {File[]} files
 * @param {ImportAnswers} answers
 */
function labelMapForm(files, { names, ...others }) {
  const form = new FormData();
  for (const file of files) form.append("file", file);
  for (const [name, answer] of Object.entries(others)) form.append(name, answer);
  if (names) form.append("names", JSON.stringify(names));
  return form;
}

/**
 * What the file of a model holds and what its labels would become in a project.
 * @param {string} projectId
 * @param {File} file
 * @param {(fraction: number) => void} onFraction
 * @param {AbortSignal} [signal]
 * @returns {Promise<import("./types.d.ts").CheckedModel>} rejects with ApiError
 */
export function checkModel(projectId, file, onFraction, signal) {
  const form = new FormData();
  form.append("file", file);
  return sendForm(`api/projects/${projectId}/models/check`, form, onFraction, signal);
}

/**
 * Take the file of a model into a project.
 * @param {string} projectId
 * @param {File} file
 * @param {Record<string, NameChoiceName>} names what codes are that have another name in the project
 * @param {(fraction: number) => void} onFraction
 * @param {AbortSignal} [signal]
 * @returns {Promise<import("./types.d.ts").ImportedModel>} rejects with ApiError
 */
export function importModel(projectId, file, names, onFraction, signal) {
  const form = new FormData();
  form.append("file", file);
  form.append("names", JSON.stringify(names));
  return sendForm(`api/projects/${projectId}/models`, form, onFraction, signal);
}

/**
 * Send a form with progress (fetch cannot report it).
 * @param {string} path
 * @param {FormData} form
 * @param {(fraction: number) => void} onFraction of what was sent
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>} typed where it is called; rejects with ApiError
 */
function sendForm(path, form, onFraction, signal) {
  return new Promise((resolve, reject) => {
    const cancelled = () => reject(new ApiError(t("server.uploadCancelled"), 0, "cancelled"));
    if (signal?.aborted) return cancelled();
    const xhr = new XMLHttpRequest();
    xhr.open("POST", url(path));
    for (const [name, value] of Object.entries(HEADERS)) xhr.setRequestHeader(name, value);
    xhr.upload.onprogress = (event) => event.lengthComputable && onFraction(event.loaded / event.total);
    xhr.upload.onload = () => onFraction(1);
    xhr.onload = async () => {
      if (xhr.status >= 200 && xhr.status < 300) resolve(JSON.parse(xhr.responseText));
      else reject(await toError(xhr.status, async () => JSON.parse(xhr.responseText)));
    };
    xhr.onerror = () => reject(offlineError());
    xhr.onabort = cancelled;
    signal?.addEventListener("abort", () => xhr.abort());
    xhr.send(form);
  });
}

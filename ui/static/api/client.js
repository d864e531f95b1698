/**
 * The HTTP API, as one thin function per route group. Paths are relative to where this module was served from,
 * so the page works under any mount path. Every failure is an ApiError whose message is the server's sentence.
 */
const ROOT = new URL("../../", import.meta.url);
export const url = (path) => new URL(path, ROOT).href;

const HEADERS = { "X-Fewshot-Sam": "1" };

export class ApiError extends Error {
  /** @param {number} status HTTP status, 0 when the server was not reached */
  constructor(message, status, code, detail = {}) {
    super(message);
    Object.assign(this, { status, code, detail });
  }
}

export const offlineError = () =>
  new ApiError("The server cannot be reached; your work is kept in this browser until it answers.", 0, "offline");

/** Whether the server only asks to come again later: it is busy, or has had too many requests. */
export const isBusy = (error) => [429, 503].includes(error?.status);

/** fetch that throws ApiError for every answer that is not 2xx. */
export async function request(method, path, { json, body, headers = {}, keepalive, signal } = {}) {
  const options = { method, headers: { ...headers }, keepalive, signal, credentials: "same-origin" };
  if (method !== "GET") Object.assign(options.headers, HEADERS);
  if (json !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(json);
  } else if (body !== undefined) {
    options.body = body;
  }
  let response;
  try {
    response = await fetch(url(path), options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw offlineError();
  }
  if (!response.ok) throw await toError(response.status, () => response.json());
  return response;
}

export async function toError(status, readJson) {
  try {
    const { error } = await readJson();
    return new ApiError(error.message, status, error.code, error);
  } catch {
    const message =
      status === 401 || status === 403
        ? "You are not signed in any more; reload the page and sign in again."
        : isBusy({ status })
          ? "The server is busy; your work is kept in this browser until it can take it."
          : `The server answered with an unexpected error (${status}); try again in a moment.`;
    return new ApiError(message, status, "unexpected");
  }
}

const getJson = async (path, options) => (await request("GET", path, options)).json();
const send = async (method, path, json) => {
  const response = await request(method, path, { json });
  const text = await response.text();
  return text ? JSON.parse(text) : null;
};

export const api = {
  system: () => getJson("api/system"),
  projects: () => getJson("api/projects"),
  openWorkspace: () => send("POST", "api/workspace", {}), // the projects, with the demo for a newcomer
  project: (id) => getJson(`api/projects/${id}`),
  createProject: (name) => send("POST", "api/projects", { name }),
  renameProject: (id, name) => send("PATCH", `api/projects/${id}`, { name }),
  deleteProject: (id) => send("DELETE", `api/projects/${id}`),
  createLabel: (projectId, label) => send("POST", `api/projects/${projectId}/labels`, label),
  updateLabel: (id, patch) => send("PATCH", `api/labels/${id}`, patch),
  deleteLabel: (id, force) => send("DELETE", `api/labels/${id}${force ? "?force=1" : ""}`),
  volume: (id) => getJson(`api/volumes/${id}`),
  updateVolume: (id, patch) => send("PATCH", `api/volumes/${id}`, patch),
  deleteVolume: (id) => send("DELETE", `api/volumes/${id}`),
  chooseSeries: (uploadId, seriesUid) => send("POST", `api/uploads/${uploadId}`, { series_uid: seriesUid }),
  volumeSlice: async (id, plane, index, signal) =>
    (await request("GET", `api/volumes/${id}/slices/${plane}/${index}`, { signal })).arrayBuffer(),
  annotations: (id) => getJson(`api/volumes/${id}/annotations`),
  annotationSlice: async (id, plane, index) => {
    const response = await request("GET", `api/volumes/${id}/annotations/${plane}/${index}`);
    return new Uint8Array(await response.arrayBuffer());
  },
  putSlice: async (id, plane, index, { body, headers, keepalive }) =>
    (await request("PUT", `api/volumes/${id}/annotations/${plane}/${index}`, { body, headers, keepalive })).json(),
  startRun: (id, run) => send("POST", `api/volumes/${id}/runs`, run),
  run: (id) => getJson(`api/runs/${id}`),
  cancelRun: (id) => send("POST", `api/runs/${id}/cancel`, {}),
  mask: (id) => getJson(`api/masks/${id}`),
  importAnnotations: async (id, file, plane) => {
    const form = new FormData();
    form.append("file", file);
    if (plane) form.append("plane", plane);
    return (await request("POST", `api/volumes/${id}/annotations/import`, { body: form })).json();
  },
};

/** Read a body into one new buffer of known size, reporting 0..1. */
export async function fetchBytes(path, expectedBytes, onFraction, signal) {
  return (await fetchInto(new Uint8Array(expectedBytes), path, onFraction, signal)).buffer;
}

/** Read a body into `bytes`, which it must fill, reporting 0..1. */
export async function fetchInto(bytes, path, onFraction = () => {}, signal) {
  const response = await request("GET", path, { signal });
  const expectedBytes = bytes.length;
  const reader = response.body.getReader();
  let at = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (at + value.length > expectedBytes) throw new ApiError("The server sent more voxels than the volume holds; reload the page.", 0, "size");
    bytes.set(value, at);
    at += value.length;
    onFraction(at / expectedBytes);
  }
  if (at !== expectedBytes) throw new ApiError("The volume arrived incomplete; reload the page to fetch it again.", 0, "size");
  return bytes;
}

/** Upload with progress (fetch cannot report it). Resolves with the VolumeSummary, rejects with ApiError. */
export function uploadVolume(projectId, files, onFraction, signal) {
  return new Promise((resolve, reject) => {
    const form = new FormData();
    for (const file of files) form.append("files", file, file.relativePath || file.webkitRelativePath || file.name);
    const xhr = new XMLHttpRequest();
    xhr.open("POST", url(`api/projects/${projectId}/volumes`));
    xhr.setRequestHeader("X-Fewshot-Sam", "1");
    xhr.upload.onprogress = (event) => event.lengthComputable && onFraction(event.loaded / event.total);
    xhr.onload = async () => {
      if (xhr.status >= 200 && xhr.status < 300) resolve(JSON.parse(xhr.responseText));
      else reject(await toError(xhr.status, async () => JSON.parse(xhr.responseText)));
    };
    xhr.onerror = () => reject(offlineError());
    xhr.onabort = () => reject(new ApiError("Upload cancelled.", 0, "cancelled"));
    signal?.addEventListener("abort", () => xhr.abort());
    xhr.send(form);
  });
}

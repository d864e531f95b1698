/**
 * The HTTP API, as one thin function per route group. Paths are relative to where this module was served from,
 * so the page works under any mount path. Every failure is an ApiError whose message is the server's sentence.
 *
 * @import { Annotation, Batch, Deleted, ErrorDetail, Label, Login, Mask, Members, Modality, Model, Offer, PlaneName, Project, ProjectRole, ProvenanceAnswer, ProjectSummary, PromptPoint, Restored, Run,
 *   RunKind, SavedAnnotation, SliceState, SliceVersion, Stay, System, Term, Terms, VolumeSummary } from "./types.d.ts"
 */
import { t } from "../words/index.js";
import { ErrorCode } from "./contract.js";

const ROOT = new URL("../../", import.meta.url);
export const url = (/** @type {string} */ path) => new URL(path, ROOT).href;

export const HEADERS = { "X-Fewshot-Sam": "1" };

export class ApiError extends Error {
  /**
   * @param {string} message a sentence for the user
   * @param {number} status HTTP status, 0 when the server was not reached
   * @param {string} code for programs: "conflict", "offline", "cancelled", ...
   * @param {Partial<ErrorDetail>} detail what else the answer holds
   */
  constructor(message, status, code, detail = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.detail = detail;
  }
}

/** Announces "required" when an answer says that nobody is logged in, as after a session ended. */
export const loginEvents = new EventTarget();

export const offlineError = () => new ApiError(t("server.offline"), 0, "offline");

/**
 * Whether the server only asks to come again later: it is busy, or has had too many requests.
 * @param {unknown} error
 */
export const isBusy = (error) => [429, 503].includes(/** @type {ApiError | undefined} */ (error)?.status ?? 0);

/**
 * @typedef {object} RequestOptions
 * @property {unknown} [json] sent as JSON
 * @property {BodyInit | Uint8Array} [body] sent as it is
 * @property {Record<string, string>} [headers]
 * @property {boolean} [keepalive] go on after the page is left
 * @property {AbortSignal} [signal]
 */

/**
 * fetch that throws ApiError for every answer that is not 2xx.
 * @param {string} method
 * @param {string} path
 * @param {RequestOptions} [options]
 */
export async function request(method, path, { json, body, headers = {}, keepalive, signal } = {}) {
  const sent = { ...headers };
  if (method !== "GET") Object.assign(sent, HEADERS);
  if (json !== undefined) sent["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(url(path), {
      method,
      headers: sent,
      body: json === undefined ? /** @type {BodyInit | undefined} */ (body) : JSON.stringify(json),
      keepalive,
      signal,
      credentials: "same-origin",
    });
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError") throw error;
    throw offlineError();
  }
  if (!response.ok) throw await toError(response.status, () => response.json());
  return response;
}

/**
 * The error an answer tells.
 * @param {number} status
 * @param {() => Promise<{error: ErrorDetail}>} readJson may fail: proxies answer with pages
 */
export async function toError(status, readJson) {
  try {
    const { error } = await readJson();
    if (error.code === ErrorCode.LOGIN_REQUIRED) loginEvents.dispatchEvent(new Event("required"));
    return new ApiError(error.message, status, error.code, error);
  } catch {
    const isSignedOut = status === 401 || status === 403;
    const message = isSignedOut ? t("server.signedOut") : isBusy({ status }) ? t("server.busy") : t("server.unexpected", { status });
    return new ApiError(message, status, "unexpected");
  }
}

/**
 * @param {string} path
 * @returns {Promise<any>} typed where it is called
 */
export const getJson = async (path) => (await request("GET", path)).json();

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [json]
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>} typed where it is called
 */
export const send = async (method, path, json, signal) => {
  const response = await request(method, path, { json, signal });
  const text = await response.text();
  return text ? JSON.parse(text) : null;
};

/** @typedef {{body: ArrayBuffer | Uint8Array, headers: Record<string, string>, keepalive?: boolean}} SliceRequest */

export const api = {
  /** @type {(volumeId: string) => Promise<null>} */
  deleteReference: (volumeId) => send("DELETE", `api/volumes/${volumeId}/reference`),
  /** @type {(maskId: string, toleranceMm: number, leaveOut: boolean) => Promise<import("./types.d.ts").Scores>} */
  scores: (maskId, toleranceMm, leaveOut) => getJson(`api/masks/${maskId}/scores?tolerance_mm=${toleranceMm}&leave_out=${leaveOut}`),
  /** @returns {Promise<System>} */
  system: () => getJson("api/system"),
  /**
   * Who is logged in.
   * @returns {Promise<Login>}
   */
  session: () => getJson("api/session"),
  /** @returns {Promise<null>} */
  logOut: () => send("DELETE", "api/session"),
  /**
   * One's own projects, and those that others share.
   * @param {boolean} [everyones] all there are, for administrators
   * @returns {Promise<ProjectSummary[]>}
   */
  projects: (everyones = false) => getJson(`api/projects${everyones ? "?everyones=1" : ""}`),
  /**
   * The projects, with the demo for a newcomer.
   * @returns {Promise<ProjectSummary[]>}
   */
  openWorkspace: () => send("POST", "api/workspace", {}),
  /** @type {(id: string) => Promise<Project>} */
  project: (id) => getJson(`api/projects/${id}`),
  /** @type {(name: string) => Promise<Project>} */
  createProject: (name) => send("POST", "api/projects", { name }),
  /** @type {(id: string, name: string) => Promise<Project>} */
  renameProject: (id, name) => send("PATCH", `api/projects/${id}`, { name }),
  /** @type {(id: string, rules: {keep_days: number | null, deidentify: boolean}) => Promise<Project>} */
  setProjectRules: (id, rules) => send("PUT", `api/projects/${id}/rules`, rules),
  /** @type {(id: string) => Promise<null>} */
  deleteProject: (id) => send("DELETE", `api/projects/${id}`),
  /** @type {() => Promise<Deleted[]>} */
  deletedProjects: () => getJson("api/deleted"),
  /** @type {(projectId: string) => Promise<Deleted[]>} */
  deletedIn: (projectId) => getJson(`api/projects/${projectId}/deleted`),
  /** @type {(id: string) => Promise<Restored>} */
  restoreDeleted: (id) => send("POST", `api/deleted/${id}/restore`),
  /** @type {(id: string) => Promise<null>} */
  deleteForGood: (id) => send("DELETE", `api/deleted/${id}`),
  /** @type {(projectId: string) => Promise<Members>} */
  members: (projectId) => getJson(`api/projects/${projectId}/members`),
  /** @type {(projectId: string, name: string, role: ProjectRole) => Promise<Members>} */
  putMember: (projectId, name, role) => send("PUT", `api/projects/${projectId}/members`, { name, role }),
  /** @type {(projectId: string, accountId: string) => Promise<null>} */
  removeMember: (projectId, accountId) => send("DELETE", `api/projects/${projectId}/members/${accountId}`),
  /**
   * Projects that others offer to this person.
   * @returns {Promise<Offer[]>}
   */
  offers: () => getJson("api/offers"),
  /** @type {(projectId: string, name: string, stay: Stay) => Promise<Members>} */
  offerProject: (projectId, name, stay) => send("POST", `api/projects/${projectId}/owner`, { name, stay }),
  /** @type {(projectId: string) => Promise<Members>} */
  takeOfferBack: (projectId) => send("DELETE", `api/projects/${projectId}/owner`),
  /** @type {(projectId: string, answer: "accept" | "decline") => Promise<null>} */
  answerOffer: (projectId, answer) => send("POST", `api/projects/${projectId}/owner/${answer}`),
  /** @type {(words: string) => Promise<Terms>} */
  terms: (words) => getJson(`api/terms?${new URLSearchParams({ words })}`),
  /** @type {(projectId: string, label: {name: string, color?: string, code?: number}) => Promise<Label>} */
  createLabel: (projectId, label) => send("POST", `api/projects/${projectId}/labels`, label),
  /** @type {(id: string, patch: {name?: string, color?: string, code?: number, term?: Term | null}) => Promise<Label>} */
  updateLabel: (id, patch) => send("PATCH", `api/labels/${id}`, patch),
  /** @type {(id: string, force?: boolean) => Promise<null>} */
  deleteLabel: (id, force) => send("DELETE", `api/labels/${id}${force ? "?force=1" : ""}`),
  /** @type {(projectId: string, deleted: {value: number, code: number, name: string, color: string, term: Term | null, with_paint: boolean}) => Promise<Label>} */
  restoreLabel: (projectId, deleted) => send("POST", `api/projects/${projectId}/labels/restore`, deleted),
  /** @type {(id: string) => Promise<VolumeSummary>} */
  volume: (id) => getJson(`api/volumes/${id}`),
  /** @type {(id: string, patch: {name?: string, plane?: PlaneName, chosen?: boolean, first_slice?: number, modality?: Modality}) => Promise<VolumeSummary>} */
  updateVolume: (id, patch) => send("PATCH", `api/volumes/${id}`, patch),
  /** @type {(id: string) => Promise<null>} */
  deleteVolume: (id) => send("DELETE", `api/volumes/${id}`),
  /** @type {(uploadId: string, seriesUid: string | null, how?: {resample?: boolean, half?: boolean, again?: boolean, pictures?: boolean}, signal?: AbortSignal) => Promise<VolumeSummary>} */
  chooseSeries: (uploadId, seriesUid, { resample = false, half = false, again = false, pictures = false } = {}, signal) =>
    send("POST", `api/uploads/${uploadId}`, { series_uid: seriesUid, resample, half, again, pictures }, signal),
  /** @type {(id: string, plane: PlaneName, index: number, signal?: AbortSignal) => Promise<ArrayBuffer>} */
  volumeSlice: async (id, plane, index, signal) =>
    (await request("GET", `api/volumes/${id}/slices/${plane}/${index}`, { signal })).arrayBuffer(),
  /** @type {(id: string, index: number, signal?: AbortSignal) => Promise<ArrayBuffer>} red, green and blue of a picture, rows x columns */
  volumeColour: async (id, index, signal) => (await request("GET", `api/volumes/${id}/colour/${index}`, { signal })).arrayBuffer(),
  /**
   * The cells that SAM finds in a box ([left, top, right, bottom]) or under points, in cells as displayed: a bit a cell.
   * Without either the slice is only encoded.
   * @type {(id: string, plane: PlaneName, index: number, prompt: {box?: number[], points?: PromptPoint[]}) => Promise<Uint8Array>}
   */
  outline: async (id, plane, index, prompt) =>
    new Uint8Array(await (await request("POST", `api/volumes/${id}/slices/${plane}/${index}/outline`, { json: prompt })).arrayBuffer()),
  /** @type {(id: string) => Promise<ProvenanceAnswer>} */
  provenance: (id) => getJson(`api/volumes/${id}/provenance`),
  /** @type {(id: string) => Promise<Annotation[]>} */
  annotations: (id) => getJson(`api/volumes/${id}/annotations`),
  /**
   * A version of a painted slice, null: the latest.
   * @type {(id: string, plane: PlaneName, index: number, version?: number | null) => Promise<{labels: Uint8Array, version: number, state: SliceState}>}
   */
  annotationVersion: async (id, plane, index, version = null) => {
    const query = version === null ? "" : `?version=${version}`;
    const response = await request("GET", `api/volumes/${id}/annotations/${plane}/${index}${query}`);
    const state = /** @type {SliceState} */ (response.headers.get("X-State"));
    return { labels: new Uint8Array(await response.arrayBuffer()), version: Number(response.headers.get("X-Version")), state };
  },
  /** @type {(id: string, plane: PlaneName, index: number, sent: SliceRequest) => Promise<SavedAnnotation>} */
  putSlice: async (id, plane, index, { body, headers, keepalive }) =>
    (await request("PUT", `api/volumes/${id}/annotations/${plane}/${index}`, { body: /** @type {BodyInit} */ (body), headers, keepalive })).json(),
  /** @type {(id: string, run: {kind: RunKind, plane?: PlaneName, model_id?: string, method?: string, encoder?: string, seed?: number, sources?: string[]}) => Promise<Run>} */
  startRun: (id, run) => send("POST", `api/volumes/${id}/runs`, run),
  /** Make a mask of what is painted, over the one that the volume has. @type {(id: string, plane: PlaneName) => Promise<Mask>} */
  takeMask: (id, plane) => send("POST", `api/volumes/${id}/masks`, { plane }),
  /** @type {(projectId: string) => Promise<Model[]>} */
  models: (projectId) => getJson(`api/projects/${projectId}/models`),
  /** @type {(projectId: string) => Promise<Batch[]>} */
  batches: (projectId) => getJson(`api/projects/${projectId}/batches`),
  /** @type {(id: string) => Promise<Batch>} */
  batch: (id) => getJson(`api/batches/${id}`),
  /** @type {(projectId: string, wanted: {model_id?: string, volumes?: string[]}) => Promise<Batch>} */
  startBatch: (projectId, wanted) => send("POST", `api/projects/${projectId}/batches`, wanted),
  /** @type {(id: string) => Promise<Batch>} */
  cancelBatch: (id) => send("POST", `api/batches/${id}/cancel`, {}),
  /** @type {(id: string) => Promise<Batch>} */
  resumeBatch: (id) => send("POST", `api/batches/${id}/resume`, {}),
  /** @type {(volumeId: string) => Promise<Run[]>} */
  runs: (volumeId) => getJson(`api/volumes/${volumeId}/runs`),
  /** @type {(id: string) => Promise<Run>} */
  run: (id) => getJson(`api/runs/${id}`),
  /** @type {(id: string) => Promise<Run>} */
  cancelRun: (id) => send("POST", `api/runs/${id}/cancel`, {}),
  /** @type {(id: string) => Promise<Mask>} */
  mask: (id) => getJson(`api/masks/${id}`),
  /** @type {(id: string) => Promise<Mask>} */
  makeCurrent: (id) => send("POST", `api/masks/${id}/current`),
  /** @type {(id: string, plane: PlaneName, index: number) => Promise<SliceVersion[]>} */
  annotationVersions: (id, plane, index) => getJson(`api/volumes/${id}/annotations/${plane}/${index}/versions`),
  /**
   * Turn slices, each [index, version to leave, version to go to]; version 0 is none.
   * @type {(id: string, plane: PlaneName, slices: number[][]) => Promise<Annotation[]>}
   */
  revertSlices: (id, plane, slices) => send("POST", `api/volumes/${id}/annotations/${plane}/revert`, { slices }),
};

/**
 * Read a body into one new buffer of known size, reporting 0..1.
 * @param {string} path
 * @param {number} expectedBytes
 * @param {(fraction: number) => void} [onFraction]
 * @param {AbortSignal} [signal]
 */
export async function fetchBytes(path, expectedBytes, onFraction, signal) {
  const bytes = new Uint8Array(expectedBytes);
  await fetchInto(bytes, path, onFraction, signal);
  return bytes.buffer;
}

/**
 * Read a body into `bytes`, which it must fill, reporting 0..1.
 * @param {Uint8Array} bytes
 * @param {string} path
 * @param {(fraction: number) => void} [onFraction]
 * @param {AbortSignal} [signal]
 */
export async function fetchInto(bytes, path, onFraction = () => {}, signal) {
  const response = await request("GET", path, { signal });
  const expectedBytes = bytes.length;
  const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
  let at = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (at + value.length > expectedBytes) throw new ApiError(t("server.tooMuch"), 0, "size");
    bytes.set(value, at);
    at += value.length;
    onFraction(at / expectedBytes);
  }
  if (at !== expectedBytes) throw new ApiError(t("server.incomplete"), 0, "size");
  return bytes;
}

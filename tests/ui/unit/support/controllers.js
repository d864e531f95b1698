/** What tests of controllers share: a server in memory, a silent way to notify, summaries, and a browser's storage. */
import { ApiError } from "../../../../ui/static/api/client.js";
import { initialState, Store } from "../../../../ui/static/state/store.js";

/**
 * @import { Label, Project, Run, System, VolumeSummary } from "../../../../ui/static/api/types.d.ts"
 * @import { Notify } from "../../../../ui/static/controllers/notify.js"
 * @import { Server } from "../../../../ui/static/controllers/server.js"
 * @import { AppState } from "../../../../ui/static/state/types.d.ts"
 */

/** A 3 x 4 x 5 CT. @param {Partial<VolumeSummary>} patch */
export const summary = (patch = {}) =>
  /** @type {VolumeSummary} */ ({
    id: "v",
    project_id: "p",
    name: "Scan",
    modality: "CT",
    shape: [3, 4, 5],
    spacing_mm: [1, 1, 2],
    affine: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
    dtype: "int16",
    plane: "axial",
    value_range: [-7, 59],
    window: [0, 50],
    presets: [],
    encoding: { state: "done", done: 5, total: 5, eta_s: null, error: null },
    state: "new",
    painted: { axial: 0, coronal: 0, sagittal: 0 },
    worst_label: null,
    confidence: null,
    mask_id: null,
    mask_draft: false,
    mask_differs: false,
    run: null,
    model_id: null,
    mask_model_ids: [],
    notes: "",
    ...patch,
  });

/** @param {Partial<Project>} patch */
export const project = (patch = {}) => /** @type {Project} */ ({ id: "p", name: "Project", access: "owner", owner_name: null, volume_count: 0, labels: [], volumes: [], ...patch });

/** @param {number} value @param {Partial<Label>} patch */
export const label = (value, patch = {}) => /** @type {Label} */ ({ id: `l${value}`, value, code: value, name: `Label ${value}`, color: "#ff0000", term: null, ...patch });

/** @param {Partial<Run>} patch */
export const run = (patch = {}) => /** @type {Run} */ ({ id: "r", volume_id: "v", kind: "propagate", plane: "axial", state: "running", stage: "", fraction: 0, eta_s: null, loss: [], elapsed_s: 0, ...patch });

/** What runs here, with two methods and two encoders to choose from. @param {Partial<System>} patch */
export const system = (patch = {}) =>
  /** @type {System} */ ({
    encoder: "LiteMedSAM",
    device: "cpu",
    worker_error: null,
    prompts: ["box"],
    methods: [
      { name: "triplanar", title: "Three planes", summary: "The default" },
      { name: "sam_decoder", title: "SAM's decoder", summary: "The paper's" },
    ],
    encoders: [
      { name: "lite-medsam", title: "LiteMedSAM" },
      { name: "sam-vit-b", title: "SAM ViT-B" },
    ],
    version: "1",
    multi_user: false,
    deidentify: false,
    max_upload_bytes: 1e9,
    archives: [],
    ...patch,
  });

/** @param {Partial<AppState>} patch */
export function storeWith(patch = {}) {
  const store = new Store(initialState());
  store.set(patch);
  return store;
}

/**
 * A server that has only these answers; everything else fails the test that asks for it. `asked` lists the calls.
 * @param {{[K in keyof Server]?: (...given: any[]) => unknown}} answers values may be given as they are, without a promise
 */
export function fakeServer(answers) {
  /** @type {unknown[][]} */
  const asked = [];
  const given = /** @type {Record<string, (...given: unknown[]) => unknown>} */ (answers);
  const server = new Proxy({}, {
    get: (_, /** @type {string} */ name) => async (/** @type {unknown[]} */ ...argumentsOfCall) => {
      asked.push([name, ...argumentsOfCall]);
      if (!given[name]) throw new Error(`nobody answers ${name}`);
      return given[name](...argumentsOfCall);
    },
  });
  return { server: /** @type {Server} */ (server), asked };
}

/** @param {boolean} answer to every question */
export function fakeNotify(answer = true) {
  /** @type {string[]} */
  const said = [];
  /** @type {string[]} */
  const failed = [];
  /** @type {string[]} */
  const questions = [];
  /** @type {string[]} */
  const withdrawn = [];
  /** @type {Notify} */
  const notify = {
    say: (text) => void said.push(text),
    withdraw: (place) => void withdrawn.push(place),
    failed: (error) => void failed.push(error instanceof Error ? error.message : String(error)),
    confirm: async (title) => (questions.push(title), answer),
    choose: async (title, _text, choices) => (questions.push(`${title} ${choices.map(({ text, hint }) => `${text}: ${hint}`).join(", ")}`), answer ? choices[0].value : null),
    chooseNames: async (conflicts) => (questions.push(conflicts.map((each) => `${each.code} ${each.name} ${each.file_name}`).join()), answer ? { [conflicts[0].code]: "take" } : null),
  };
  return { notify, said, failed, questions, withdrawn };
}

/** @param {number} status @param {string} code @param {object} detail */
export const apiError = (status, code = "", detail = {}) => new ApiError(`error ${status}`, status, code, detail);

/** Resolves after `ms`, and what was due by then. */
export const pause = (ms = 0) => new Promise((resolve) => setTimeout(resolve, ms));

/** Wait until something is so. @param {() => unknown} reached */
export async function until(reached) {
  while (!reached()) await pause(1);
}

/** An empty localStorage in place of the browser's. */
export function newStorage() {
  /** @type {Map<string, string>} */
  const items = new Map();
  const storage = {
    getItem: (/** @type {string} */ key) => items.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => void items.set(key, value),
  };
  Object.defineProperty(globalThis, "localStorage", { value: storage, configurable: true, writable: true });
  return items;
}

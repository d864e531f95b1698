/**
 * The server as the controllers see it: the one place where the API client comes into the page. Controllers take it as
 * an argument, so that tests can give them a fake one; panels and viewers never see it.
 */
import { archives } from "../api/archives.js";
import { api, fetchBytes, fetchInto, getJson, loginEvents, url } from "../api/client.js";
import { checkModel, importAnnotations, importModel, importReference, uploadVolume } from "../api/forms.js";
import { readings } from "../api/readings.js";
import { reviews } from "../api/reviews.js";

export const server = {
  ...api,
  /** All voxels of a volume into `bytes`, reporting 0..1. */
  voxels: (/** @type {string} */ id, /** @type {Uint8Array} */ bytes, /** @type {(fraction: number) => void} */ onFraction, /** @type {AbortSignal} */ signal) =>
    fetchInto(bytes, `api/volumes/${id}/voxels`, onFraction, signal),
  /** A mask's label values, X fastest; `length` is the number of voxels. */
  maskVoxels: (/** @type {string} */ id, /** @type {number} */ length) => fetchBytes(`api/masks/${id}/voxels`, length),
  /** A volume's reference, X fastest. */
  referenceVoxels: (/** @type {string} */ id, /** @type {number} */ length) => fetchBytes(`api/volumes/${id}/reference/voxels`, length),
  /** A mask's confidence, 0..255, X fastest. */
  confidence: (/** @type {string} */ id, /** @type {number} */ length) => fetchBytes(`api/masks/${id}/confidence`, length),
  /** What a model's file would hold. @type {(id: string) => Promise<import("../api/types.d.ts").ModelFacts>} */
  modelFacts: (id) => getJson(`api/models/${id}`),
  ...archives,
  ...reviews,
  ...readings,
  upload: uploadVolume,
  importAnnotations,
  importReference,
  checkModel,
  importModel,
  loginEvents,
};

/** @typedef {typeof server} Server */

/** Addresses that elements and the 3D library fetch by themselves. */
export const links = {
  library: url("static/vendor/niivue.umd.js"),
  /** The address changes with what it shows. */
  thumbnail: (/** @type {import("../api/types.d.ts").VolumeSummary} */ { id, plane, modality }) => url(`api/volumes/${id}/thumbnail.png?of=${plane}-${modality}`),
  deletedThumbnail: (/** @type {string} */ id) => url(`api/deleted/${id}/thumbnail.png?of=deleted`),
  preview: (/** @type {string} */ volumeId) => url(`api/volumes/${volumeId}/preview.nii`),
  mesh: (/** @type {string} */ maskId, /** @type {number} */ value) => url(`api/masks/${maskId}/meshes/${value}`),
  /** Opened beside a page whose session ended; the page goes on once somebody logs in there. */
  login: url("login#again"),
  account: url("account"),
  reviewRecord: (/** @type {string} */ volumeId) => url(`api/volumes/${volumeId}/review/record`),
  agreementTable: (/** @type {string} */ volumeId, /** @type {boolean} */ bySlice) => url(`api/volumes/${volumeId}/agreement/table?by_slice=${bySlice}`),
  readingLabels: (/** @type {string} */ volumeId) => url(`api/volumes/${volumeId}/readings/download`),
  projectReport: (/** @type {string} */ projectId) => url(`api/projects/${projectId}/report`),
  /** @param {string} projectId @param {boolean} acceptedOnly @param {boolean} [dicom] as DICOM segmentations */
  projectMasks: (projectId, acceptedOnly, dicom = false) => {
    const query = [acceptedOnly && "accepted_only=true", dicom && "format=seg"].filter(Boolean).join("&");
    return url(`api/projects/${projectId}/masks${query && `?${query}`}`);
  },
  /** @param {string} projectId @param {import("../api/types.d.ts").TrainingLayoutName} layout @param {boolean} acceptedOnly @param {boolean} test other scans, without labels */
  trainingSet: (projectId, layout, acceptedOnly, test) => {
    const query = [`layout=${layout}`, acceptedOnly && "accepted_only=true", test && "test=true"].filter(Boolean).join("&");
    return url(`api/projects/${projectId}/training-set?${query}`);
  },
  projectScores: (/** @type {string} */ projectId) => url(`api/projects/${projectId}/scores`),
  /** With title, author, licence and note. */
  modelFile: (/** @type {string} */ modelId, /** @type {Record<string, string>} */ typed) => url(`api/models/${modelId}/file?${new URLSearchParams(typed)}`),
  download: (/** @type {string} */ maskId, /** @type {string} */ format) => url(`api/masks/${maskId}/download?format=${format}`),
};

/** @typedef {typeof links} Links */

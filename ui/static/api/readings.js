/** The HTTP API of blind readings: who reads a scan, how far they agree, how they are merged. */
import { fetchBytes, getJson, send } from "./client.js";

/** @import { Agreement, ImportedAnnotations, Readings } from "./types.d.ts" */
/** @typedef {import("./schema.d.ts").MergeBody} MergeBody */
/** @typedef {"finish" | "take-back" | "end"} ReadingAction */

export const readings = {
  /** @type {(volumeId: string) => Promise<Readings>} */
  readings: (volumeId) => getJson(`api/volumes/${volumeId}/readings`),
  /** @type {(volumeId: string, readers: string[]) => Promise<Readings>} */
  startReadings: (volumeId, readers) => send("POST", `api/volumes/${volumeId}/readings`, { readers }),
  /** @type {(volumeId: string, action: ReadingAction) => Promise<Readings>} */
  stepReading: (volumeId, action) => send("POST", `api/volumes/${volumeId}/readings/${action}`, {}),
  /** @type {(volumeId: string) => Promise<Agreement>} */
  agreement: (volumeId) => getJson(`api/volumes/${volumeId}/agreement`),
  /** A reading's labels, X fastest. @type {(volumeId: string, length: number) => Promise<ArrayBuffer>} */
  readingVoxels: (volumeId, length) => fetchBytes(`api/volumes/${volumeId}/readings/voxels`, length),
  /** @type {(volumeId: string, body: MergeBody) => Promise<ImportedAnnotations>} */
  mergeReadings: (volumeId, body) => send("POST", `api/volumes/${volumeId}/merge`, body),
};

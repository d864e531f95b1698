/** Archives of the hospital: searched, fetched from, stored in. Names of patients are sent in bodies, never in an address. */
import { getJson, send } from "./client.js";

/**
 * @import { ArchiveSeries, FetchProgress, FoundSeries, FoundStudies, VolumeSummary } from "./types.d.ts"
 * @typedef {{ patient_id?: string, patient_name?: string, first_day?: string, last_day?: string, modality?: string }} WantedStudies
 */

export const archives = {
  /** @type {(archive: string, wanted: WantedStudies) => Promise<FoundStudies>} */
  archiveStudies: (archive, wanted) => send("POST", `api/archives/${archive}/studies`, wanted),
  /** @type {(archive: string, studyUid: string) => Promise<FoundSeries>} */
  archiveSeries: (archive, studyUid) => send("POST", `api/archives/${archive}/series`, { study_uid: studyUid }),
  /** @type {(archive: string, projectId: string, wanted: { study_uid: string, series_uid: string, fetch_id: string, again: boolean }, signal: AbortSignal) => Promise<VolumeSummary>} */
  fetchSeries: (archive, projectId, wanted, signal) => send("POST", `api/projects/${projectId}/archives/${archive}/volumes`, wanted, signal),
  /** @type {(fetchId: string) => Promise<FetchProgress>} */
  fetchProgress: (fetchId) => getJson(`api/fetches/${fetchId}`),
  /** @type {(archive: string, maskId: string, format: "seg" | "seg_label_map" | "rtstruct") => Promise<null>} */
  storeMask: (archive, maskId, format) => send("POST", `api/masks/${maskId}/archives/${archive}`, { format }),
};

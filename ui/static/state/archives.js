/** Archives of the hospital and what they have, in words. Pure. */
import { day, enumerated, t } from "../words/index.js";
import { mayWrite } from "./access.js";

/**
 * @import { Archive, ArchiveSeries, ArchiveStudy } from "../api/types.d.ts"
 * @import { AppState } from "./types.d.ts"
 */

/** Those that scans can be opened from here. @param {Pick<AppState, "system"> & Partial<Pick<AppState, "project" | "login">>} state @returns {readonly Archive[]} */
export const archivesHere = (state) => (mayWrite(state) ? (state.system?.archives ?? []) : []);

/**
 * Those that the mask on screen can be sent to: of a scan whose headers are kept, and no draft.
 * @param {Pick<AppState, "system" | "mask" | "volume"> & Partial<Pick<AppState, "project" | "login">>} state
 */
export const archivesForMask = (state) => (state.volume?.has_headers && state.mask && !state.volume.mask_draft ? archivesHere(state).filter((each) => each.store) : []);

/** @param {string} date ISO 8601, or nothing */
const dayText = (date) => date && day(`${date}T12:00:00`, new Date(0)); // with its year, always

/** @param {ArchiveStudy} study */
export const studyText = (study) => ({
  text: enumerated([study.patient_name, study.patient_id]) || t("archives.list.unnamed"),
  hint: enumerated([dayText(study.date), study.description, study.instances !== null && t("archives.list.images", { count: study.instances })]),
});

/** @param {ArchiveSeries} series */
export const seriesText = (series) => ({
  text: series.description || t("imports.choose.undescribed"),
  hint: enumerated([dayText(series.date), series.instances !== null && t("archives.list.images", { count: series.instances })]),
});

/** What a project that is made for the scan is called. @param {ArchiveStudy} study @param {ArchiveSeries} series */
export const scanText = (study, series) => series.description || study.description;

/** What the controllers of painted slices need from others: the API, and a way to tell people. Types alone. */

/** @import { Annotation, Project, VolumeSummary } from "../api/types.d.ts" */
/** @import { SliceServer } from "./slice_upload.js" */

/**
 * @typedef {SliceServer & {
 *   annotations: (volumeId: string) => Promise<Annotation[]>,
 *   project: (id: string) => Promise<Project>,
 *   volume: (id: string) => Promise<VolumeSummary>,
 * }} PaintingServer
 */
/**
 * @typedef {object} Notify
 * @property {(text: string, options?: { kind?: "info" | "error" | "success", place?: string }) => void} say
 */

export {};

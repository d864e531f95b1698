/** What the controllers of painted slices need from others: the API, and a way to tell people. Types alone. */

/** @import { Annotation, Label, Project, VolumeSummary } from "../api/types.d.ts" */
/** @import { SliceServer } from "./slice_upload.js" */

/**
 * @typedef {SliceServer & {
 *   annotations: (volumeId: string) => Promise<Annotation[]>,
 *   project: (id: string) => Promise<Project>,
 *   volume: (id: string) => Promise<VolumeSummary>,
 *   restoreLabel: (projectId: string, deleted: Omit<Label, "id"> & { with_paint: boolean }) => Promise<Label>,
 * }} PaintingServer
 */
/**
 * @typedef {object} Notify
 * @property {(text: string, options?: { kind?: "info" | "error" | "success", place?: string, durationMs?: number }) => void} say
 */

export {};

/** What the state says about the demo, the project that every newcomer finds. Pure. */
import { DEMO_PROJECT, DEMO_SOURCE } from "../api/contract.js";

/**
 * Whether the project on screen is the demo and holds no scan of the person's own: its labels are the demo's, not theirs.
 * A demo whose scan was deleted is still one; one that was renamed, or that an own scan was put into before, is a project
 * like any other.
 *
 * @param {Pick<import("./types.d.ts").AppState, "project" | "volumes">} state
 */
export function isDemo({ project, volumes }) {
  if (!project) return false;
  return volumes.length ? volumes.every((volume) => volume.source_name === DEMO_SOURCE) : project.name === DEMO_PROJECT;
}

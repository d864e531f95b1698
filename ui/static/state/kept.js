/** What is not saved, in words. Pure. */

/** @import { AppState } from "./types.d.ts" */

/** @param {number} count of slices */
export const countText = (count) => `${count} ${count === 1 ? "slice" : "slices"}`;

/**
 * How many slices of the open project only this page or this browser has.
 * @param {Pick<AppState, "saving" | "kept">} state
 */
export const unsavedHere = ({ saving, kept }) => saving.count + kept.here;

/**
 * Where slices stay that cannot be saved.
 * @param {AppState["saving"]} saving
 */
export const whereKept = ({ backedUp }) => (backedUp === false ? "only in this window" : "in this browser");

/**
 * Where slices are that could not be saved.
 * @param {AppState["kept"]} kept
 */
export function keptTitle({ here, elsewhere }) {
  const project = here && elsewhere ? `${here} of this project, ${elsewhere} of others` : here ? "Of this project" : "Of another project";
  return `${project}. They are saved once you may paint there and open their volume.`;
}

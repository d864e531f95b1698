/** What is not saved, in words. Pure. */

import { t } from "../words/index.js";

/** @import { AppState } from "./types.d.ts" */

/** @param {number} count of slices */
export const countText = (count) => t("slices.count", { count });

/**
 * How many slices of the open project only this page or this browser has.
 * @param {Pick<AppState, "saving" | "kept">} state
 */
export const unsavedHere = ({ saving, kept }) => saving.count + kept.here;

/**
 * Where slices stay that cannot be saved.
 * @param {AppState["saving"]} saving
 */
export const whereKept = ({ backedUp }) => (backedUp === false ? t("unsaved.where.window") : t("unsaved.where.browser"));

/**
 * Where slices are that could not be saved.
 * @param {AppState["kept"]} kept
 */
export function keptTitle({ here, elsewhere }) {
  if (here && elsewhere) return t("unsaved.kept.hereAndElsewhere", { here, elsewhere });
  return here ? t("unsaved.kept.here") : t("unsaved.kept.elsewhere");
}

/** A volume of unrelated pictures: each is a slice of its own, padded to the largest to the right and below. Pure. */
import { thinThousands } from "../lib/dom.js";
import { t } from "../words/index.js";

/**
 * @import { AppState } from "./types.d.ts"
 * @import { Triple } from "../api/types.d.ts"
 */

/** Whether the volume on screen is one. @param {Partial<Pick<AppState, "volume">>} state */
export const isPictures = ({ volume }) => Boolean(volume?.pictures?.length);

/**
 * Whether two volumes are both pictures or both scans: only then can one be learnt from for the other.
 * @param {{pictures?: readonly unknown[]} | null | undefined} one
 * @param {{pictures?: readonly unknown[]} | null | undefined} other
 */
export const sameKind = (one, other) => Boolean(one?.pictures?.length) === Boolean(other?.pictures?.length);

/**
 * The picture that a slice is; undefined on a scan.
 * @param {Partial<Pick<AppState, "volume">>} state
 * @param {number} index
 */
export const pictureAt = ({ volume }, index) => volume?.pictures?.[index];

/**
 * What people call a slice where it stands by itself: its picture's name, or its number.
 * @param {Partial<Pick<AppState, "volume">>} state
 * @param {number} index
 */
export const sliceName = (state, index) => pictureAt(state, index)?.name ?? t("slices.number", { number: index + 1 });

/**
 * The same within a sentence.
 * @param {Partial<Pick<AppState, "volume">>} state
 * @param {number} index
 */
export const sliceInText = (state, index) => pictureAt(state, index)?.name ?? t("slices.numberInText", { number: index + 1 });

/**
 * The voxel nearest to one that lies on the picture of its axial slice; on a scan that voxel.
 * @param {{shape: Triple, pictures?: readonly {rows: number, columns: number}[]} | null} volume
 * @param {Triple} voxel
 * @returns {Triple}
 */
export function onPicture(volume, [i, j, k]) {
  const picture = volume?.pictures?.[k];
  if (!volume || !picture) return [i, j, k];
  return [Math.max(i, volume.shape[0] - picture.columns), Math.max(j, volume.shape[1] - picture.rows), k]; // display runs backwards
}

/** @param {number} count */
export const picturesText = (count) => t("pictures.count", { count });

/** Pixels of a label in words, with thin spaces between thousands. @param {number} count */
export const pixelText = (count) => t("pictures.pixels", { number: thinThousands(String(count)) });

/** What lengths on the volume on screen are in: pixels, where a picture does not state their size. @param {Partial<Pick<AppState, "volume">>} state */
export function lengthUnit({ volume }) {
  const known = (volume?.pictures ?? []).map(({ pixel_mm: size }) => size !== null);
  if (known.every(Boolean)) return t("pictures.unit.mm");
  return known.some(Boolean) ? t("pictures.unit.both") : t("pictures.unit.px");
}

/**
 * Put cells back that lie beside the picture of a slice: nothing is there to be painted.
 * @param {Uint8Array} labels rows x columns, changed in place
 * @param {Uint8Array | null} before as many cells; null: they become empty
 * @param {{rows: number, columns: number} | undefined} picture
 * @param {number} width cells of a row
 */
export function putBackBeside(labels, before, picture, width) {
  if (!picture) return;
  for (let at = 0; at < labels.length; at++) {
    if (at % width >= picture.columns || at >= picture.rows * width) labels[at] = before?.[at] ?? 0;
  }
}

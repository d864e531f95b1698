/** How well a run says it learnt each label: a chip with the expected Dice, and a warning that says what to do next. */
import { QUALITY_BANDS } from "../api/contract.js";
import { h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { decimal, t } from "../words/index.js";

/**
 * @import { AnnotationBook } from "../state/annotations.js"
 * @import { Extents } from "../state/types.d.ts"
 * @import { Mask, MaskLabel } from "../api/types.d.ts"
 */

/**
 * "good", "fair" or "poor" of an expected Dice; "unknown" of null.
 * @param {number | null} [dice]
 */
export function band(dice) {
  if (dice === null || dice === undefined) return "unknown";
  return QUALITY_BANDS.find(({ min }) => dice >= min)?.name ?? "poor";
}

/**
 * Whether a run could judge itself: any of its labels has an estimate or a warning.
 * @param {Pick<Mask, "labels"> | null} mask
 */
export const isJudged = (mask) =>
  Boolean(mask?.labels.some(({ expected_dice: dice, warning }) => typeof dice === "number" || Boolean(warning)));

/**
 * The chip of a label of a judged mask; null for labels it did not try to learn.
 * @param {Pick<MaskLabel, "expected_dice" | "warning" | "voxels">} label
 * @param {import("../state/slices.js").SliceKind} [kind] what was painted
 */
export function qualityChip(label, kind = "slice") {
  const { expected_dice: dice } = label;
  const name = band(dice);
  const said = t(`runs.quality.band.${name}`);
  const chip = (/** @type {string} */ title, /** @type {import("../lib/dom.js").Child} */ content) =>
    h("span.quality", { "data-testid": "label-quality", "data-band": name, title }, content);
  if (typeof dice === "number") {
    return chip(t(`runs.quality.hint.${kind}`, { dice: decimal(dice, 2), band: said }), [h("span.num", `\u2248 ${decimal(dice, 2)}`), " ", h("span", said)]);
  }
  return label.warning || label.voxels ? chip(t(`runs.quality.noneHint.${kind}`), t("runs.quality.none")) : null;
}

/**
 * The warning of a label, and a way to the slice where painting it helps; null when there is none.
 * @param {Pick<MaskLabel, "warning">} label
 * @param {number | null} next that slice
 * @param {(slice: number) => void} goTo
 * @param {string} [name] of that slice
 */
export function warningNote(label, next, goTo, name = t("slices.numberInText", { number: Number(next) + 1 })) {
  if (!label.warning) return null;
  return h(
    "div.label-warning",
    { "data-testid": "label-warning" },
    icon("alert", 14),
    h("p", label.warning, next !== null && h("button.link", { "data-testid": "label-warning-go", onclick: () => goTo(next) }, t("slices.goTo", { slice: name }))),
  );
}

/**
 * The slice where painting `value` should help most, of those between the first and the last that it is painted or
 * predicted on: the first that the run names, so that both say the same; else the one furthest from what was reviewed.
 * Null when every one of them has been.
 * @param {number} value of a label
 * @param {{annotations: Pick<AnnotationBook, "indices" | "values">, mask: {extents: Extents}, count: number, stepMm: number, named: ReturnType<typeof import("../state/next_slice.js").namedSlices>}} where
 *   `count` slices of the annotation plane, `stepMm` apart; `named`: the best first
 */
export function nextSliceFor(value, { annotations, mask, count, stepMm, named }) {
  const reviewed = annotations.indices("painted", "empty");
  const painted = reviewed.filter((slice) => annotations.values(slice).includes(value));
  const held = [...painted, ...(mask.extents?.get(value) ?? []).flat()];
  if (!held.length || !reviewed.length) return null;
  const [low, high] = [Math.min(...held), Math.max(...held)];
  const best = named.find(({ slice_index: at, labels }) => labels.includes(value) || (at >= low && at <= high));
  if (best) return best.slice_index;
  const beyond = low === high ? Math.max(1, Math.round(10 / stepMm)) : 0; // its length is not known yet
  return furthest(reviewed, Math.max(0, low - beyond), Math.min(count - 1, high + beyond));
}

/**
 * The slice from `first` to `last` that is furthest from what was reviewed; null when every one of them has been.
 * @param {number[]} reviewed
 * @param {number} first
 * @param {number} last
 */
function furthest(reviewed, first, last) {
  /** @type {number | null} */
  let best = null;
  for (let slice = first, most = 0; slice <= last; slice++) {
    const apart = Math.min(...reviewed.map((at) => Math.abs(at - slice)));
    if (apart > most) [best, most] = [slice, apart];
  }
  return best;
}

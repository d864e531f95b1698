/** How well a run says it learnt each label: a chip with the expected Dice, and a warning that says what to do next. */
import { h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";

const HOW = "Estimated by leaving out each painted slice in turn; not a measurement against ground truth.";
const UNKNOWN = "Too few painted slices to estimate how well this label was learnt. Paint it on one more, then propagate again.";

/** "good", "fair" or "poor" of an expected Dice; "unknown" of null. */
export function band(dice) {
  if (dice === null || dice === undefined) return "unknown";
  return dice >= 0.85 ? "good" : dice >= 0.7 ? "fair" : "poor";
}

/** Whether a run could judge itself: any of its labels has an estimate or a warning. */
export const isJudged = (mask) => Boolean(mask?.labels.some(wasJudged));
const wasJudged = ({ expected_dice: dice, warning }) => typeof dice === "number" || Boolean(warning);

/** The chip of a label of a judged mask; null for labels it did not try to learn. */
export function qualityChip(label) {
  const { expected_dice: dice } = label;
  const name = band(dice);
  if (name === "unknown" && !label.warning && !label.voxels) return null;
  const text = name === "unknown" ? "no estimate" : `\u2248 ${dice.toFixed(2)}`;
  const title = name === "unknown" ? UNKNOWN : `Expected Dice ${dice.toFixed(2)}, ${name}. ${HOW}`;
  return h(
    "span.quality",
    { "data-testid": "label-quality", "data-band": name, title },
    name === "unknown" ? text : [h("span.num", text), " ", h("span", name)],
  );
}

/** The warning of a label, and a way to the slice where painting it helps; null when there is none. */
export function warningNote(label, next, goTo) {
  if (!label.warning) return null;
  return h(
    "div.label-warning",
    { "data-testid": "label-warning" },
    icon("alert", 14),
    h("p", label.warning, next !== null && h("button.link", { "data-testid": "label-warning-go", onclick: () => goTo(next) }, `Go to slice ${next + 1}`)),
  );
}

/**
 * The slice where painting `value` should help most: among those it is painted or predicted on, the one furthest from
 * what was looked at. Null when every one of them has been.
 */
export function nextSliceFor(value, { book, mask, count, stepMm }) {
  const looked = book.indices("painted", "empty");
  const painted = looked.filter((slice) => book.values(slice).includes(value));
  const held = [...painted, ...(mask.extents?.get(value) ?? []).flat()];
  if (!held.length || !looked.length) return null;
  const beyond = painted.length < 2 ? Math.max(1, Math.round(10 / stepMm)) : 0; // its length is not known yet
  const first = Math.max(0, Math.min(...held) - beyond);
  const last = Math.min(count - 1, Math.max(...held) + beyond);
  let best = null;
  for (let slice = first, most = 0; slice <= last; slice++) {
    const apart = Math.min(...looked.map((at) => Math.abs(at - slice)));
    if (apart > most) [best, most] = [slice, apart];
  }
  return best;
}

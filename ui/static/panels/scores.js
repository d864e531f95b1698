/** Scores against the reference, beside where the two differ; and the way there. */
import { arrange } from "../lib/arrange.js";
import { h } from "../lib/dom.js";
import { mayWrite } from "../state/access.js";
import { scoredMask } from "../state/reference.js";
import { isActive } from "../state/runs.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { ScoreValues } from "../api/types.d.ts"
 * @typedef {Pick<import("../controllers/references.js").ReferenceController, "set" | "compare" | "forget">} ReferenceIntents
 */

const HEAD = ["Label", "Dice", "IoU", "Surface", "HD95"];
const HINTS = ["", "2 |A and B| / (|A| + |B|)", "|A and B| / |A or B|", "Surface Dice: share of both surfaces within the tolerance of the other", "95th percentile of the distances between both surfaces, in mm"];

/** @param {number | null} value @param {number} digits */
const number = (value, digits) => (value === null ? "\u2013" : value.toFixed(digits));

/** @param {string} name @param {ScoreValues} scores */
const row = (name, { dice, iou, surface_dice: surface, hd95_mm: hd95 }) =>
  h("tr", h("th", { scope: "row", title: name }, name), [number(dice, 3), number(iou, 3), number(surface, 3), number(hd95, 2)].map((text) => h("td.num", text)));

/**
 * @param {Store} store
 * @param {{references: ReferenceIntents}} intents
 */
export function scoresPanel(store, { references }) {
  const body = h("tbody");
  const waiting = h("p.comparison-note", { role: "status" }, "Scoring\u2026");
  const table = h("table.scores-table", h("thead", h("tr", HEAD.map((text, n) => h("th", { scope: "col", title: HINTS[n] }, text)))), body);
  /** @type {HTMLInputElement} */
  const tolerance = h("input.input.small", { type: "number", min: 0.1, max: 20, step: 0.1, "aria-label": "Tolerance of surfaces in mm", "data-testid": "score-tolerance", onchange: () => tolerance.checkValidity() && references.set({ toleranceMm: Number(tolerance.value) }) });
  tolerance.addEventListener("keydown", (event) => event.stopPropagation());
  /** @type {HTMLInputElement} */
  const leaveOut = h("input", { type: "checkbox", "data-testid": "score-leave-out", onchange: () => references.set({ leaveOut: leaveOut.checked }) });
  const forget = h("button.link", { "data-testid": "forget-reference", title: "Only the reference goes; masks and paint stay", onclick: () => void references.forget() }, "Forget the reference");
  const element = h(
    "div.scores",
    { hidden: true, "data-testid": "scores", "aria-label": "Scores against the reference" },
    h("div.scores-settings", h("label", "surfaces within ", tolerance, " mm"), h("label", { title: "Score only slices that nobody painted for this run" }, leaveOut, " without painted slices")),
    waiting,
    table,
    forget,
  );
  store.on(["comparison", "scores", "scoreSettings", "login", "project"], (state) => {
    const { scores, scoreSettings } = state;
    element.hidden = !scoredMask(state);
    tolerance.value = String(scoreSettings.toleranceMm);
    leaveOut.checked = scoreSettings.leaveOut;
    forget.hidden = !mayWrite(state);
    waiting.hidden = Boolean(scores);
    table.hidden = !scores;
    arrange(body, scores ? [...scores.labels.map((label) => row(label.name, label.scores)), row("Mean", scores.mean)] : []);
  });
  return element;
}

/**
 * The way to the scores: shown while a mask and a reference are there.
 * @param {Store} store
 * @param {{references: ReferenceIntents}} intents
 */
export function scoresLink(store, { references }) {
  const button = h("button.link.scores-link", { hidden: true, "data-testid": "compare-reference", title: "Dice, IoU, surface Dice and HD95, and where the two differ", onclick: () => void references.compare() }, "Scores against the reference");
  store.on(["volume", "mask", "run", "comparison"], ({ volume, mask, run, comparison }) => {
    button.hidden = !volume?.has_reference || !mask || mask.draft || Boolean(comparison) || isActive(run?.state);
  });
  return button;
}

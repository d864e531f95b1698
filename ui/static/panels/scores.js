/** Scores against the reference, beside where the two differ; and the way there. */
import { arrange } from "../lib/arrange.js";
import { h, setAttr, setText } from "../lib/dom.js";
import { mayWrite } from "../state/access.js";
import { isPictures, lengthUnit } from "../state/pictures.js";
import { scoredMask } from "../state/reference.js";
import { isActive } from "../state/runs.js";
import { around, decimal, t } from "../words/index.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { ScoreValues } from "../api/types.d.ts"
 * @typedef {Pick<import("../controllers/references.js").ReferenceController, "set" | "compare" | "forget">} ReferenceIntents
 */

/** @type {("dice" | "iou" | "surface")[]} */
const SHARES = ["dice", "iou", "surface"];

/** @param {number | null} value @param {number} digits */
const number = (value, digits) => (value === null ? "\u2013" : decimal(value, digits));

/** @param {string} name @param {ScoreValues} scores */
const row = (name, { dice, iou, surface_dice: surface, hd95_mm: hd95 }) =>
  h("tr", h("th", { scope: "row", title: name }, name), [number(dice, 3), number(iou, 3), number(surface, 3), number(hd95, 2)].map((text) => h("td.num", text)));

/**
 * @param {Store} store
 * @param {{references: ReferenceIntents}} intents
 */
export function scoresPanel(store, { references }) {
  const body = h("tbody");
  const waiting = h("p.comparison-note", { role: "status" }, t("scores.waiting"));
  const hd95 = h("th", { scope: "col" }, t("scores.table.hd95"));
  const shares = SHARES.map((each) => h("th", { scope: "col", title: t(`scores.table.${each}Hint`) }, t(`scores.table.${each}`)));
  const table = h("table.scores-table", h("thead", h("tr", h("th", { scope: "col" }, t("scores.table.label")), shares, hd95)), body);
  /** @type {HTMLInputElement} */
  const tolerance = h("input.input.small", { type: "number", min: 0.1, max: 20, step: 0.1, "data-testid": "score-tolerance", onchange: () => tolerance.checkValidity() && references.set({ toleranceMm: Number(tolerance.value) }) });
  tolerance.addEventListener("keydown", (event) => event.stopPropagation());
  /** @type {HTMLInputElement} */
  const leaveOut = h("input", { type: "checkbox", "data-testid": "score-leave-out", onchange: () => references.set({ leaveOut: leaveOut.checked }) });
  const forget = h("button.link", { "data-testid": "forget-reference", title: t("scores.forget.linkHint"), onclick: () => void references.forget() }, t("scores.forget.link"));
  const [before, after, painted] = [h("span"), h("span"), h("span")];
  const leaving = h("label", leaveOut, " ", painted);
  const element = h(
    "div.scores",
    { hidden: true, "data-testid": "scores", "aria-label": t("scores.link") },
    h("div.scores-settings", h("label", before, tolerance, after), leaving),
    waiting,
    table,
    forget,
  );
  store.on("volume", (state) => {
    const unit = lengthUnit(state);
    const pictures = isPictures(state);
    const within = around("scores.settings.within", "field", { unit });
    setText(before, within[0]);
    setText(after, within[1]);
    setAttr(tolerance, "aria-label", t("scores.settings.tolerance", { unit }));
    setAttr(hd95, "title", t("scores.table.hd95Hint", { unit }));
    setText(painted, pictures ? t("scores.settings.leaveOutOfPictures") : t("scores.settings.leaveOut"));
    setAttr(leaving, "title", pictures ? t("scores.settings.leaveOutHintOfPictures") : t("scores.settings.leaveOutHint"));
  });
  store.on(["comparison", "scores", "scoreSettings", "login", "project"], (state) => {
    const { scores, scoreSettings } = state;
    element.hidden = !scoredMask(state);
    tolerance.value = String(scoreSettings.toleranceMm);
    leaveOut.checked = scoreSettings.leaveOut;
    forget.hidden = !mayWrite(state);
    waiting.hidden = Boolean(scores);
    table.hidden = !scores;
    arrange(body, scores ? [...scores.labels.map((label) => row(label.name, label.scores)), row(t("scores.table.mean"), scores.mean)] : []);
  });
  return element;
}

/**
 * The way to the scores: shown while a mask and a reference are there.
 * @param {Store} store
 * @param {{references: ReferenceIntents}} intents
 */
export function scoresLink(store, { references }) {
  const button = h("button.link.scores-link", { hidden: true, "data-testid": "compare-reference", title: t("scores.linkHint"), onclick: () => void references.compare() }, t("scores.link"));
  store.on(["volume", "mask", "run", "comparison"], ({ volume, mask, run, comparison }) => {
    button.hidden = !volume?.has_reference || !mask || mask.draft || Boolean(comparison) || isActive(run?.state);
  });
  return button;
}

/** Until when a project is kept: the line that warns of its end, and the dialog that sets its rules. */
import { MAX_KEEP_DAYS } from "../api/contract.js";
import { openDialog } from "../lib/dialog.js";
import { h, setAttr, setText } from "../lib/dom.js";
import { markChosen, radioGroup, radioRow } from "../lib/radio.js";
import { mayManage } from "../state/access.js";
import { deletionText } from "../state/retention.js";
import { t } from "../words/index.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { ProjectSummary, System } from "../api/types.d.ts"
 * @import { ProjectRules } from "../controllers/retention.js"
 */

const OFFERED_DAYS = [30, 90, 365];

/**
 * @param {Store} store
 * @param {{ change: () => void }} intents
 */
export function retentionNote(store, { change }) {
  const text = h("span");
  const link = h("button.link", { onclick: change }, t("projects.menu.keep"));
  const element = h("p.retention-note", { hidden: true, role: "status", "data-testid": "retention-note" }, text, link);
  store.on(["projects", "project", "system", "login"], ({ projects, project, system }) => {
    link.hidden = !mayManage(store.state);
    const said = deletionText(projects.find(({ id }) => id === project?.id), system);
    element.hidden = !said.text;
    setText(text, said.text);
    setAttr(element, "title", said.title);
  });
  return element;
}

/**
 * Ask how long a project is kept, and what its imports keep.
 * @param {ProjectSummary} project
 * @param {System} system
 * @returns {Promise<ProjectRules | null>} null when it is left as it is
 */
export function rulesDialog(project, system) {
  return new Promise((resolve) => {
    /** @type {ProjectRules | null} */
    let answer = null;
    const period = periodChoice(project.keep_days, system.max_keep_days ?? null);
    /** @type {HTMLInputElement} */
    const deidentify = h("input", { type: "checkbox", checked: project.deidentify || system.deidentify, disabled: system.deidentify, "data-testid": "keep-deidentify" });
    const save = () => {
      const chosen = period.chosen();
      if (chosen === undefined) return;
      answer = { keep_days: chosen, deidentify: system.deidentify ? project.deidentify : deidentify.checked };
      dialog.close();
    };
    const dialog = openDialog(
      t("keeping.dialog.title", { project: project.name }),
      [
        period.element,
        h("p.retention-help", t("keeping.dialog.help")),
        h("section.retention-imports", h("label.choice-afresh", deidentify, h("span", t("keeping.dialog.nameless"), h("small", importText(system))))),
        h("div.dialog-foot", h("button.button", { onclick: () => dialog.close() }, t("dialogs.cancel")), h("button.button.primary", { onclick: save, "data-testid": "keep-ok" }, t("dialogs.save"))),
      ],
      { testid: "keep-dialog", onClose: () => resolve(answer) },
    );
  });
}

/** @param {System} system */
const importText = (system) => (system.deidentify ? t("keeping.dialog.namelessServer") : t("keeping.dialog.namelessHere"));

/**
 * @param {number | null} days the rule as it is
 * @param {number | null} most the server's limit
 */
function periodChoice(days, most) {
  const offered = OFFERED_DAYS.filter((each) => most === null || each < most);
  const other = days !== null && !offered.includes(days);
  /** @type {number | "ever" | "other"} */
  let choice = other ? "other" : (days ?? "ever");
  /** @type {HTMLInputElement} */
  const field = h("input.input.small.num", {
    type: "number",
    min: 1,
    max: most ?? MAX_KEEP_DAYS,
    step: 1,
    value: other ? Math.min(days, most ?? days) : "",
    "aria-label": t("keeping.dialog.numberOfDays"),
    "data-testid": "keep-days",
    onfocus: () => choose("other"),
  });
  /** @type {{choice: number | "ever" | "other", element: HTMLElement}[]} */
  const rows = [];
  const choose = (/** @type {number | "ever" | "other"} */ value) => {
    choice = value;
    for (const row of rows) markChosen(row.element, row.choice === value);
  };
  const row = (/** @type {number | "ever" | "other"} */ value, /** @type {string} */ text, /** @type {string} */ hint = "") => {
    const element = radioRow(text, hint, value === choice, `keep-${value}`, () => (choose(value), value === "other" && field.focus()));
    rows.push({ choice: value, element });
    return element;
  };
  const refusal = h("p.retention-refusal", { hidden: true, role: "alert" }, most === 1 ? t("keeping.dialog.enterOne") : t("keeping.dialog.enterUpTo", { most: most ?? MAX_KEEP_DAYS }));
  const chosen = () => {
    if (typeof choice === "number") return choice;
    if (choice === "ever") return null;
    const given = Number(field.value);
    refusal.hidden = Number.isInteger(given) && given >= 1 && given <= (most ?? MAX_KEEP_DAYS);
    if (refusal.hidden) return given;
    field.focus();
    return undefined;
  };
  const ever = most === null ? row("ever", t("keeping.dialog.ever")) : row("ever", t("keeping.dialog.for", { count: most }), t("keeping.dialog.limit"));
  const group = radioGroup(t("keeping.dialog.howLong"), [ever, ...offered.map((each) => row(each, t("keeping.dialog.for", { count: each }))), row("other", t("keeping.dialog.other"))]);
  return { element: h("section.retention-period", group, h("label.retention-days", field, h("span", t("keeping.dialog.days"))), refusal), chosen };
}

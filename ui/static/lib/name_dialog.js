/** The question which name counts where a label map calls codes otherwise than the project. */
import { NameChoice } from "../api/contract.js";
import { openDialog } from "./dialog.js";
import { h } from "./dom.js";
import { t } from "../words/index.js";
import { markChosen, radioGroup, radioRow } from "./radio.js";

/**
 * @import { Child } from "./dom.js"
 * @import { NameConflict } from "../api/types.d.ts"
 * @typedef {import("../api/types.d.ts").NameChoiceName} Choice
 * @typedef {Record<string, Choice>} NameChoices by code
 */

/**
 * Ask for each code; the project's names are kept unless something else is chosen.
 * @param {NameConflict[]} conflicts
 * @param {string} labelMap what is imported, at the beginning of a sentence
 * @returns {Promise<NameChoices | null>} null when the import is given up
 */
export function namesDialog(conflicts, labelMap = t("imports.names.labelMap")) {
  return new Promise((resolve) => {
    /** @type {NameChoices | null} */
    let answer = null;
    const questions = conflicts.map(question);
    const done = () => {
      answer = Object.fromEntries(questions.map(({ code, chosen }) => [code, chosen()]));
      dialog.close();
    };
    const dialog = openDialog(
      t("imports.names.title", { count: conflicts.length }),
      [
        h("p", t("imports.names.what", { count: conflicts.length, file: labelMap })),
        conflicts.length > 1 && forAll(questions),
        questions.map(({ element }) => element),
        h(
          "div.dialog-foot",
          h("button.button", { onclick: () => dialog.close() }, t("dialogs.cancel")),
          h("button.button.primary", { onclick: done, "data-testid": "names-ok", autofocus: true }, t("imports.names.do")),
        ),
      ],
      { testid: "names-dialog", onClose: () => resolve(answer) },
    );
  });
}

/** @param {NameConflict} conflict */
function question({ code, name, color, file_name: theirs, file_color: theirColor }) {
  /** @type {Choice} */
  let chosen = NameChoice.KEEP;
  /** @type {{choice: Choice, element: HTMLElement}[]} */
  const rows = [];
  /** @param {Choice} choice */
  const choose = (choice) => {
    chosen = choice;
    for (const row of rows) markChosen(row.element, row.choice === choice);
  };
  const row = (/** @type {Choice} */ choice, /** @type {string} */ text, /** @type {string} */ hint, /** @type {string | null} */ swatch) => {
    const title = h("span.ellipsis", swatch && h("i.name-swatch", { style: { background: swatch } }), text);
    const element = radioRow(title, hint, choice === chosen, `name-${choice}-${code}`, () => choose(choice));
    rows.push({ choice, element });
    return element;
  };
  const element = h(
    "section.name-question",
    h("h3.num", t("imports.names.code", { code })),
    radioGroup(t("imports.names.code", { code }), [
      row(NameChoice.KEEP, name, t("imports.names.keep"), color),
      row(NameChoice.TAKE, theirs, t("imports.names.take"), theirColor ?? color),
      row(NameChoice.NEW, theirs, t("imports.names.new"), theirColor),
    ]),
  );
  return { code, element, choose, chosen: () => chosen };
}

/** @param {{choose: (choice: Choice) => void}[]} questions */
function forAll(questions) {
  const link = (/** @type {Choice} */ choice, /** @type {Child} */ text) =>
    h("button.link", { "data-testid": `names-all-${choice}`, onclick: () => questions.forEach((each) => each.choose(choice)) }, text);
  return h(
    "p.name-all",
    h("span", t("imports.names.forAll")),
    link(NameChoice.KEEP, t("imports.names.forAllKeep")),
    link(NameChoice.TAKE, t("imports.names.forAllTake")),
    link(NameChoice.NEW, t("imports.names.forAllNew")),
  );
}

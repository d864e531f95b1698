/** The question which name counts where a label map calls codes otherwise than the project. */
import { NameChoice } from "../api/contract.js";
import { openDialog } from "./dialog.js";
import { h } from "./dom.js";
import { markChosen, radioGroup, radioRow } from "./radio.js";

/**
 * @import { Child } from "./dom.js"
 * @import { NameConflict } from "../api/types.d.ts"
 * @typedef {import("../api/types.d.ts").NameChoiceName} Choice
 * @typedef {Record<string, Choice>} NameChoices by code
 */

const explanation = (/** @type {number} */ count, /** @type {string} */ labelMap) =>
  `${labelMap} has another name for ${count === 1 ? "this code" : "these codes"} than the project. What is painted stays with its code, unless it becomes a label of its own.`;

/**
 * Ask for each code; the project's names are kept unless something else is chosen.
 * @param {NameConflict[]} conflicts
 * @param {string} labelMap what is imported, at the beginning of a sentence
 * @returns {Promise<NameChoices | null>} null when the import is given up
 */
export function namesDialog(conflicts, labelMap = "The label map") {
  return new Promise((resolve) => {
    /** @type {NameChoices | null} */
    let answer = null;
    const questions = conflicts.map(question);
    const done = () => {
      answer = Object.fromEntries(questions.map(({ code, chosen }) => [code, chosen()]));
      dialog.close();
    };
    const dialog = openDialog(
      conflicts.length === 1 ? "Which name counts?" : "Which names count?",
      [
        h("p", explanation(conflicts.length, labelMap)),
        conflicts.length > 1 && forAll(questions),
        questions.map(({ element }) => element),
        h(
          "div.dialog-foot",
          h("button.button", { onclick: () => dialog.close() }, "Cancel"),
          h("button.button.primary", { onclick: done, "data-testid": "names-ok", autofocus: true }, "Import"),
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
    h("h3.num", `Code ${code}`),
    radioGroup(`Code ${code}`, [
      row(NameChoice.KEEP, name, "Keep the project\u2019s name", color),
      row(NameChoice.TAKE, theirs, "Rename the label as in the file", theirColor ?? color),
      row(NameChoice.NEW, theirs, "Import as a label of this name, with a code of its own", theirColor),
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
    h("span", "For all:"),
    link(NameChoice.KEEP, "keep the project\u2019s names"),
    link(NameChoice.TAKE, "rename as in the file"),
    link(NameChoice.NEW, "import as labels of their own"),
  );
}

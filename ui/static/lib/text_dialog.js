/** Asks for a few lines of plain text. */
import { MAX_COMMENT_LENGTH } from "../api/contract.js";
import { openDialog } from "./dialog.js";
import { h } from "./dom.js";
import { t } from "../words/index.js";

/**
 * @param {string} title
 * @param {string} label
 * @param {string} okText
 * @param {{ optional?: boolean }} [options] whether no text is an answer too
 * @returns {Promise<string | null>} trimmed; null when it was given up
 */
export function textDialog(title, label, okText, { optional = false } = {}) {
  return new Promise((resolve) => {
    /** @type {string | null} */
    let answer = null;
    /** @type {HTMLTextAreaElement} */
    const input = h("textarea.input", { rows: 4, maxlength: MAX_COMMENT_LENGTH, "data-testid": "text-input", "aria-label": label });
    const done = () => {
      const text = input.value.trim();
      if (!text && !optional) return input.focus();
      answer = text;
      dialog.close();
    };
    const onkeydown = (/** @type {KeyboardEvent} */ event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && done();
    input.addEventListener("keydown", onkeydown);
    const foot = h("div.dialog-foot", h("button.button", { onclick: () => dialog.close() }, t("dialogs.cancel")), h("button.button.primary", { "data-testid": "text-ok", onclick: done }, okText));
    const dialog = openDialog(title, [h("label.field", h("span", label), input), foot], { testid: "text-dialog", onClose: () => resolve(answer) });
    input.focus();
  });
}

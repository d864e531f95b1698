/** Modal dialogs on the platform's <dialog>: focus is held inside, Esc closes, clicking the backdrop closes. */
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { ignoreSecondPress } from "./second_press.js";
import { t } from "../words/index.js";

/** @import { Child } from "./dom.js" */

/**
 * Open a dialog; `onClose` runs once however it closes.
 * @param {string} title
 * @param {Child} content
 * @param {{testid?: string, onClose?: () => void, wide?: boolean}} [options]
 */
export function openDialog(title, content, { testid, onClose = () => {}, wide = false } = {}) {
  /** @type {HTMLDialogElement} */
  const element = h(
    `dialog.dialog${wide ? ".wide" : ""}`,
    { "data-testid": testid, "aria-label": title },
    h("header.dialog-head", h("h2", title), h("button.icon-button", { "aria-label": t("dialogs.close"), onclick: () => element.close() }, icon("close", 16))),
    h("div.dialog-body", content),
  );
  element.addEventListener("close", () => {
    element.remove();
    onClose();
  });
  element.addEventListener("pointerdown", (event) => {
    ignoreSecondPress(event);
    if (event.target === element) element.close();
  });
  element.addEventListener("keydown", (event) => event.stopPropagation());
  document.querySelector(".app")?.append(element);
  element.tabIndex = -1;
  element.showModal();
  if (!element.querySelector("[autofocus]")) element.focus(); // not the close button: its ring would draw the eye
  return { element, close: () => element.close() };
}

/**
 * Ask before something that cannot be undone.
 * @param {string} title
 * @param {Child} text
 * @param {string} confirmText
 * @returns {Promise<boolean>}
 */
export function confirmDialog(title, text, confirmText, { danger = true, cancelText = t("dialogs.keep") } = {}) {
  return new Promise((resolve) => {
    let answer = false;
    const choose = (/** @type {boolean} */ value) => () => {
      answer = value;
      dialog.close();
    };
    const dialog = openDialog(
      title,
      [
        h("p", text),
        h(
          "div.dialog-foot",
          h("button.button", { onclick: choose(false), "data-testid": "confirm-cancel" }, cancelText),
          h(`button.button.${danger ? "danger" : "primary"}`, { onclick: choose(true), "data-testid": "confirm", autofocus: true }, confirmText),
        ),
      ],
      { testid: "confirm-dialog", onClose: () => resolve(answer) },
    );
  });
}

/**
 * Ask for one line of text.
 * @param {string} title
 * @param {string} label
 * @param {string} value to begin with
 * @param {string} okText
 * @returns {Promise<string | null>} trimmed; null when nothing was entered
 */
export function promptDialog(title, label, value, okText) {
  return new Promise((resolve) => {
    /** @type {string | null} */
    let answer = null;
    const input = h("input.input", { value, "aria-label": label, maxlength: 120, "data-testid": "prompt-input" });
    const form = h(
      "form",
      {
        onsubmit: (event) => {
          event.preventDefault();
          answer = input.value.trim() || null;
          dialog.close();
        },
      },
      h("label.field", h("span", label), input),
      h("div.dialog-foot", h("button.button.primary", { type: "submit", "data-testid": "prompt-ok" }, okText)),
    );
    const dialog = openDialog(title, form, { testid: "prompt-dialog", onClose: () => resolve(answer) });
    input.focus();
    input.select();
  });
}

/**
 * Ask for one of several things.
 * @template T
 * @param {string} title
 * @param {string} text
 * @param {{value: T, text: string, hint: string, lead?: Child, testid?: string}[]} choices
 * @param {{testid?: string, rowTestid?: string}} [testids]
 * @returns {Promise<T | null>} null when nothing was chosen
 */
export function chooseDialog(title, text, choices, { testid = "choice-dialog", rowTestid = "choice" } = {}) {
  return new Promise((resolve) => {
    /** @type {T | null} */
    let answer = null;
    const rows = choices.map(({ value, text: name, hint, lead, testid: own = rowTestid }) =>
      h(
        "button.series-row",
        {
          "data-testid": own,
          onclick: () => {
            answer = value;
            dialog.close();
          },
        },
        lead,
        h("span.series-name", name),
        h("span.num.dim", hint),
      ),
    );
    const foot = h("div.dialog-foot", h("button.button", { "data-testid": `${rowTestid}-cancel`, onclick: () => dialog.close() }, t("dialogs.cancel")));
    const dialog = openDialog(title, [h("p", text), h("div.series-list", rows), foot], { testid, onClose: () => resolve(answer) });
  });
}

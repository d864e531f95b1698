/** Whether grey pictures of one size are slices of one body, or unrelated. */
import { openDialog } from "../lib/dialog.js";
import { h } from "../lib/dom.js";
import { t } from "../words/index.js";

/**
 * @param {string} message the server's question
 * @param {{answer: (pictures: boolean) => void, neither: () => void}} then
 */
export function askAboutPictures(message, { answer, neither }) {
  let answered = false;
  const take = (/** @type {boolean} */ pictures) => () => {
    answered = true;
    dialog.close();
    answer(pictures);
  };
  const buttons = h(
    "div.dialog-foot",
    h("button.button", { onclick: () => dialog.close() }, t("dialogs.cancel")),
    h("button.button", { onclick: take(false), "data-testid": "pictures-slices" }, t("pictures.ask.slices")),
    h("button.button.primary", { onclick: take(true), "data-testid": "pictures-unrelated", autofocus: true }, t("pictures.ask.unrelated")),
  );
  const dialog = openDialog(t("pictures.ask.title"), [h("p", message), h("p", t("pictures.ask.explanation")), buttons], { testid: "pictures-dialog", onClose: () => void (answered || neither()) });
}

/** Whether grey pictures of one size are slices of one body, or unrelated. */
import { openDialog } from "../lib/dialog.js";
import { h } from "../lib/dom.js";

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
  const text = "Slices are shown in three planes and labelled as one volume. Of unrelated pictures each is labelled by itself, and masks come as one file a picture.";
  const buttons = h(
    "div.dialog-foot",
    h("button.button", { onclick: () => dialog.close() }, "Cancel"),
    h("button.button", { onclick: take(false), "data-testid": "pictures-slices" }, "Slices of one body"),
    h("button.button.primary", { onclick: take(true), "data-testid": "pictures-unrelated", autofocus: true }, "Unrelated pictures"),
  );
  const dialog = openDialog("Slices or pictures?", [h("p", message), h("p", text), buttons], { testid: "pictures-dialog", onClose: () => void (answered || neither()) });
}

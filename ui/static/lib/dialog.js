/** Modal dialogs on the platform's <dialog>: focus is held inside, Esc closes, clicking the backdrop closes. */
import { h } from "./dom.js";
import { icon } from "./icons.js";

/** Open a dialog and return {element, close}; `onClose` runs once however it closes. */
export function openDialog(title, content, { testid, onClose = () => {}, wide = false } = {}) {
  const element = h(
    `dialog.dialog${wide ? ".wide" : ""}`,
    { "data-testid": testid, "aria-label": title },
    h("header.dialog-head", h("h2", title), h("button.icon-button", { "aria-label": "Close", onclick: () => element.close() }, icon("close", 16))),
    h("div.dialog-body", content),
  );
  element.addEventListener("close", () => {
    element.remove();
    onClose();
  });
  element.addEventListener("pointerdown", (event) => event.target === element && element.close());
  element.addEventListener("keydown", (event) => event.stopPropagation());
  document.querySelector(".app").append(element);
  element.tabIndex = -1;
  element.showModal();
  if (!element.querySelector("[autofocus]")) element.focus(); // not the close button: its ring would draw the eye
  return { element, close: () => element.close() };
}

/** Ask before something that cannot be undone. Resolves true or false. */
export function confirmDialog(title, text, confirmText, { danger = true } = {}) {
  return new Promise((resolve) => {
    let answer = false;
    const choose = (value) => () => {
      answer = value;
      dialog.close();
    };
    const dialog = openDialog(
      title,
      [
        h("p", text),
        h(
          "div.dialog-foot",
          h("button.button", { onclick: choose(false) }, "Keep"),
          h(`button.button.${danger ? "danger" : "primary"}`, { onclick: choose(true), "data-testid": "confirm", autofocus: true }, confirmText),
        ),
      ],
      { testid: "confirm-dialog", onClose: () => resolve(answer) },
    );
  });
}

/** Ask for one line of text. Resolves the trimmed text or null. */
export function promptDialog(title, label, value, okText) {
  return new Promise((resolve) => {
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

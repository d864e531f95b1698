/** Short notices at the bottom of the screen: one sentence, an optional action, never a dialog. */
import { h } from "./dom.js";
import { icon } from "./icons.js";

let stack = null; // the one element of the page that holds toasts

function host() {
  if (!stack?.isConnected) {
    stack = h("div.toasts", { "data-testid": "toasts", role: "status", "aria-live": "polite" });
    document.querySelector(".app")?.append(stack);
  }
  return stack;
}

/** @param {"info"|"error"|"success"} kind; `action` is {text, run}; duration 0 keeps it until closed. */
export function toast(text, { kind = "info", action = null, durationMs = kind === "error" ? 9000 : 4500 } = {}) {
  const same = [...host().children].find((child) => child.dataset.text === text);
  same?.remove();
  const close = () => {
    element.classList.add("leaving");
    setTimeout(() => element.remove(), 160);
  };
  const element = h(
    `div.toast.${kind}`,
    { "data-testid": `toast-${kind}`, "data-text": text },
    icon(kind === "error" ? "alert" : kind === "success" ? "check" : "help", 16),
    h("span.toast-text", text),
    action && h("button.link", { onclick: () => (close(), action.run()) }, action.text),
    h("button.icon-button.small", { "aria-label": "Dismiss", onclick: close }, icon("close", 14)),
  );
  host().append(element);
  while (host().children.length > 3) host().firstChild.remove();
  if (durationMs) setTimeout(close, durationMs);
}

/** Show an error's sentence; swallow what the user caused on purpose. */
export function toastError(error) {
  if (error?.name === "AbortError" || error?.code === "cancelled") return;
  if (!error?.code) console.error(error);
  toast(error?.message || "Something went wrong; try again.", { kind: "error" });
}

/** Short notices at the bottom of the screen: one sentence, an optional action, never a dialog. */
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "../words/index.js";

/** @type {HTMLElement | null} */
let stack = null; // the one element of the page that holds toasts

function host() {
  if (!stack?.isConnected) {
    stack = h("div.toasts", { "data-testid": "toasts", role: "status", "aria-live": "polite" });
    document.querySelector(".app")?.append(stack);
  }
  return stack;
}

/**
 * Show a notice.
 * @param {string} text
 * @param {{kind?: "info" | "error" | "success", action?: {text: string, run: () => void} | null, durationMs?: number, place?: string}} [options]
 *   duration 0 keeps it until it is closed; of two notices for the same `place` the later one replaces the earlier
 */
export function toast(text, { kind = "info", action = null, durationMs = kind === "error" ? 9000 : 4500, place = text } = {}) {
  withdraw(place);
  const close = () => {
    element.classList.add("leaving");
    setTimeout(() => element.remove(), 160);
  };
  const element = h(
    `div.toast.${kind}`,
    { "data-testid": `toast-${kind}`, "data-place": place },
    icon(kind === "error" ? "alert" : kind === "success" ? "check" : "help", 16),
    h("span.toast-text", text),
    action && h("button.link", { onclick: () => (close(), action.run()) }, action.text),
    h("button.icon-button.small", { "aria-label": t("dialogs.dismiss"), onclick: close }, icon("close", 14)),
  );
  host().append(element);
  while (host().children.length > 3) host().firstElementChild?.remove();
  if (durationMs) setTimeout(close, durationMs);
}

/** What a notice said holds no longer. @param {string} place */
export function withdraw(place) {
  for (const child of [...host().children]) if (/** @type {HTMLElement} */ (child).dataset.place === place) child.remove();
}

/**
 * Show an error's sentence; swallow what the user caused on purpose.
 * @param {unknown} error
 */
export function toastError(error) {
  const { name, code, status, message } = /** @type {Partial<import("../api/client.js").ApiError>} */ (error ?? {});
  if (name === "AbortError" || code === "cancelled" || code === "login_required") return; // a banner tells of the last
  if (!code) console.error(error);
  const isOfAccess = code === "forbidden" || status === 404; // what is not shared any more does not exist
  toast(message || t("dialogs.failed"), { kind: "error", place: isOfAccess ? "access" : undefined });
}

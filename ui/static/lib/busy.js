/** Buttons whose request is under way. */
import { setAttr } from "./dom.js";

/** It does nothing meanwhile, says so, and keeps the focus. @param {Element} button @param {boolean} busy */
export function setBusy(button, busy) {
  setAttr(button, "aria-disabled", busy && "true");
  setAttr(button, "aria-busy", busy && "true");
}

/**
 * A click's handler that acts once: not again while it is at it, nor by the second click of a double click, which may hit
 * what has taken the button's place by then.
 * @param {(event: MouseEvent) => unknown} act
 * @returns {(event: MouseEvent) => Promise<void>}
 */
export function once(act) {
  return async (event) => {
    const button = /** @type {Element} */ (event.currentTarget);
    if (event.detail > 1 || button.hasAttribute("aria-busy")) return;
    setBusy(button, true);
    try {
      await act(event);
    } finally {
      setBusy(button, false);
    }
  };
}

/** "Show uncertainty": the toggle, why it may be off, and the key to its colours. */
import { h, setAttr } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { uncertaintyBlocker } from "../state/uncertainty.js";

/**
 * @param {import("../state/store.js").Store} store
 * @param {{view: Pick<import("../controllers/view.js").ViewController, "toggleUncertainty">}} intents
 */
export function uncertaintyToggle(store, { view }) {
  const button = h(
    "button.icon-button.toggle.wide.uncertainty-toggle",
    { "aria-label": "Show uncertainty", "aria-pressed": "false", "data-testid": "show-uncertainty", onclick: () => view.toggleUncertainty() },
    icon("uncertainty", 18),
    h("span.wide-only", "Uncertainty"),
  );
  store.on(["mask", "showUncertainty", "confidence"], (state) => {
    const { showUncertainty, confidence } = state;
    const blocker = uncertaintyBlocker(state);
    button.disabled = Boolean(blocker);
    button.title = blocker ?? "Show uncertainty  D\nColours where the mask may be wrong";
    setAttr(button, "aria-pressed", String(showUncertainty));
    setAttr(button, "aria-busy", showUncertainty && !confidence ? "true" : null);
  });
  return button;
}

/** What the colours mean; shown over the large pane while uncertainty is. */
export function uncertaintyLegend() {
  return h(
    "div.uncertainty-legend",
    { "data-testid": "uncertainty-legend" },
    h("strong", "Uncertainty"),
    h("span.num", "confidence 80 %"),
    h("i", { "aria-hidden": "true" }),
    h("span", "50 % or less"),
  );
}

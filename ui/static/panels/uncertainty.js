/** "Show uncertainty": the toggle, why it may be off, and the key to its colours. */
import { h, setAttr } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { uncertaintyBlocker } from "../state/uncertainty.js";
import { t } from "../words/index.js";

/**
 * @param {import("../state/store.js").Store} store
 * @param {{view: Pick<import("../controllers/view.js").ViewController, "toggleUncertainty">}} intents
 */
export function uncertaintyToggle(store, { view }) {
  const button = h(
    "button.icon-button.toggle.wide.uncertainty-toggle",
    { "aria-label": t("toolbar.uncertainty.name"), "aria-pressed": "false", "data-testid": "show-uncertainty", onclick: () => view.toggleUncertainty() },
    icon("uncertainty", 18),
    h("span.wide-only", t("toolbar.uncertainty.title")),
  );
  store.on(["mask", "volume", "showUncertainty", "confidence"], (state) => {
    const { showUncertainty, confidence } = state;
    const blocker = uncertaintyBlocker(state);
    button.disabled = Boolean(blocker);
    button.title = blocker ?? t("toolbar.uncertainty.hint");
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
    h("strong", t("toolbar.uncertainty.title")),
    h("span.num", t("toolbar.uncertainty.certain")),
    h("i", { "aria-hidden": "true" }),
    h("span", t("toolbar.uncertainty.uncertain")),
  );
}

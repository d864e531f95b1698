/** "Show doubt": the toggle, why it may be off, and the key to its colours. */
import { h, setAttr } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { toast } from "../lib/toast.js";

/** Why doubt cannot be shown, in words that say what to do; null when it can. */
export function doubtBlocker({ mask }) {
  if (!mask) return "Propagate first: a run says where it is in doubt.";
  if (!mask.has_confidence) return "This mask does not say where it is in doubt. Paint a slice, then propagate.";
  return null;
}

export class DoubtToggle {
  constructor(store) {
    this.store = store;
    this.button = h(
      "button.icon-button.toggle.wide.doubt-toggle",
      { "aria-label": "Show doubt", "aria-pressed": "false", "data-testid": "show-doubt", onclick: () => this.toggle() },
      icon("doubt", 18),
      h("span.wide-only", "Doubt"),
    );
    store.on(["mask", "showDoubt", "confidence"], () => this.#render());
  }

  toggle() {
    const { showDoubt } = this.store.state;
    const blocker = doubtBlocker(this.store.state);
    if (blocker) toast(blocker);
    else this.store.set({ showDoubt: !showDoubt });
  }

  #render() {
    const { showDoubt, confidence } = this.store.state;
    const blocker = doubtBlocker(this.store.state);
    this.button.disabled = Boolean(blocker);
    this.button.title = blocker ?? "Show doubt  D\nColours where the mask may be wrong";
    setAttr(this.button, "aria-pressed", String(showDoubt));
    setAttr(this.button, "aria-busy", showDoubt && !confidence ? "true" : null);
  }
}

/** What the colours mean; shown over the large pane while doubt is. */
export function doubtLegend() {
  return h(
    "div.doubt-legend",
    { "data-testid": "doubt-legend" },
    h("strong", "Doubt"),
    h("span.num", "80 %"),
    h("i", { "aria-hidden": "true" }),
    h("span", "50 % sure or less"),
  );
}

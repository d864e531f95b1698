/** Many scans that are imported one after the other: a line in the rail, and the list that it opens. */
import { arrange, KeyedList } from "../lib/arrange.js";
import { openDialog } from "../lib/dialog.js";
import { h, setAttr, setText } from "../lib/dom.js";
import { importSummary, isImporting, isRunning } from "../state/imports.js";
import { t } from "../words/index.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { ImportItem } from "../state/types.d.ts"
 */

export class ImportsPanel {
  /** @type {HTMLElement | null} what the list's dialog shows, while it is open */
  #body = null;

  /**
   * @param {Store} store
   * @param {{imports: Pick<import("../controllers/imports.js").ImportsController, "cancel" | "cancelAll" | "retry" | "retryFailed" | "accept" | "acceptAll" | "choose" | "clear">}} intents
   */
  constructor(store, { imports }) {
    this.store = store;
    this.imports = imports;
    this.text = h("span.ellipsis");
    this.bar = h("i");
    this.element = h(
      "div.upload-progress",
      { hidden: true, "data-testid": "imports-progress" },
      h("div.run-line", this.text, h("button.link", { "data-testid": "imports-show", onclick: () => this.show() }, t("imports.show"))),
      h("div.bar", this.bar),
    );
    this.sum = h("p", { role: "status" });
    this.list = h("ul.import-list", { "aria-label": t("imports.titleOfList") });
    this.rows = new KeyedList(this.list, { key: (/** @type {ImportItem} */ item) => item.id, create: ({ id, name }) => this.#row(id, name) });
    this.foot = h("div.dialog-foot");
    this.buttons = {
      clear: button(t("imports.clear"), "imports-clear", () => this.#clear()),
      cancel: button(t("imports.cancelAll"), "imports-cancel", () => this.imports.cancelAll()),
      retry: button(t("imports.retryFailed"), "imports-retry", () => this.imports.retryFailed()),
      accept: button(t("imports.takeAll"), "imports-accept", () => this.imports.acceptAll()),
    };
    store.on("imports", ({ imports: items }) => this.#render(items));
  }

  /** Open the list. */
  show() {
    if (this.#body) return;
    this.#body = h("div", this.sum, this.list, this.foot);
    this.dialog = openDialog(t("imports.title"), this.#body, { testid: "imports-dialog", onClose: () => (this.#body = null) });
  }

  /** @param {ImportItem[]} items */
  #render(items) {
    const summary = importSummary(items);
    const isFresh = this.element.hidden;
    this.element.hidden = !summary;
    if (!summary) return;
    setText(this.text, summary.text);
    setText(this.sum, summary.text);
    this.bar.style.width = `${Math.max(3, summary.fraction * 100)}%`;
    this.rows.update(items);
    const some = (/** @type {ImportItem["state"]} */ state) => items.some((item) => item.state === state);
    const { clear, cancel, retry, accept } = this.buttons;
    arrange(this.foot, [some("asks") && accept, some("failed") && retry, isImporting(items) ? cancel : clear]);
    if (isFresh) this.show();
  }

  #clear() {
    this.dialog?.close();
    this.imports.clear();
  }

  /** @param {number} id @param {string} name */
  #row(id, name) {
    const state = h("span.import-state");
    const bar = h("i");
    const track = h("div.bar", bar);
    const text = h("p.import-text");
    const act = (/** @type {string} */ words, /** @type {(id: number) => void} */ run) => h("button.link", { "aria-label": t("imports.item.do", { what: words, name }), onclick: () => run(id) }, words);
    const acts = {
      cancel: act(t("dialogs.cancel"), () => this.imports.cancel(id)),
      retry: act(t("dialogs.tryAgain"), () => this.imports.retry(id)),
      again: act(t("imports.item.again"), () => this.imports.retry(id)),
      accept: act(t("imports.item.take"), () => this.imports.accept(id)),
      choose: act(t("imports.choose.item"), () => void this.imports.choose(id)),
    };
    const buttons = h("span.import-acts");
    const element = h("li.import-row", { "data-testid": "import-item" }, h("div.import-line", h("span.import-name", { title: name }, name), state, buttons), track, text);
    const update = (/** @type {ImportItem} */ item) => {
      setAttr(element, "data-state", item.state);
      setText(state, t(`imports.state.${item.state}`));
      setText(text, item.text);
      text.hidden = !item.text;
      track.hidden = !isRunning(item);
      track.classList.toggle("busy", item.state === "reading");
      bar.style.width = `${Math.max(3, item.fraction * 100)}%`;
      setText(acts.accept, item.offer);
      setAttr(acts.accept, "aria-label", t("imports.item.do", { what: item.offer, name }));
      const retries = item.state === "failed" || item.state === "cancelled";
      const asks = item.state === "asks";
      arrange(buttons, [(item.state === "waiting" || isRunning(item)) && acts.cancel, retries && acts.retry, item.state === "present" && acts.again, asks && acts.accept, asks && item.series > 0 && acts.choose]);
    };
    return { element, update };
  }
}

/** @param {string} text @param {string} testid @param {() => void} onclick */
const button = (text, testid, onclick) => h("button.button", { "data-testid": testid, onclick }, text);

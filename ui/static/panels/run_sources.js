/** Among the settings of a run: which other volumes it learns from. Hidden where no other volume is painted. */
import { h } from "../lib/dom.js";
import { radioGroup, radioRow, refill } from "../lib/radio.js";
import { chosenOthers, paintedOthers } from "../state/run_sources.js";
import { t } from "../words/index.js";

/** @import { Store } from "../state/store.js" */

/**
 * @param {Store} store
 * @param {{choice: Pick<import("../controllers/run_choice.js").RunChoiceController, "setSources">}} intents
 */
export function sourcesChoice(store, { choice }) {
  const ways = radioGroup(t("runs.sources.title"));
  const list = h("div.source-list", { "data-testid": "source-list" });
  const element = h("section", h("h3", t("runs.sources.title")), ways, list);
  /** The list that is on screen, so that a click leaves its elements, and the focus, where they are. */
  let shown = "";
  store.on(["runChoice", "volumes", "volume", "plane"], (state) => {
    const { sources } = state.runChoice;
    const others = paintedOthers(state);
    const ids = others.map(({ id }) => id);
    element.hidden = !others.length;
    refill(ways, [
      radioRow(t("runs.sources.all"), t("runs.sources.count", { count: others.length + 1 }), !sources, "sources-all", () => choice.setSources(null)),
      radioRow(t("runs.sources.none"), "", sources?.length === 0, "sources-none", () => choice.setSources([])),
      radioRow(t("runs.sources.some"), "", Boolean(sources?.length), "sources-some", () => choice.setSources(ids)),
    ]);
    list.hidden = !sources?.length;
    const chosen = new Set(chosenOthers(state).map(({ id }) => id));
    const key = others.map(({ id, name }) => id + name).join();
    if (key !== shown) list.replaceChildren(...others.map(({ id, name }) => row(id, name)));
    shown = key;
    for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (list.querySelectorAll("input"))) box.checked = chosen.has(box.value);
  });

  /** @param {string} id @param {string} name */
  function row(id, name) {
    const box = h("input", { type: "checkbox", value: id, "data-testid": "source", onchange: () => toggle(id) });
    return h("label.source-row", box, h("span.ellipsis", { title: name }, name));
  }

  /** @param {string} id */
  function toggle(id) {
    const chosen = new Set(chosenOthers(store.state).map((each) => each.id));
    if (!chosen.delete(id)) chosen.add(id);
    choice.setSources([...chosen]);
  }
  return element;
}

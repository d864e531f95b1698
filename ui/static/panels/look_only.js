/** Why there is nothing to paint with, where a person only looks. */
import { h, setText } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { writeBlocker } from "../state/access.js";
import { t } from "../words/index.js";

/**
 * @param {import("../state/store.js").Store} store
 */
export function lookOnlyNote(store) {
  const text = h("p");
  const element = h("div.look-only", { hidden: true, role: "status", "data-testid": "look-only" }, icon("eye", 17), text);
  store.on(["project", "login"], (state) => {
    const blocker = state.project && writeBlocker(state);
    element.hidden = !blocker;
    if (blocker) setText(text, t("page.sentence", { text: blocker }));
  });
  return element;
}

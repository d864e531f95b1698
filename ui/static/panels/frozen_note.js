/** Why the volume on screen has no tools to paint with, where they would be: it was accepted in a review. */
import { h, setText } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { isFrozen, mayReview } from "../state/access.js";
import { t } from "../words/index.js";

/** @param {import("../state/store.js").Store} store */
export function frozenNote(store) {
  const how = h("span");
  const element = h("div.frozen-note", { hidden: true, role: "status", "data-testid": "frozen-note" }, icon("lock", 16), h("strong", t("review.panel.accepted")), how);
  store.on(["volume", "project", "login"], (state) => {
    element.hidden = !isFrozen(state);
    setText(how, mayReview(state) ? t("page.frozen.howToReopen") : "");
  });
  return element;
}

/** What is otherwise on the page where a volume is unrelated pictures: one pane, named by the picture; no third dimension. */
import { setAttr, setText } from "../lib/dom.js";
import { isPictures, pictureAt } from "../state/pictures.js";
import { sliceOnScreen } from "../state/slices.js";
import { PLANES } from "../viewer/planes.js";
import { t } from "../words/index.js";

/**
 * @param {import("../state/store.js").Store} store
 * @param {{app: Element, views: import("../viewer/views.js").AppViews, sliceWord: Element}} parts `sliceWord`: before its number
 */
export function showPictures(store, { app, views, sliceWord }) {
  store.on(["volume", "cursor", "plane"], (state) => {
    const shown = isPictures(state);
    if (shown) setAttr(app, "data-pictures", state.volume?.colour ? "colour" : "grey");
    else app.removeAttribute("data-pictures");
    setText(sliceWord, shown ? t("pictures.word") : t("pictures.wordOfScan"));
    const { title, element, view } = views.panes.axial;
    const name = shown ? (pictureAt(state, sliceOnScreen(state))?.name ?? "") : PLANES.axial.name;
    setText(title, name);
    setAttr(element, "aria-label", shown ? name : t("viewer.pane.view", { plane: PLANES.axial.name }));
    setAttr(view.hud, "aria-label", shown ? t("pictures.pane.pictureKeys") : t("viewer.pane.keys", { plane: PLANES.axial.name }));
    title.title = shown ? name : "";
  });
}

/** What is otherwise on the page where a volume is unrelated pictures: one pane, named by the picture; no third dimension. */
import { setAttr, setText } from "../lib/dom.js";
import { isPictures, pictureAt } from "../state/pictures.js";
import { sliceOnScreen } from "../state/slices.js";

/**
 * @param {import("../state/store.js").Store} store
 * @param {{app: Element, views: import("../viewer/views.js").AppViews, sliceWord: Element}} parts `sliceWord`: before its number
 */
export function showPictures(store, { app, views, sliceWord }) {
  store.on(["volume", "cursor", "plane"], (state) => {
    const shown = isPictures(state);
    if (shown) setAttr(app, "data-pictures", state.volume?.colour ? "colour" : "grey");
    else app.removeAttribute("data-pictures");
    setText(sliceWord, shown ? "Picture" : "Slice");
    const { title, element, view } = views.panes.axial;
    const name = shown ? (pictureAt(state, sliceOnScreen(state))?.name ?? "") : "Axial";
    setText(title, name);
    setAttr(element, "aria-label", shown ? name : "Axial view");
    setAttr(view.hud, "aria-label", `${shown ? "Picture" : "Axial slice"}: arrow keys move the cursor, Space paints`);
    title.title = shown ? name : "";
  });
}

/** Pins of open comments on the slices they are about; and the click that places a new one. */
import { textDialog } from "../lib/text_dialog.js";
import { h, setStyle } from "../lib/dom.js";
import { pictureAt } from "../state/pictures.js";
import { personText, pinsOn } from "../state/review.js";
import { t } from "../words/index.js";
import { PLANES } from "./planes.js";

/**
 * @import { Triple } from "../api/types.d.ts"
 * @import { Store } from "../state/store.js"
 * @import { Pane } from "./pane.js"
 *
 * @typedef {Pick<import("../controllers/review.js").ReviewController, "comment" | "show">} PinIntents
 */

/**
 * @param {Store} store
 * @param {Pane[]} panes
 * @param {{ review: PinIntents }} intents
 */
export function addPins(store, panes, { review }) {
  for (const pane of panes) {
    const layer = h("div.pins");
    pane.element.append(layer);
    const { axis } = PLANES[pane.plane];
    /** @type {{ element: HTMLElement, voxel: Triple }[]} */
    let pins = [];
    const place = () => {
      if (!pane.view.volume) return;
      for (const { element, voxel } of pins) {
        const { x, y } = pane.view.voxelToCanvas(voxel);
        setStyle(element, { left: `${x / pane.view.pixelRatio}px`, top: `${y / pane.view.pixelRatio}px` });
      }
    };
    store.on(["review", "cursor", "voxels"], ({ review: found, cursor, voxels }) => {
      pins = (voxels ? pinsOn(found, axis, cursor[axis]) : []).map((comment) => {
        const number = (found?.comments.indexOf(comment) ?? 0) + 1;
        const label = t("review.pin.label", { number, name: personText(comment.author_name), text: comment.text });
        const element = h("button.pin", { "data-testid": "comment-pin", "aria-label": label, title: label, onclick: () => review.show(comment) }, String(number));
        return { element, voxel: comment.voxel };
      });
      layer.replaceChildren(...pins.map(({ element }) => element));
      place();
    });
    pane.view.hudPainters.push(place);
    store.on("pinning", ({ pinning }) => pane.element.classList.toggle("pinning", pinning));
    // Before the pane's own gestures, which would paint or move the crosshair.
    pane.element.addEventListener("pointerdown", (event) => event.button === 0 && begin(event, () => pane.view.voxelAt(event.clientX, event.clientY)), { capture: true });
    // On the slice that has the focus, at the crosshair.
    pane.element.addEventListener("keydown", (event) => [" ", "Enter"].includes(event.key) && begin(event, () => ({ voxel: [...store.state.cursor], inside: true })), { capture: true });

    /** @param {Event} event @param {() => {voxel: Triple, inside: boolean}} place */
    function begin(event, place) {
      if (!store.state.pinning || event.target !== pane.view.hud) return;
      event.preventDefault();
      event.stopPropagation();
      const { voxel, inside } = place();
      if (inside) void pin(voxel);
    }

    /** @param {Triple} voxel */
    async function pin(voxel) {
      store.set({ pinning: false });
      const volumeId = store.state.volume?.id;
      const picture = pictureAt(store.state, voxel[axis]);
      const title = picture ? t("review.pin.picture", { name: picture.name }) : t(`review.pin.${pane.plane}`, { number: voxel[axis] + 1 });
      const text = await textDialog(title, t("review.pin.question"), t("review.pin.ok"));
      if (text) await review.comment(pane.plane, voxel, text, volumeId); // which may not be on screen any more
    }
  }
}

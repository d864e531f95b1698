/** Esc: of all that can be given up only what is on top ends, so that nobody loses what they did not mean. */
import { closeMenu } from "../lib/menu.js";

/** @import { Store } from "../state/store.js" */

/**
 * @param {Pick<Store, "state">} store
 * @param {{
 *   editor: Pick<import("../tools/editor.js").Editor, "busy" | "giveUp">,
 *   outlines: Pick<import("./outlines.js").OutlineController, "giveUp">,
 *   review: Pick<import("./review.js").ReviewController, "stopPinning">,
 *   history: Pick<import("../panels/slice_history.js").SliceHistory, "close">,
 *   tour: Pick<import("./tour.js").TourController, "end">,
 *   comparison: Pick<import("./comparison.js").ComparisonController, "end">,
 * }} parts
 */
export function giveUpTopmost(store, { editor, outlines, review, history, tour, comparison }) {
  const { proposal, pinning, tourStep } = store.state;
  if (closeMenu()) return;
  if (editor.busy || proposal) {
    editor.giveUp();
    outlines.giveUp();
    return;
  }
  if (pinning) return review.stopPinning();
  if (history.close()) return;
  if (tourStep !== null) return tour.end();
  outlines.giveUp(); // none is offered on the next slice either
  comparison.end();
}

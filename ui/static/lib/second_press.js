/**
 * The second press of a double click on what closes, a dialog's button or a menu's row, lands on the slices behind it. It
 * is no wish to paint there, nor to move the crosshair.
 */

const LONGEST_MS = 600; // from press to press, and to the end of the second click: systems allow 500 between presses
const SLOP_PX = 24; // fingers are not exact

/**
 * Keep presses from the slices that repeat this one. While what was pressed is open they do not reach them in any case.
 * @param {PointerEvent} press on a dialog, or while a menu is open
 */
export function ignoreSecondPress({ clientX: x, clientY: y, timeStamp: since }) {
  const check = (/** @type {MouseEvent} */ event) => {
    if (event.timeStamp - since > LONGEST_MS) return void kinds.forEach((kind) => removeEventListener(kind, check, true));
    const isRepeated = Math.hypot(event.clientX - x, event.clientY - y) <= SLOP_PX;
    if (isRepeated && /** @type {Element} */ (event.target).closest?.(".pane")) event.stopPropagation();
  };
  const kinds = /** @type {const} */ (["pointerdown", "dblclick"]); // a double click would end a polygon that was begun
  kinds.forEach((kind) => addEventListener(kind, check, true));
}

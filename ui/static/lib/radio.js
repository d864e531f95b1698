/** One of several, each with a line that explains it. */
import { h, setAttr } from "./dom.js";

/** @import { Child } from "./dom.js" */

/**
 * @param {string} name for those who cannot see it
 * @param {HTMLElement[]} [rows] of {@link radioRow}
 */
export function radioGroup(name, rows = []) {
  /** @type {HTMLDivElement} */
  const group = h("div.choices", { role: "radiogroup", "aria-label": name, onkeydown: (/** @type {KeyboardEvent} */ event) => chooseByArrow(event, group) }, rows);
  return group;
}

const ARROWS = new Map([["ArrowDown", 1], ["ArrowRight", 1], ["ArrowUp", -1], ["ArrowLeft", -1]]);

/**
 * Arrow keys choose the next or the previous of a radio group, round its ends, as in every radio group.
 * @param {KeyboardEvent} event
 * @param {Element} group
 */
function chooseByArrow(event, group) {
  const step = ARROWS.get(event.key);
  if (!step) return;
  const rows = /** @type {HTMLElement[]} */ ([...group.children]);
  const at = rows.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  event.preventDefault();
  event.stopPropagation(); // the page's own arrow keys scroll slices
  if (at < 0) return;
  const next = rows[(at + step + rows.length) % rows.length];
  next.focus();
  next.click();
}

/**
 * @param {Child} title
 * @param {string} summary
 * @param {boolean} chosen
 * @param {string} testid
 * @param {() => void} choose
 */
export function radioRow(title, summary, chosen, testid, choose) {
  return h(
    "button.choice",
    { role: "radio", "aria-checked": String(chosen), tabindex: chosen ? "0" : "-1", "data-testid": testid, onclick: choose },
    h("i.choice-mark"),
    h("span.choice-text", h("span", title), summary && h("small", { title: summary }, summary)),
  );
}

/**
 * @param {HTMLElement} row
 * @param {boolean} chosen
 */
export function markChosen(row, chosen) {
  row.setAttribute("aria-checked", String(chosen));
  row.setAttribute("tabindex", chosen ? "0" : "-1");
}

/**
 * Rows anew where what they say has changed; else the same elements stay, and with them focus.
 * @param {Element} list
 * @param {HTMLElement[]} rows
 */
export function refill(list, rows) {
  const same = list.children.length === rows.length && rows.every((each, n) => each.textContent === list.children[n].textContent);
  if (!same) return list.replaceChildren(...rows);
  rows.forEach((each, n) => ["aria-checked", "tabindex"].forEach((name) => setAttr(list.children[n], name, each.getAttribute(name))));
}

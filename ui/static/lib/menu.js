/** A small popover under a button: menus and, with other controls than menu items, panels. One is open at a time; Esc and outside clicks close it. */
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { ignoreSecondPress } from "./second_press.js";

/** @import { Child } from "./dom.js" */

/** @type {{element: HTMLElement, anchor: HTMLElement, dismiss: (event: PointerEvent) => void} | null} */
let open = null;

/** @returns {boolean} whether one was open */
export function closeMenu() {
  if (!open) return false;
  const { element, anchor, dismiss } = open;
  open = null;
  element.remove();
  anchor.setAttribute("aria-expanded", "false");
  removeEventListener("pointerdown", dismiss, true);
  return true;
}

/**
 * Toggle a popover at a button.
 * @param {HTMLElement} anchor
 * @param {Child} content
 * @param {{align?: "left" | "right", testid?: string, className?: string, panel?: string}} [options] `align` is the edge that
 *   lines up; `panel` names a popover that holds more than menu items
 */
export function toggleMenu(anchor, content, { align = "left", testid, className = "", panel } = {}) {
  const again = open?.anchor === anchor;
  closeMenu();
  if (again) return;
  const element = h(`div.menu${className && `.${className}`}`, { role: panel ? "dialog" : "menu", "aria-label": panel, "data-testid": testid }, content);
  const dismiss = (/** @type {PointerEvent} */ event) => {
    const target = /** @type {Element} */ (event.target);
    ignoreSecondPress(event);
    if (element.contains(target) || anchor.contains(target)) return;
    closeMenu();
    if (target.closest?.(".pane")) event.stopPropagation(); // closing a menu must not paint
  };
  element.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      closeMenu();
      anchor.focus();
    } else moveFocus(element, event);
  });
  open = { element, anchor, dismiss };
  document.querySelector(".app")?.append(element);
  place(element, anchor.getBoundingClientRect(), align);
  anchor.setAttribute("aria-expanded", "true");
  addEventListener("pointerdown", dismiss, true);
  if (anchor.matches(":focus-visible")) /** @type {HTMLElement | null} */ (element.querySelector("button,a,input"))?.focus();
}

const MENU_KEYS = ["ArrowDown", "ArrowUp", "Home", "End", "Tab"];

/**
 * Arrow keys go from control to control, round the ends, as in every menu; so does Tab, or it would leave for the page's end.
 * @param {HTMLElement} element
 * @param {KeyboardEvent} event
 */
function moveFocus(element, event) {
  const isTab = event.key === "Tab";
  const { target } = event;
  if (!MENU_KEYS.includes(event.key) || event.defaultPrevented) return;
  if (!isTab && target instanceof HTMLElement && target.matches("input,select")) return;
  const skips = (/** @type {Element} */ each) => each.hasAttribute("disabled") || each.closest("[hidden]") || (isTab && each.getAttribute("tabindex") === "-1");
  const stops = /** @type {HTMLElement[]} */ ([...element.querySelectorAll("button,a,input,select")]).filter((each) => !skips(each));
  if (!stops.length) return;
  const at = stops.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const back = event.key === "ArrowUp" || (isTab && event.shiftKey);
  const next = event.key === "Home" ? 0 : event.key === "End" ? stops.length - 1 : at < 0 ? (back ? stops.length - 1 : 0) : (at + (back ? -1 : 1) + stops.length) % stops.length;
  event.preventDefault();
  event.stopPropagation(); // the page's own arrow keys scroll slices
  stops[next].focus();
}

/**
 * Show something else in the popover of a button, if that is the one that is open. One that reads the same stays, with
 * the focus and a click that is going on.
 * @param {HTMLElement} anchor
 * @param {Child} content
 */
export function refillMenu(anchor, content) {
  if (open?.anchor !== anchor) return;
  const fresh = h("div", content);
  if (fresh.textContent !== open.element.textContent) open.element.replaceChildren(...fresh.children);
}

/**
 * @param {HTMLElement} element
 * @param {DOMRect} box of the anchor
 * @param {"left" | "right"} align
 */
function place(element, box, align) {
  const { offsetWidth: width, offsetHeight: height } = element;
  const left = align === "right" ? box.right - width : box.left;
  const below = box.bottom + 6 + height <= innerHeight;
  element.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
  element.style.top = `${Math.max(8, below ? box.bottom + 6 : box.top - height - 6)}px`;
}

/** A heading among menu items. @param {string} text */
export const menuHeading = (text) => h("h3", { role: "presentation" }, text);

/**
 * A menu row; it closes the menu and runs.
 * @param {string} text
 * @param {(() => void) | null} run
 * @param {{hint?: string, testid?: string, danger?: boolean, href?: string | null, checked?: boolean}} [options]
 */
export function menuItem(text, run, { hint = "", testid, danger = false, href = null, checked } = {}) {
  const parts = [h("span", text), hint && h("span.menu-hint", hint), checked ? icon("check", 14) : checked === false && h("span.menu-tick")];
  const select = (/** @type {Event} */ event) => {
    const byKey = event.currentTarget instanceof Element && event.currentTarget.matches(":focus-visible");
    const anchor = open?.anchor;
    closeMenu();
    if (byKey) anchor?.focus(); // or the keyboard would start again at the page's top
    run?.();
  };
  const name = `menu-item${danger ? ".danger" : ""}${checked ? ".checked" : ""}`;
  if (href) return h(`a.${name}`, { href, download: "", role: "menuitem", "data-testid": testid, onclick: select }, parts);
  return h(`button.${name}`, { role: "menuitem", "data-testid": testid, onclick: select }, parts);
}

/** Building elements without innerHTML: text always goes through textContent. */
import { decimal } from "../words/index.js";

/** @typedef {Node | string | number | boolean | null | undefined} Leaf null, undefined and false are left out */
/** @typedef {Leaf | Child[]} Child */
/** @typedef {{ [K in keyof HTMLElementEventMap as `on${K}`]?: (event: HTMLElementEventMap[K]) => unknown }} Listeners */
/** @typedef {Listeners & { style?: Record<string, string> } & Record<string, unknown>} Props */
/**
 * @template {string} T
 * @typedef {T extends keyof HTMLElementTagNameMap ? HTMLElementTagNameMap[T] : HTMLElement} TagElement
 */
/**
 * The element a selector makes: an HTMLButtonElement of "button.primary".
 * @template {string} S
 * @typedef {S extends `${infer T}.${string}` ? TagElement<T> : TagElement<S>} ElementOf
 */

/**
 * Create an element: `h("button.primary", { onclick, "data-testid": "x" }, "Text", child)`.
 * Keys that start with `on` are listeners, other keys are attributes (false and null leave them out).
 *
 * @template {string} S
 * @param {S} selector tag name and classes
 * @param {...(Props | Child)} rest properties (may be left out), then children
 * @returns {ElementOf<S>}
 */
export function h(selector, ...rest) {
  const [tag, ...classes] = selector.split(".");
  const element = document.createElement(tag || "div");
  if (classes.length) element.className = classes.join(" ");
  if (isProps(rest[0])) applyProps(element, /** @type {Props} */ (rest.shift()));
  element.append(...leaves(/** @type {Child[]} */ (rest)));
  return /** @type {ElementOf<S>} */ (element);
}

/** @param {Props | Child} value */
const isProps = (value) => Boolean(value) && typeof value === "object" && !(value instanceof Node) && !Array.isArray(value);

/**
 * What there is to append.
 * @param {Child} child
 * @returns {(Node | string)[]}
 */
function leaves(child) {
  if (Array.isArray(child)) return child.flatMap(leaves);
  if (child === null || child === undefined || child === false) return [];
  return [child instanceof Node ? child : String(child)];
}

/**
 * @param {HTMLElement} element
 * @param {Props} props
 */
function applyProps(element, props) {
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), /** @type {EventListener} */ (value));
    else if (key === "value") /** @type {HTMLInputElement} */ (element).value = String(value);
    else if (key === "style") setStyle(element, /** @type {Record<string, string>} */ (value));
    else element.setAttribute(key, value === true ? "" : String(value));
  }
}

/**
 * @param {HTMLElement} element
 * @param {Record<string, string>} style property name (custom ones too) to value
 */
export function setStyle(element, style) {
  for (const [name, value] of Object.entries(style)) element.style.setProperty(name, value);
}

/**
 * Set text only when it differs, so that hot paths do not cause layout.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Set or remove an attribute, only when it differs.
 * @param {Element} element
 * @param {string} name
 * @param {string | number | boolean | null | undefined} value null, undefined and false remove it
 */
export function setAttr(element, name, value) {
  if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value === true ? "" : String(value));
}

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/**
 * Whether keys typed there are text.
 * @param {EventTarget | null} target
 */
export const isTyping = (target) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.matches("textarea,select,input:not([type=range]):not([type=checkbox])"));

/**
 * Seconds as people say them: "8 s", "2 min 5 s".
 * @param {number} seconds
 */
export function formatSeconds(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/**
 * Millilitres with three significant digits, thin-space thousands.
 * @param {number | null | undefined} ml
 */
export function formatMl(ml) {
  if (ml === null || ml === undefined) return "";
  if (ml === 0) return "0 mL";
  const digits = ml >= 100 ? 0 : ml >= 10 ? 1 : 2;
  return `${thinThousands(decimal(ml, digits))} mL`;
}

/** A number's digits with thin spaces between thousands. @param {string} digits */
export const thinThousands = (digits) => digits.replace(/\B(?=(\d{3})+(?!\d))/g, "\u2009");

/** Building elements without innerHTML: text always goes through textContent. */

/**
 * Create an element: `h("button.primary", { onclick, "data-testid": "x" }, "Text", child)`.
 * Keys that start with `on` are listeners, other keys are attributes (false and null leave them out).
 */
export function h(selector, ...rest) {
  const [tag, ...classes] = selector.split(".");
  const element = document.createElement(tag || "div");
  if (classes.length) element.className = classes.join(" ");
  const isProps = rest[0] && typeof rest[0] === "object" && !(rest[0] instanceof Node) && !Array.isArray(rest[0]);
  if (isProps) applyProps(element, rest.shift());
  element.append(...rest.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function applyProps(element, props) {
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "value") element.value = value;
    else if (key === "style") setStyle(element, value);
    else element.setAttribute(key, value === true ? "" : String(value));
  }
}

export function setStyle(element, style) {
  for (const [name, value] of Object.entries(style)) element.style.setProperty(name, value);
}

/** Set text only when it differs, so that hot paths do not cause layout. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Set or remove an attribute, only when it differs. */
export function setAttr(element, name, value) {
  if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value === true ? "" : value);
}

export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

export const isTyping = (target) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.matches("textarea, select, input:not([type=range]):not([type=checkbox])"));

/** Seconds as people say them: "8 s", "2 min 5 s". */
export function formatSeconds(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** Millilitres with three significant digits, thin-space thousands. */
export function formatMl(ml) {
  if (ml === null || ml === undefined) return "";
  if (ml === 0) return "0 mL";
  const digits = ml >= 100 ? 0 : ml >= 10 ? 1 : 2;
  return `${ml.toFixed(digits).replace(/\B(?=(\d{3})+(?!\d))/g, "\u2009")} mL`;
}

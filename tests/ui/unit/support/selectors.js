/** CSS selectors as the page uses them: tag, .class, [attribute="value"], :not(...), "within something", and lists. */

/** @import { FakeElement } from "./dom.js" */

const PART = /([a-z][\w-]*)|\.([\w-]+)|\[([\w-]+)(?:="?([^\]"]*)"?)?\]|:not\(([^)]*)\)|:([\w-]+)/gy;

/**
 * @param {FakeElement} element
 * @param {string} selector
 * @returns {boolean}
 */
export function matches(element, selector) {
  return selector.split(",").some((each) => matchesPath(element, each.trim().split(/\s+/)));
}

/**
 * @param {FakeElement} element
 * @param {string[]} path compounds, the last is the element's own
 * @returns {boolean}
 */
function matchesPath(element, path) {
  if (!matchesCompound(element, path[path.length - 1])) return false;
  const above = path.slice(0, -1);
  if (!above.length) return true;
  for (let parent = element.parentNode; parent; parent = parent.parentNode) if (matchesPath(parent, above)) return true;
  return false;
}

/**
 * @param {FakeElement} element
 * @param {string} compound
 */
function matchesCompound(element, compound) {
  const parts = [...compound.matchAll(PART)];
  if (!parts.length || parts.reduce((sum, [text]) => sum + text.length, 0) !== compound.length) {
    throw new Error(`the stand-in does not know the selector ${compound}`);
  }
  return parts.every(([, tag, name, attribute, value, without, pseudo]) => {
    if (tag) return element.tagName === tag.toUpperCase();
    if (name) return element.classList.contains(name);
    if (attribute) return value === undefined ? element.hasAttribute(attribute) : element.getAttribute(attribute) === value;
    if (without) return !matches(element, without);
    return pseudo === "focus-visible" ? false : undefined;
  });
}

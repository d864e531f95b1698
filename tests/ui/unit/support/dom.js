/** Elements for tests in node. They know no layout; what needs one is tested in Chromium (tests/e2e). */
import { matches } from "./selectors.js";

export class FakeNode extends EventTarget {
  /** @type {FakeElement | null} */
  parentNode = null;

  /** As in a browser, what is taken out of the page loses focus, also when it is only moved. */
  remove() {
    if (!this.parentNode) return;
    if (this instanceof FakeElement && this.contains(document.activeElement)) Object.assign(document, { activeElement: document.body });
    this.parentNode.childNodes = this.parentNode.childNodes.filter((node) => node !== this);
    this.parentNode = null;
  }

  /** @returns {boolean} */
  get isConnected() {
    return this.parentNode?.isConnected ?? false;
  }

  /** @param {FakeNode} node */
  replaceWith(node) {
    this.parentNode?.insertBefore(node, this);
    this.remove();
  }

  get parentElement() {
    return this.parentNode;
  }

  /**
   * Tell this node's listeners, then those of what it is in.
   * @param {Event} event
   */
  dispatchEvent(event) {
    if (!Object.hasOwn(event, "target")) Object.defineProperty(event, "target", { value: this });
    super.dispatchEvent(event);
    const above = this.parentNode ?? (this.isConnected ? document : null);
    if (above && event.bubbles && !event.cancelBubble) above.dispatchEvent(event);
    return !event.defaultPrevented;
  }
}

class FakeText extends FakeNode {
  /** @param {string} text */
  constructor(text) {
    super();
    this.textContent = text;
  }
}

class FakeStyle {
  /** @type {Record<string, string>} */
  values = {};

  /**
   * @param {string} name
   * @param {string | null} value
   */
  setProperty(name, value) {
    if (value === null) delete this.values[name];
    else this.values[name] = value;
  }

  /** @param {string} name */
  getPropertyValue(name) {
    return this.values[name] ?? "";
  }
}

export class FakeElement extends FakeNode {
  /** @type {FakeNode[]} */
  childNodes = [];
  /** @type {Map<string, string>} */
  attributes = new Map();
  style = new FakeStyle();
  box = { left: 0, top: 0, right: 0, bottom: 0, width: 0, height: 0 };
  value = "";

  /** @param {string} tag */
  constructor(tag) {
    super();
    this.tagName = tag.toUpperCase();
    this.dataset = new Proxy(/** @type {Record<string, string | undefined>} */ ({}), {
      get: (_, key) => this.getAttribute(dataName(key)) ?? undefined,
      set: (_, key, value) => (this.setAttribute(dataName(key), String(value)), true),
      deleteProperty: (_, key) => (this.removeAttribute(dataName(key)), true),
    });
  }

  /** @returns {FakeElement[]} */
  get children() {
    return this.childNodes.filter((node) => node instanceof FakeElement);
  }

  get firstElementChild() {
    return this.children[0] ?? null;
  }

  get isConnected() {
    return this === /** @type {unknown} */ (document.documentElement) || super.isConnected;
  }

  get className() {
    return this.getAttribute("class") ?? "";
  }

  set className(names) {
    this.setAttribute("class", names);
  }

  get classList() {
    const names = new Set(this.className.split(" ").filter(Boolean));
    const change = (/** @type {string} */ name, /** @type {boolean} */ wanted) => {
      if (wanted) names.add(name);
      else names.delete(name);
      this.className = [...names].join(" ");
    };
    return {
      contains: (/** @type {string} */ name) => names.has(name),
      add: (/** @type {string} */ name) => change(name, true),
      remove: (/** @type {string} */ name) => change(name, false),
      toggle: (/** @type {string} */ name, wanted = !names.has(name)) => change(name, wanted),
    };
  }

  /** @returns {string} */
  get textContent() {
    return this.childNodes.map((node) => /** @type {FakeText | FakeElement} */ (node).textContent).join("");
  }

  set textContent(text) {
    this.replaceChildren(text);
  }

  /** @param {string} name */
  getAttribute(name) {
    return this.attributes.get(name) ?? null;
  }

  /** @param {string} name */
  hasAttribute(name) {
    return this.attributes.has(name);
  }

  /** @param {string} name @param {string} value */
  setAttribute(name, value) {
    this.attributes.set(name, String(value));
    if (name === "value") this.value = String(value);
  }

  /** @param {string} name */
  removeAttribute(name) {
    this.attributes.delete(name);
  }

  /** @param {string} name */
  toggleAttribute(name, wanted = !this.hasAttribute(name)) {
    if (wanted) this.setAttribute(name, "");
    else this.removeAttribute(name);
  }

  /** @param {...(FakeNode | string)} nodes */
  append(...nodes) {
    for (const each of nodes) {
      const node = each instanceof FakeNode ? each : new FakeText(String(each));
      node.remove();
      node.parentNode = this;
      this.childNodes.push(node);
    }
  }

  /** @param {FakeNode} node @param {FakeNode | null} next */
  insertBefore(node, next) {
    node.remove();
    const place = next ? this.childNodes.indexOf(next) : this.childNodes.length;
    this.childNodes.splice(place, 0, node);
    node.parentNode = this;
  }

  /** @param {...(FakeNode | string)} nodes */
  replaceChildren(...nodes) {
    for (const node of [...this.childNodes]) node.remove();
    this.append(...nodes);
  }

  /** @param {unknown} node @returns {boolean} */
  contains(node) {
    return node === this || this.children.some((child) => child.contains(node)) || this.childNodes.includes(/** @type {FakeNode} */ (node));
  }

  /** @param {string} selector */
  matches(selector) {
    return matches(this, selector);
  }

  /** @param {string} selector @returns {FakeElement | null} */
  closest(selector) {
    return this.matches(selector) ? this : (this.parentNode?.closest(selector) ?? null);
  }

  /** @param {string} selector @returns {FakeElement[]} */
  querySelectorAll(selector) {
    return this.children.flatMap((child) => [...(child.matches(selector) ? [child] : []), ...child.querySelectorAll(selector)]);
  }

  /** @param {string} selector */
  querySelector(selector) {
    return this.querySelectorAll(selector)[0] ?? null;
  }

  getBoundingClientRect() {
    return this.box;
  }

  blur() {
    if (document.activeElement === /** @type {unknown} */ (this)) Object.assign(document, { activeElement: document.body });
  }

  focus() {
    Object.assign(document, { activeElement: this });
  }

  select() {}

  setPointerCapture() {}

  click() {
    this.dispatchEvent(new Event("click", { bubbles: true, cancelable: true }));
  }

  showModal() {
    this.setAttribute("open", "");
  }

  close() {
    this.removeAttribute("open");
    this.dispatchEvent(new Event("close"));
  }
}

// Attributes that are properties too.
for (const name of ["hidden", "disabled", "checked"]) {
  Object.defineProperty(FakeElement.prototype, name, {
    get() {
      return this.hasAttribute(name);
    },
    set(wanted) {
      this.toggleAttribute(name, Boolean(wanted));
    },
  });
}
for (const name of ["title", "src", "href", "type", "id"]) {
  Object.defineProperty(FakeElement.prototype, name, {
    get() {
      return this.getAttribute(name) ?? "";
    },
    set(value) {
      this.setAttribute(name, value);
    },
  });
}

/** @param {string | symbol} key */
const dataName = (key) => `data-${String(key).replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

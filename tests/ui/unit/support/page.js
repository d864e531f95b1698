/**
 * A stand-in for the parts of a browser that the page's modules touch. Importing it puts it in place: import it before
 * those modules.
 */
import { FakeCanvas } from "./canvas.js";
import { FakeElement, FakeNode } from "./dom.js";

const make = (/** @type {string} */ tag) => (tag === "canvas" ? new FakeCanvas() : new FakeElement(tag));
const root = make("html");
const head = make("head");
const body = make("body");
root.append(head, body);

/** @type {Map<number, () => void>} callbacks that wait for the next frame */
const waiting = new Map();
let requested = 0;

class FakeDocument extends EventTarget {
  documentElement = root;
  head = head;
  body = body;
  activeElement = body;
  hidden = false;
  createElement = make;
  createElementNS = (/** @type {string} */ _namespace, /** @type {string} */ tag) => make(tag);
  querySelector = (/** @type {string} */ selector) => root.querySelector(selector);
  querySelectorAll = (/** @type {string} */ selector) => root.querySelectorAll(selector);

  /** @param {Event} event */
  dispatchEvent(event) {
    super.dispatchEvent(event);
    if (event.bubbles && !event.cancelBubble) globalThis.dispatchEvent(event);
    return !event.defaultPrevented;
  }
}

class FakeObserver {
  observe() {}
  disconnect() {}
}

/** As in a browser, what is stored is a property of its own. */
class FakeStorage {
  /** @param {string} name */
  getItem(name) {
    return Object.hasOwn(this, name) ? String(Reflect.get(this, name)) : null;
  }

  /** @param {string} name @param {string} value */
  setItem(name, value) {
    Reflect.set(this, name, String(value));
  }

  /** @param {string} name */
  removeItem(name) {
    Reflect.deleteProperty(this, name);
  }

  clear() {
    for (const name of Object.keys(this)) this.removeItem(name);
  }
}

const page = new EventTarget();
const globals = {
  document: new FakeDocument(),
  BroadcastChannel: class extends EventTarget {}, // a real one would keep the process alive
  window: globalThis,
  Node: FakeNode,
  Element: FakeElement,
  HTMLElement: FakeElement,
  ResizeObserver: FakeObserver,
  localStorage: new FakeStorage(),
  innerWidth: 1000,
  innerHeight: 800,
  devicePixelRatio: 1,
  addEventListener: page.addEventListener.bind(page),
  // As browsers do; node's takes no listener away where capture is a boolean.
  removeEventListener: (/** @type {string} */ type, /** @type {EventListener} */ listener, /** @type {boolean | EventListenerOptions} */ options = false) =>
    page.removeEventListener(type, listener, typeof options === "boolean" ? { capture: options } : options),
  dispatchEvent: page.dispatchEvent.bind(page),
  requestAnimationFrame: (/** @type {() => void} */ callback) => (waiting.set(++requested, callback), requested),
  cancelAnimationFrame: (/** @type {number} */ id) => void waiting.delete(id),
};
for (const [name, value] of Object.entries(globals)) {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}

/** Run what waits for the next frame. */
export function nextFrame() {
  const callbacks = [...waiting.values()];
  waiting.clear();
  for (const callback of callbacks) callback();
}

/** An empty page with the root that dialogs, menus and toasts are put into. */
export function newPage() {
  const app = make("div");
  app.className = "app";
  body.replaceChildren(app);
  globals.document.activeElement = body;
  globals.localStorage.clear();
  return app;
}

/**
 * An element as the tests see it: the stand-in, with its helpers.
 * @param {unknown} element
 */
export const fake = (element) => /** @type {FakeElement} */ (element);

/**
 * An event with properties that node's Event does not have, such as `key` or `clientX`.
 * @param {string} type
 * @param {Record<string, unknown>} properties
 */
export const event = (type, properties = {}) => Object.assign(new Event(type, { bubbles: true, cancelable: true }), properties);

/** Resolves after what is queued now has run, promises and timers of 0 ms included. */
export const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

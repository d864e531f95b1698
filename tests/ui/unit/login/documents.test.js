/** The documents where people log in, each loaded once on elements in memory. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

/** What is used of an element here. */
class Part extends EventTarget {
  hidden = false;
  disabled = false;
  textContent = "";
  value = "";
  /** @type {unknown[]} */
  children = [];
  /** @type {Record<string, string>} what a form holds */
  fields = {};
  /** @type {Map<string, Part>} by selector or name */
  #parts = new Map();
  elements = { namedItem: (/** @type {string} */ name) => this.querySelector(name) };

  /** @param {string} selector */
  querySelector(selector) {
    return this.#parts.get(selector) ?? this.#parts.set(selector, new Part()).get(selector);
  }

  querySelectorAll = () => [];
  append = (/** @type {unknown[]} */ ...children) => void this.children.push(...children);
  replaceChildren = (/** @type {unknown[]} */ ...children) => void (this.children = children);
  select() {}
  reset() {}
}

/** @type {Map<string, Part>} */
let parts;
/** @type {unknown[][]} */
let asked;
/** @type {string[]} */
let went;
/** @type {Record<string, () => [number, unknown]>} */
let answers;

/** @param {string} id */
const part = (id) => /** @type {Part} */ (parts.get(id) ?? parts.set(id, new Part()).get(id));
const goTo = (/** @type {string} */ url) => void went.push(new URL(url).pathname.split("/").pop() ?? "");

/** @param {string} hash */
function open(hash) {
  /** @type {Record<string, unknown>} */
  const globals = {
    document: { getElementById: part, createElement: () => new Part() },
    window: { name: "" },
    location: { hash, replace: goTo, assign: goTo, reload() {} },
    addEventListener() {},
    close: () => went.push("closed"),
    BroadcastChannel: class { postMessage = (/** @type {string} */ text) => void went.push(`told ${text}`); },
    FormData: class { constructor(/** @type {Part} */ form) { return Object.entries(form.fields); } },
    fetch: async (/** @type {string} */ url, /** @type {{method: string, body?: string}} */ { method, body }) => {
      const request = `${method} ${url.slice(url.indexOf("api/"))}`;
      asked.push([request, body && JSON.parse(body)]);
      const [status, json] = answers[request]();
      return { ok: status < 300, status, text: async () => (json === null ? "" : JSON.stringify(json)) };
    },
  };
  for (const [name, value] of Object.entries(globals)) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}

/** @param {string} id @param {Record<string, string>} fields */
async function submit(id, fields) {
  const form = part(id);
  form.fields = fields;
  form.dispatchEvent(new Event("submit", { cancelable: true }));
  await new Promise((resolve) => setTimeout(resolve, 5));
  return form;
}

const refused = (/** @type {string} */ message) => () => /** @type {[number, unknown]} */ ([401, { error: { message } }]);
const fine = (/** @type {unknown} */ json = null) => () => /** @type {[number, unknown]} */ ([json === null ? 204 : 200, json]);

beforeEach(() => {
  [parts, asked, went, answers] = [new Map(), [], [], {}];
});

test("a wrong password is told and may be typed again; the right one leads to the page and tells open ones", async () => {
  open("");
  await import("../../../../ui/static/login/login.js");
  answers["POST api/session"] = refused("Name and password do not belong together.");
  const form = await submit("login", { name: "Ada", password: "wrong" });
  assert.deepEqual([form.querySelector(".error")?.textContent, form.querySelector("[type=submit]")?.disabled], ["Name and password do not belong together.", false]);
  answers["POST api/session"] = fine({ name: "Ada", role: "annotator" });
  await submit("login", { name: "Ada", password: "right" });
  assert.deepEqual(asked.at(-1), ["POST api/session", { name: "Ada", password: "right" }]);
  assert.deepEqual(went, ["told in", ""]);
});

test("an invitation's secret is sent in the body alone", async () => {
  open("#secret/Ada%20Lovelace");
  answers["POST api/invitations"] = fine({ name: "Ada", role: "annotator" });
  await import("../../../../ui/static/login/invite.js");
  assert.equal(part("invite").querySelector("name")?.value, "Ada Lovelace");
  assert.deepEqual([part("invite").hidden, part("broken").hidden], [false, true]);
  await submit("invite", { password: "a long one" });
  assert.deepEqual([asked, went], [[["POST api/invitations", { token: "secret", password: "a long one" }]], [""]]);
});

test("the account says who is logged in and where else, and logs out", async () => {
  open("");
  const session = { created_at: "2026-01-01T10:00:00Z", last_seen_at: "2026-01-01T11:00:00Z" };
  Object.assign(answers, {
    "GET api/session": fine({ name: "Ada", role: "reviewer" }),
    "GET api/sessions": fine([{ ...session, current: true }, { ...session, current: false }]),
    "DELETE api/sessions": fine(),
    "DELETE api/session": fine(),
  });
  await import("../../../../ui/static/login/account.js");
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual([part("name").textContent, part("role").textContent, part("sessions").children.length], ["Ada", "Reviewer: looks and changes nothing", 2]);
  part("end-others").dispatchEvent(new Event("click"));
  part("log-out").dispatchEvent(new Event("click"));
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(went, ["login"]);
  assert.ok(asked.some(([request]) => request === "DELETE api/sessions"));
});

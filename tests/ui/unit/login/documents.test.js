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
  focus() {}
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
/** @type {{ there: Kept, tab: Kept }} */
let kept;

/** What is used of a Storage. */
class Kept {
  /** @type {Map<string, string>} */
  values = new Map();
  getItem = (/** @type {string} */ name) => this.values.get(name) ?? null;
  setItem = (/** @type {string} */ name, /** @type {string} */ value) => void this.values.set(name, value);
  removeItem = (/** @type {string} */ name) => void this.values.delete(name);
}

/** @param {string} id */
const part = (id) => /** @type {Part} */ (parts.get(id) ?? parts.set(id, new Part()).get(id));
const goTo = (/** @type {string} */ url) => void went.push(new URL(url).pathname.split("/").pop() ?? "");

/** @param {string} hash @param {Record<string, string>} [dataset] what the server says on the document */
function open(hash, dataset = {}) {
  const place = { hash, replace: goTo, assign: goTo, reload() {} };
  /** @type {Record<string, unknown>} */
  const globals = {
    document: { documentElement: {}, body: { dataset }, getElementById: part, createElement: () => new Part() },
    history: { replaceState: (/** @type {null} */ _state, /** @type {string} */ _title, /** @type {string} */ url) => went.push(`now ${new URL(url).pathname.split("/").pop()}`) },
    localStorage: kept.there,
    sessionStorage: kept.tab,
    window: { name: "", location: place },
    location: place,
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
  await settled();
  return form;
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

/** Load a document's script once more. @param {string} name @param {string} time */
async function again(name, time) {
  await import(`../../../../ui/static/login/${name}.js?${time}`);
  await settled();
}

/** @param {string} id */
async function click(id) {
  part(id).dispatchEvent(new Event("click"));
  await settled();
}

const refused = (/** @type {string} */ message) => () => /** @type {[number, unknown]} */ ([401, { error: { message } }]);
const fine = (/** @type {unknown} */ json = null) => () => /** @type {[number, unknown]} */ ([json === null ? 204 : 200, json]);

beforeEach(() => {
  [parts, asked, went, answers] = [new Map(), [], [], {}];
  kept = { there: new Kept(), tab: new Kept() };
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
  answers["POST api/invitations/check"] = fine();
  answers["POST api/invitations"] = fine({ name: "Ada", role: "annotator" });
  await import("../../../../ui/static/login/invite.js");
  await settled();
  assert.equal(part("invite").querySelector("name")?.value, "Ada Lovelace");
  assert.equal(part("invite").hidden, false);
  await submit("invite", { password: "a long one" });
  assert.deepEqual(asked, [
    ["POST api/invitations/check", { token: "secret" }],
    ["POST api/invitations", { token: "secret", password: "a long one" }],
  ]);
  assert.deepEqual(went, [""]);
});

test("a link that was used says so before a password is typed; one that cannot be asked about shows its form", async () => {
  for (const [status, isShown] of /** @type {[number, boolean][]} */ ([[409, false], [403, false], [429, true], [500, true]])) {
    [parts, asked] = [new Map(), []];
    open("#secret/Ada");
    answers["POST api/invitations/check"] = () => [status, { error: { message: "This link was used already." } }];
    part("invite").hidden = true;
    await again("invite", String(status));
    assert.equal(part("invite").hidden, !isShown, String(status));
    if (!isShown) assert.equal(part("broken").querySelector("p")?.textContent, "This link was used already.");
  }
});

test("the hospital's own login: its button leads there, and back to the page", async () => {
  open("", { provider: "St. Mary's login", passwords: "yes", problem: "St. Mary's login did not let you in." });
  await again("login", "provider");
  assert.deepEqual([part("provider").hidden, part("login").hidden, part("provider-begin").textContent], [false, false, "St. Mary's login"]);
  assert.deepEqual([part("provider-error").textContent, went], ["St. Mary's login did not let you in.", ["now login"]]);
  answers["POST api/oidc"] = refused("St. Mary's login cannot be reached.");
  await click("provider-begin");
  assert.deepEqual([part("provider-error").textContent, went.length], ["St. Mary's login cannot be reached.", 1]);
  answers["POST api/oidc"] = fine({ address: "https://login.example.org/authorize?state=1" });
  await click("provider-begin");
  assert.deepEqual([asked.at(-1), went.at(-1)], [["POST api/oidc", { to: "log_in" }], "authorize"]);

  open("#in", { provider: "St. Mary's login" });
  await again("login", "in");
  assert.deepEqual(went.slice(-2), ["told in", ""]);
});

test("a tab opened to log in again closes after the hospital's own login, and offers to log out there later", async () => {
  open("#again", { provider: "St. Mary's login", passwords: "no" });
  await again("login", "again");
  assert.deepEqual([part("login").hidden, part("or").hidden, part("provider-stays").hidden], [true, true, true]);
  answers["POST api/oidc"] = fine({ address: "https://login.example.org/authorize" });
  await click("provider-begin");
  open("#in", { provider: "St. Mary's login" });
  await again("login", "back");
  assert.deepEqual([went.slice(-2), part("ways").hidden, part("done").hidden], [["told in", "closed"], true, false]);

  open("", { provider: "St. Mary's login" });
  await again("login", "later");
  assert.equal(part("provider-stays").hidden, false);
  answers["POST api/oidc"] = fine({ address: "https://login.example.org/logout" });
  await click("provider-leave");
  assert.deepEqual([asked.at(-1), went.at(-1), part("provider-stays").hidden], [["POST api/oidc", { to: "log_out" }], "logout", true]);
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
  await settled();
  assert.deepEqual([part("name").textContent, part("role").textContent, part("sessions").children.length], ["Ada", "Reviewer: looks and changes nothing", 2]);
  part("end-others").dispatchEvent(new Event("click"));
  part("log-out").dispatchEvent(new Event("click"));
  await settled();
  assert.deepEqual(went, ["login"]);
  assert.ok(asked.some(([request]) => request === "DELETE api/sessions"));
});

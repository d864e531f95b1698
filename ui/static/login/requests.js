/**
 * How the documents beside the workspace (/login, /invite, /account) speak with the server. They import nothing of the
 * workspace but its words: what they load is open to everyone.
 */
import { t } from "../words/login.js";

const ROOT = new URL("../../", import.meta.url);

/** The absolute form of an address, wherever the app is mounted. @param {string} path */
export const address = (path) => new URL(path, ROOT).href;

/** What answers 401 to who may well be no stranger: the page that asked says why. */
const OF_STRANGERS = ["api/session", "api/oidc"];

/** Tells open pages of this browser that somebody logged in. */
export const CHANNEL = "fewshot-sam-login";

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [json]
 * @returns {Promise<any>} rejects with an Error whose message is a sentence, and whose cause is the answer's status
 */
export async function send(method, path, json) {
  /** @type {Record<string, string>} */
  const headers = { "X-Fewshot-Sam": "1" };
  if (json !== undefined) headers["Content-Type"] = "application/json";
  let response, text;
  try {
    response = await fetch(address(path), { method, headers, body: json === undefined ? undefined : JSON.stringify(json) });
    text = await response.text();
  } catch {
    throw new Error(t("login.error.offline"));
  }
  if (response.ok) return text ? JSON.parse(text) : null;
  if (response.status === 401 && !OF_STRANGERS.includes(path)) location.assign(address("login"));
  throw new Error(sentenceOf(text, response.status), { cause: response.status });
}

/** @param {unknown} problem what was thrown */
export const messageOf = (problem) => (problem instanceof Error ? problem.message : String(problem));

/**
 * @param {string} text of an answer
 * @param {number} status
 */
function sentenceOf(text, status) {
  try {
    return String(JSON.parse(text).error.message);
  } catch {
    return t("login.error.unexpected", { status });
  }
}

/**
 * Run `act` with a form's fields when it is sent; what it throws is told below them.
 *
 * @param {HTMLFormElement} form
 * @param {(fields: Record<string, string>) => Promise<void>} act
 */
export function onSubmit(form, act) {
  const error = /** @type {HTMLElement} */ (form.querySelector(".error"));
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("[type=submit]"));
  for (const show of form.querySelectorAll(".show")) show.addEventListener("click", () => togglePassword(show));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    error.hidden = true;
    button.disabled = true;
    try {
      await act(Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)])));
    } catch (problem) {
      error.textContent = messageOf(problem);
      error.hidden = false;
      /** @type {HTMLInputElement | null} */ (form.querySelector("[type=password]"))?.select();
    } finally {
      button.disabled = false;
    }
  });
}

/** @param {Element} button beside the field */
function togglePassword(button) {
  const field = /** @type {HTMLInputElement} */ (button.previousElementSibling);
  const shown = field.type === "password";
  field.type = shown ? "text" : "password";
  button.textContent = shown ? t("login.password.hide") : t("login.password.show");
  button.setAttribute("aria-pressed", String(shown));
}

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @returns {T}
 */
export const byId = (id) => /** @type {T} */ (document.getElementById(id));

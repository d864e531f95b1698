/**
 * /login. With #again it was opened by a page whose session ended, which goes on by itself once somebody logs in; with #in
 * the hospital's own login sent somebody back who is logged in now.
 */
import { t } from "../words/login.js";
import { CHANNEL, address, byId, messageOf, onSubmit, send } from "./requests.js";

const AGAIN = "fewshot-sam-again"; // in this tab: what #again said before the browser left for another site
const THERE = "fewshot-sam-there"; // in this browser: somebody logged in there, and may still be
const { provider, passwords, problem } = document.body.dataset;
/** @type {HTMLFormElement} */
const form = byId("login");

onSubmit(form, async ({ name, password }) => {
  await send("POST", "api/session", { name, password });
  localStorage.removeItem(THERE);
  arrive(location.hash === "#again");
});
if (location.hash === "#in") {
  localStorage.setItem(THERE, "1");
  arrive(sessionStorage.getItem(AGAIN) !== null);
} else if (provider) offer(provider);

/** Somebody is logged in now. @param {boolean} again another tab waits for it */
function arrive(again) {
  sessionStorage.removeItem(AGAIN);
  new BroadcastChannel(CHANNEL).postMessage("in");
  const page = window.name === "workspace" ? "workspace" : ""; // in the frame of ui/static/shell.js, not a page in a page
  if (!again) return location.replace(address(page));
  byId("ways").hidden = true;
  byId("done").hidden = false;
  close(); // where the browser lets a page close itself
}

/** Show the hospital's own login. @param {string} name */
function offer(name) {
  byId("provider").hidden = false;
  byId("provider-begin").textContent = name;
  form.hidden = byId("or").hidden = passwords === "no";
  if (problem) {
    tell(problem);
    history.replaceState(null, "", address("login")); // what the provider said in the address was used up
  }
  byId("provider-begin").addEventListener("click", () => {
    if (location.hash === "#again") sessionStorage.setItem(AGAIN, "1");
    void leaveFor("log_in");
  });
  byId("provider-stays").hidden = localStorage.getItem(THERE) === null;
  /** @type {HTMLElement} */ (byId("provider-stays").querySelector("span")).textContent = t("login.provider.stays", { name });
  byId("provider-leave").addEventListener("click", async () => {
    localStorage.removeItem(THERE);
    byId("provider-stays").hidden = true;
    await leaveFor("log_out");
  });
}

/** Go where the server says, in the whole tab: a login of another site is not shown in a frame. @param {"log_in" | "log_out"} to */
async function leaveFor(to) {
  byId("provider-error").hidden = true;
  const button = /** @type {HTMLButtonElement} */ (byId("provider-begin"));
  button.disabled = true;
  try {
    /** @type {import("../api/schema.d.ts").ProviderAnswer} */
    const { address: there } = await send("POST", "api/oidc", { to });
    (window.name === "workspace" ? window.parent : window).location.assign(there);
  } catch (error) {
    tell(messageOf(error));
  } finally {
    button.disabled = false;
  }
}

/** @param {string} text */
function tell(text) {
  byId("provider-error").textContent = text;
  byId("provider-error").hidden = false;
}

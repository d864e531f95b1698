/** /account: who is logged in, another password, and where else. */
import { dayAndTime, t } from "../words/login.js";
import { address, byId, messageOf, onSubmit, send } from "./requests.js";

/** @typedef {import("../api/schema.d.ts").SessionAnswer} SessionAnswer */

/** @type {HTMLFormElement} */
const form = byId("password");
form.hidden = document.body.dataset.passwords === "no";
const done = /** @type {HTMLElement} */ (form.querySelector(".good"));

onSubmit(form, async ({ present, new: next }) => {
  done.hidden = true;
  await send("POST", "api/session/password", { present, new: next });
  form.reset();
  await start();
  done.hidden = false;
});
byId("end-others").addEventListener("click", () => tell(async () => {
  await send("DELETE", "api/sessions");
  await listSessions();
}));
byId("log-out").addEventListener("click", () => tell(async () => {
  await send("DELETE", "api/session");
  location.assign(address("login"));
}));
void tell(start);

async function start() {
  /** @type {import("../api/schema.d.ts").LoginAnswer} */
  const { name, role } = await send("GET", "api/session");
  byId("name").textContent = name;
  byId("role").textContent = role === "reviewer" ? t("login.account.reviewer") : t(`people.account.${role}`);
  /** @type {HTMLInputElement} */ (form.elements.namedItem("name")).value = name;
  await listSessions();
}

async function listSessions() {
  /** @type {SessionAnswer[]} */
  const sessions = await send("GET", "api/sessions");
  byId("sessions").replaceChildren(...sessions.map(row));
  /** @type {HTMLButtonElement} */ (byId("end-others")).disabled = sessions.length < 2;
}

/** @param {SessionAnswer} session */
function row({ created_at: since, last_seen_at: seen, current }) {
  const element = document.createElement("li");
  const where = document.createElement("strong");
  where.textContent = current ? t("login.account.thisBrowser") : t("login.account.anotherBrowser");
  const when = document.createElement("span");
  when.textContent = current ? t("login.account.since", { since: dayAndTime(since) }) : t("login.account.lastUsed", { since: dayAndTime(since), seen: dayAndTime(seen) });
  element.append(where, when);
  return element;
}

/** Run it; what it throws is told. @param {() => Promise<void>} act */
async function tell(act) {
  const error = byId("sessions-error");
  error.hidden = true;
  try {
    await act();
  } catch (problem) {
    error.textContent = messageOf(problem);
    error.hidden = false;
  }
}

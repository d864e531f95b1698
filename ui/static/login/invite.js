/** /invite#SECRET/NAME: a person chooses a password. What follows the # never leaves the browser but in the body sent here. */
import { t } from "../words/login.js";
import { address, byId, onSubmit, send } from "./requests.js";

/** @type {HTMLFormElement} */
const form = byId("invite");
const [token, name] = partsOf(location.hash.slice(1));

if (token) void check();
else byId("broken").hidden = false;
/** @type {HTMLInputElement} */ (form.elements.namedItem("name")).value = name;
onSubmit(form, async ({ password }) => {
  await send("POST", "api/invitations", { token, password });
  location.replace(address(""));
});
addEventListener("hashchange", () => location.reload()); // another link in the same tab

/** Show the form, unless the link was used already: nobody types a password in vain. */
async function check() {
  const refusal = await send("POST", "api/invitations/check", { token }).catch((error) => error);
  const isUseless = refusal instanceof Error && (refusal.cause === 403 || refusal.cause === 409);
  form.hidden = isUseless;
  if (!isUseless) return /** @type {HTMLElement} */ (form.querySelector("[type=password]")).focus();
  /** @type {HTMLElement} */ (byId("broken").querySelector("h1")).textContent = t("login.invite.used");
  /** @type {HTMLElement} */ (byId("broken").querySelector("p")).textContent = refusal.message;
  byId("to-login").hidden = byId("broken").hidden = false;
}

/** @param {string} fragment */
function partsOf(fragment) {
  const [secret, ...rest] = fragment.split("/");
  try {
    return [secret, decodeURIComponent(rest.join("/"))];
  } catch {
    return [secret, ""];
  }
}

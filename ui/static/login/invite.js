/** /invite#SECRET/NAME: a person chooses a password. What follows the # never leaves the browser but in the body sent here. */
import { address, byId, onSubmit, send } from "./requests.js";

/** @type {HTMLFormElement} */
const form = byId("invite");
const [token, name] = partsOf(location.hash.slice(1));

form.hidden = !token;
byId("broken").hidden = Boolean(token);
/** @type {HTMLInputElement} */ (form.elements.namedItem("name")).value = name;
onSubmit(form, async ({ password }) => {
  await send("POST", "api/invitations", { token, password });
  location.replace(address(""));
});
addEventListener("hashchange", () => location.reload()); // another link in the same tab

/** @param {string} fragment */
function partsOf(fragment) {
  const [secret, ...rest] = fragment.split("/");
  try {
    return [secret, decodeURIComponent(rest.join("/"))];
  } catch {
    return [secret, ""];
  }
}

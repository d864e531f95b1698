/** /login. With #again it was opened by a page whose session ended, which goes on by itself once somebody logs in. */
import { CHANNEL, address, byId, onSubmit, send } from "./requests.js";

/** @type {HTMLFormElement} */
const form = byId("login");

onSubmit(form, async ({ name, password }) => {
  await send("POST", "api/session", { name, password });
  new BroadcastChannel(CHANNEL).postMessage("in");
  if (location.hash !== "#again") return location.replace(address(""));
  form.hidden = true;
  byId("done").hidden = false;
  close(); // where the browser lets a page close itself
});

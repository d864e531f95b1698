/** /login. With #again it was opened by a page whose session ended, which goes on by itself once somebody logs in. */
import { CHANNEL, address, byId, onSubmit, send } from "./requests.js";

/** @type {HTMLFormElement} */
const form = byId("login");

onSubmit(form, async ({ name, password }) => {
  await send("POST", "api/session", { name, password });
  new BroadcastChannel(CHANNEL).postMessage("in");
  const page = window.name === "workspace" ? "workspace" : ""; // in the frame of ui/static/shell.js, not a page in a page
  if (location.hash !== "#again") return location.replace(address(page));
  form.hidden = true;
  byId("done").hidden = false;
  close(); // where the browser lets a page close itself
});

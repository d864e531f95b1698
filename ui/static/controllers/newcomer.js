/** The first visit: reading made nothing on the server, so a newcomer's workspace is asked for. */
import { api, isBusy } from "../api/client.js";
import { toast, toastError } from "../lib/toast.js";

const NO_COOKIES =
  "This browser keeps no cookies of this site, so the server cannot find your work again. Allow cookies for this site, then reload the page.";

/** A newcomer's projects; none when the server has too many newcomers, or this browser keeps no cookie. */
export async function openWorkspace() {
  try {
    const made = await api.openWorkspace();
    if (!made.length || (await api.projects()).length) return made;
    toast(NO_COOKIES, { kind: "error", durationMs: 0 });
  } catch (error) {
    if (!isBusy(error)) throw error;
    toastError(error);
  }
  return [];
}

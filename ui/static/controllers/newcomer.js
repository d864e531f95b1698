/** The first visit: reading made nothing on the server, so a newcomer's workspace is asked for. */
import { isBusy } from "../api/client.js";
import { t } from "../words/index.js";

/**
 * A newcomer's projects; none when the server has too many newcomers, or this browser keeps no cookie.
 * @param {import("./server.js").Server} server
 * @param {import("./notify.js").Notify} notify
 */
export async function openWorkspace(server, notify) {
  try {
    const made = await server.openWorkspace();
    if (!made.length || (await server.projects()).length) return made;
    notify.say(t("projects.newcomer.noCookies"), { kind: "error", durationMs: 0 });
  } catch (error) {
    if (!isBusy(error)) throw error;
    notify.failed(error);
  }
  return [];
}

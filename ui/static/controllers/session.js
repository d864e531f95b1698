/**
 * Who is logged in, and going on after a session ended: nothing is sent until the same person logs in again, in another
 * tab, and then what was painted meanwhile is saved.
 */
import { CHANNEL } from "../login/requests.js";
import { t } from "../words/index.js";
import { links } from "./server.js";
import { attempt } from "./notify.js";

/** @import { Login } from "../api/types.d.ts" */
/** @import { Store } from "../state/store.js" */

export class SessionController {
  /**
   * @param {Store} store
   * @param {object} parts
   * @param {{ session: () => Promise<Login>, logOut: () => Promise<unknown>, loginEvents: EventTarget }} parts.server
   * @param {import("./notify.js").Notify} parts.notify
   * @param {Pick<import("./autosave.js").Saver, "retry" | "flush">} parts.saver
   * @param {Pick<Window, "addEventListener">} [parts.page] tells that it is looked at again
   * @param {Pick<BroadcastChannel, "addEventListener">} [parts.channel] tells that somebody logged in
   * @param {(address: string) => void} [parts.leave]
   */
  constructor(store, { server, notify, saver, page = window, channel = new BroadcastChannel(CHANNEL), leave = leaveFor }) {
    this.store = store;
    this.server = server;
    this.notify = notify;
    this.saver = saver;
    this.leave = leave;
    server.loginEvents.addEventListener("required", () => this.store.set({ loggedOut: true }));
    channel.addEventListener("message", () => this.#goOn());
    page.addEventListener("focus", () => this.#goOn());
    store.on("system", ({ system, login }) => void (system?.auth && !login && this.#learn()));
  }

  /** Log out, once everything is saved; a person may leave without what cannot be. */
  async logOut() {
    if (!(await this.#allSaved()) && !(await this.#confirmed())) return;
    const done = await attempt(this.notify, async () => {
      await this.server.logOut();
      return true;
    });
    if (done) this.leave(links.login.replace(/#.*/, ""));
  }

  async #learn() {
    const login = await this.server.session().catch(() => null); // a banner tells where nobody is
    if (login) this.store.set({ login });
  }

  async #goOn() {
    const { loggedOut, login } = this.store.state;
    if (!loggedOut) return;
    const now = await this.server.session().catch(() => null);
    if (!now || !this.store.state.loggedOut) return;
    if (login && login.name !== now.name) {
      const text = t("people.session.another", { now: now.name, before: login.name });
      return this.notify.say(text, { kind: "error", durationMs: 0, place: "another-login" });
    }
    this.store.set({ loggedOut: false, login: now });
    this.saver.retry();
    this.notify.say(t("people.session.again"), { kind: "success", place: "another-login" });
  }

  async #allSaved() {
    const { volume } = this.store.state;
    try {
      if (volume) await this.saver.flush(volume.id);
    } catch {
      return false;
    }
    return this.store.state.saving.count === 0;
  }

  #confirmed() {
    const lost = this.store.state.saving.backedUp === false;
    const text = lost ? t("people.session.lost") : t("people.session.stays");
    return this.notify.confirm(t("people.session.logOutTitle"), text, t("login.account.logOut"), { cancelText: t("people.session.stay") });
  }
}

/** Go to another document of this server, also from inside a frame of it. @param {string} address */
function leaveFor(address) {
  /** @type {Window} */
  let outermost = window;
  try {
    while (outermost.parent !== outermost && outermost.parent.location.origin === location.origin) outermost = outermost.parent;
  } catch {
    // the next frame is of another site, such as a Space's
  }
  outermost.location.assign(address);
}

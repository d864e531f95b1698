/** Who is logged in, at the top; and what to do when the session ended. */
import { h, setText } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { menuItem, toggleMenu } from "../lib/menu.js";
import { t } from "../words/index.js";

/** @import { Store } from "../state/store.js" */

/**
 * The button with the person's name and its menu; nothing where nobody logs in.
 *
 * @param {Store} store
 * @param {{ session: Pick<import("../controllers/session.js").SessionController, "logOut">, links: { account: string } }} parts
 */
export function accountButton(store, { session, links }) {
  const initial = h("span.account-initial", { "aria-hidden": "true" });
  const name = h("span.ellipsis");
  const element = h("button.account-button", { hidden: true, "data-testid": "account-button", "aria-haspopup": "menu", onclick: () => openMenu() }, initial, name);
  const openMenu = () => {
    const { login } = store.state;
    if (!login) return;
    const content = [
      h("div.account-who", h("strong", login.name), h("span", t(`people.account.${login.role}`))),
      h("hr"),
      menuItem(t("people.account.page"), () => window.open(links.account, "_blank", "noopener"), { testid: "account-page" }),
      menuItem(t("login.account.logOut"), () => void session.logOut(), { testid: "log-out" }),
    ];
    toggleMenu(element, content, { align: "right", testid: "account-menu" });
  };
  store.on("login", ({ login }) => {
    element.hidden = !login;
    if (!login) return;
    setText(name, login.name);
    setText(initial, ([...login.name][0] ?? "").toUpperCase());
    element.setAttribute("aria-label", t("people.account.of", { name: login.name }));
  });
  return element;
}

/**
 * Over everything, while nobody is logged in on a page that is open.
 *
 * @param {Store} store
 * @param {{ links: { login: string } }} parts
 */
export function loggedOutBanner(store, { links }) {
  const element = h(
    "div.logged-out",
    { hidden: true, role: "alert", "data-testid": "logged-out" },
    icon("alert", 18),
    h("div", h("strong", t("people.loggedOut.title")), h("p", t("people.loggedOut.text"))),
    h("a.button.primary", { href: links.login, target: "_blank", "data-testid": "log-in-again" }, t("people.loggedOut.again")),
  );
  store.on("loggedOut", ({ loggedOut }) => {
    element.hidden = !loggedOut;
  });
  return element;
}

/** The menu of help and appearance: the tour, the keys, light or dark, patterns on labels. */
import { h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { menuHeading, menuItem, toggleMenu } from "../lib/menu.js";
import { markChosen, radioGroup, radioRow } from "../lib/radio.js";
import { chooseTheme, chosenTheme, THEMES } from "../theme.js";
import { t } from "../words/index.js";

/** @import { Store } from "../state/store.js" */

/**
 * @param {Store} store
 * @param {{
 *   preferences: Pick<import("../controllers/preferences.js").PreferencesController, "toggle">,
 *   help: () => void,
 *   tour: () => void,
 * }} intents
 */
export function helpMenuButton(store, { preferences, help, tour }) {
  /** @type {HTMLButtonElement} */
  const element = h(
    "button.icon-button.help-menu-button",
    { title: t("page.help.title"), "aria-label": t("page.help.title"), "aria-haspopup": "dialog", "data-testid": "help-menu", onclick: () => open() },
    icon("help", 18),
  );
  const open = () =>
    toggleMenu(
      element,
      [
        h("div.menu-items", { role: "menu", "aria-label": t("page.help.menu") }, menuItem(t("page.help.tour"), tour, { testid: "start-tour" }), menuItem(t("page.help.keys"), help, { hint: "?" })),
        h("hr"),
        menuHeading(t("page.help.colours")),
        themeRows(),
        h("hr"),
        h("div.menu-items", { role: "menu", "aria-label": t("labels.list.title") }, menuItem(t("page.help.patterns"), () => preferences.toggle("labelPatterns"), { checked: store.state.labelPatterns, testid: "label-patterns" })),
        h("p.menu-note", t("page.help.patternsNote")),
      ],
      { align: "right", testid: "help-menu-list", panel: t("page.help.title") },
    );
  return element;
}

/** Light, dark or as the system is; choosing leaves the menu open, so that one can look. */
function themeRows() {
  const rows = THEMES.map((theme) =>
    radioRow(t(`page.help.theme.${theme}`), "", theme === chosenTheme(), `theme-${theme}`, () => {
      chooseTheme(theme);
      rows.forEach((row, n) => markChosen(row, THEMES[n] === theme));
    }),
  );
  return radioGroup(t("page.help.colours"), rows);
}

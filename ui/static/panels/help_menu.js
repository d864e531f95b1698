/** The menu of help and appearance: the tour, the keys, light or dark, patterns on labels. */
import { h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { menuHeading, menuItem, toggleMenu } from "../lib/menu.js";
import { markChosen, radioGroup, radioRow } from "../lib/radio.js";
import { chooseTheme, chosenTheme, THEMES } from "../theme.js";

/** @import { Store } from "../state/store.js" */

const THEME_NAMES = { system: "As the system", light: "Light", dark: "Dark" };

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
    { title: "Help and appearance", "aria-label": "Help and appearance", "aria-haspopup": "dialog", "data-testid": "help-menu", onclick: () => open() },
    icon("help", 18),
  );
  const open = () =>
    toggleMenu(
      element,
      [
        h("div.menu-items", { role: "menu", "aria-label": "Help" }, menuItem("Guided tour", tour, { testid: "start-tour" }), menuItem("Keyboard and mouse", help, { hint: "?" })),
        h("hr"),
        menuHeading("Colours of the page"),
        themeRows(),
        h("hr"),
        h("div.menu-items", { role: "menu", "aria-label": "Labels" }, menuItem("Patterns on labels", () => preferences.toggle("labelPatterns"), { checked: store.state.labelPatterns, testid: "label-patterns" })),
        h("p.menu-note", "Each label has a pattern of its own, so that colour is never alone."),
      ],
      { align: "right", testid: "help-menu-list", panel: "Help and appearance" },
    );
  return element;
}

/** Light, dark or as the system is; choosing leaves the menu open, so that one can look. */
function themeRows() {
  const rows = THEMES.map((theme) =>
    radioRow(THEME_NAMES[theme], "", theme === chosenTheme(), `theme-${theme}`, () => {
      chooseTheme(theme);
      rows.forEach((row, n) => markChosen(row, THEMES[n] === theme));
    }),
  );
  return radioGroup("Colours of the page", rows);
}

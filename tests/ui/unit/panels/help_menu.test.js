import assert from "node:assert/strict";
import { test } from "node:test";

import { fake, newPage } from "../support/page.js";
import { storeWith } from "../support/controllers.js";
import { closeMenu } from "../../../../ui/static/lib/menu.js";
import { helpMenuButton } from "../../../../ui/static/panels/help_menu.js";
import { chosenTheme } from "../../../../ui/static/theme.js";

test("the menu starts the tour, shows the keys, and changes how the page looks", () => {
  closeMenu();
  const app = newPage();
  /** @type {string[]} */
  const asked = [];
  const store = storeWith({});
  const button = helpMenuButton(store, { preferences: { toggle: (name) => asked.push(name) }, help: () => asked.push("help"), tour: () => asked.push("tour") });
  app.append(fake(button));
  const press = (/** @type {string} */ testid) => {
    if (!app.querySelector(".menu")) button.click();
    /** @type {any} */ (app.querySelector(`[data-testid="${testid}"]`)).click();
  };
  press("start-tour");
  press("label-patterns");
  press("theme-light");
  assert.deepEqual([asked, chosenTheme()], [["tour", "labelPatterns"], "light"]);
  assert.equal(app.querySelector('[data-testid="theme-light"]')?.getAttribute("aria-checked"), "true"); // it stays open
  press("theme-system");
});

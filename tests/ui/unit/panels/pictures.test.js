import assert from "node:assert/strict";
import { test } from "node:test";

import "../support/page.js";
import { storeWith, summary } from "../support/controllers.js";
import { showPictures } from "../../../../ui/static/panels/pictures.js";

test("the one view of pictures goes by the picture's name, in what is read aloud too", () => {
  const make = () => document.createElement("div");
  const [app, sliceWord, title, element, hud] = [make(), make(), make(), make(), make()];
  const store = storeWith({ volume: summary(), cursor: [0, 0, 1] });
  showPictures(store, { app, views: /** @type {any} */ ({ panes: { axial: { title, element, view: { hud } } } }), sliceWord });
  const said = () => [sliceWord.textContent, title.textContent, element.getAttribute("aria-label"), hud.getAttribute("aria-label")];
  assert.deepEqual(said(), ["Slice", "Axial", "Axial view", "Axial slice: arrow keys move the cursor, Space paints"]);
  store.set({ volume: summary({ pictures: [0, 1].map((n) => ({ name: `${n}.png`, rows: 4, columns: 3, pixel_mm: null })) }) });
  assert.deepEqual(said(), ["Picture", "1.png", "1.png", "Picture: arrow keys move the cursor, Space paints"]);
});

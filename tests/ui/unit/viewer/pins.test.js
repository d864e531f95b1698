import assert from "node:assert/strict";
import { test } from "node:test";

import { event, fake, newPage } from "../support/page.js";
import { storeWith, summary } from "../support/controllers.js";
import { comment, review } from "../support/review.js";
import { addPins } from "../../../../ui/static/viewer/pins.js";
import { Volume } from "../../../../ui/static/viewer/volume.js";

/** An axial pane that shows voxel [1, 2, 2] wherever it is pressed. */
function page() {
  const app = newPage();
  const element = document.createElement("section");
  const hud = document.createElement("canvas");
  element.append(hud);
  app.append(fake(element));
  const view = { hud, volume: {}, pixelRatio: 2, hudPainters: [], voxelToCanvas: () => ({ x: 20, y: 40 }), voxelAt: () => ({ voxel: [1, 2, 2], inside: true }) };
  const store = storeWith({ volume: summary(), voxels: new Volume(summary()), cursor: [0, 0, 2], review: review({ comments: [comment("a"), comment("b", { voxel: [0, 0, 4] })] }) });
  /** @type {unknown[][]} */
  const asked = [];
  const intents = { comment: async (/** @type {unknown[]} */ ...given) => void asked.push(["comment", ...given]), show: (/** @type {any} */ each) => void asked.push(["show", each.id]) };
  addPins(store, /** @type {any} */ ([{ plane: "axial", element, view }]), { review: /** @type {any} */ (intents) });
  /** @type {() => any[]} */
  const pins = () => [...fake(element).querySelectorAll("button")];
  return { app, store, asked, pins, element, hud };
}

test("open comments of the slice on screen are pinned where they are, with a name", () => {
  const { store, asked, pins } = page();
  assert.deepEqual(pins().map((pin) => pin.getAttribute("aria-label")), ["Comment 1 by Grace: Mend this."]);
  assert.equal(pins()[0].style.getPropertyValue("left"), "10px");
  pins()[0].click();
  assert.deepEqual(asked, [["show", "a"]]);
  store.set({ cursor: [0, 0, 4] });
  assert.deepEqual(pins().map((pin) => pin.textContent), ["2"]);
  store.set({ review: null });
  assert.deepEqual(pins(), []);
});

test("while a comment is to be pinned a click asks for its text", async () => {
  const { app, store, asked, hud, element } = page();
  const press = () => fake(hud).dispatchEvent(event("pointerdown", { button: 0, clientX: 1, clientY: 1 }));
  press();
  assert.equal(app.querySelector('[data-testid="text-dialog"]'), null);
  store.set({ pinning: true });
  assert.ok(fake(element).classList.contains("pinning"));
  press();
  assert.equal(store.state.pinning, false);
  const input = app.querySelector('[data-testid="text-input"]');
  app.querySelector('[data-testid="text-ok"]').click(); // nothing is written yet
  assert.deepEqual(asked, []);
  input.value = " Too large. ";
  app.querySelector('[data-testid="text-ok"]').click();
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(asked, [["comment", "axial", [1, 2, 2], "Too large.", summary().id]]);
});

test("with the keyboard a comment is pinned at the crosshair of the slice that has the focus", async () => {
  const { app, store, asked, hud, pins } = page();
  const press = (/** @type {string} */ key, /** @type {any} */ target = fake(hud)) => target.dispatchEvent(event("keydown", { key }));
  press(" ");
  store.set({ pinning: true });
  press("ArrowLeft");
  press(" ", pins()[0]); // a button of its own
  assert.deepEqual([store.state.pinning, app.querySelector('[data-testid="text-dialog"]')], [true, null]);
  press(" ");
  assert.equal(store.state.pinning, false);
  app.querySelector('[data-testid="text-input"]').value = "Here.";
  app.querySelector('[data-testid="text-ok"]').click();
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(asked, [["comment", "axial", [0, 0, 2], "Here.", summary().id]]);
});

test("on a picture the dialog names the picture", () => {
  const { app, store, hud } = page();
  store.set({ volume: summary({ pictures: [0, 1, 2, 3, 4].map((n) => ({ name: `${n}.png`, rows: 4, columns: 3, pixel_mm: null })) }), pinning: true });
  fake(hud).dispatchEvent(event("pointerdown", { button: 0, clientX: 1, clientY: 1 }));
  assert.match(app.querySelector('[data-testid="text-dialog"]').textContent, /^Comment on 2\.png/);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { fake } from "../support/page.js";
import { storeWith, summary, system } from "../support/controllers.js";
import { footer, saveStatus } from "../../../../ui/static/panels/status.js";

test("where strokes are is told at length, and those that do not get through are not called on their way", () => {
  const store = storeWith({});
  const element = saveStatus(store, { kept: /** @type {any} */ ({}) });
  assert.equal(element.getAttribute("title"), "Every stroke is on the server");
  store.set({ saving: { state: "saving", count: 2, backedUp: true } });
  assert.equal(element.getAttribute("title"), "2 slices on the way to the server");
  store.set({ online: false });
  assert.equal(element.textContent, "Offline, kept in this browser");
  assert.equal(element.getAttribute("title"), "2 slices are not on the server yet; they are sent as soon as the server answers");
  store.set({ saving: { state: "held", count: 1, backedUp: false } });
  assert.match(element.getAttribute("title") ?? "", /^This browser has no room/);
});

test("the line at the foot explains what is encoded, with what, and how long work is kept", () => {
  const store = storeWith({ system: system({ keep_hours: 24, max_owner_bytes: null }), volume: summary() });
  const element = fake(footer(store, { help: () => {} }));
  /** @param {string} testid @returns {any} */
  const part = (testid) => element.querySelector(`[data-testid="${testid}"]`);
  assert.equal(part("encoding-status").textContent, "Slices encoded");
  assert.match(part("encoding-status").getAttribute("title"), /before the model can learn from it/);
  assert.deepEqual([part("encoder-name").textContent, part("encoder-name").getAttribute("title")], ["LiteMedSAM", "The model that slices are encoded with"]);
  assert.deepEqual([part("kept").textContent, part("kept").getAttribute("title")], ["Kept for 24 h", "Everything here is deleted once nothing was changed for 24 h. Download what you want to keep."]);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { event, fake, newPage } from "../support/page.js";
import { fakeNotify, label, storeWith, summary } from "../support/controllers.js";
import { ViewController } from "../../../../ui/static/controllers/view.js";
import { thresholdPanel, thresholdToggle } from "../../../../ui/static/panels/threshold.js";
import { Volume } from "../../../../ui/static/viewer/volume.js";

function page() {
  const facts = summary({ value_range: [-1000, 1000], window: [-100, 100] });
  const store = storeWith({ volume: facts, window: [-100, 100], labels: [label(1, { name: "Liver" })], activeLabel: 1 });
  const view = new ViewController(store, { notify: fakeNotify().notify });
  const [app, toggle, panel] = [newPage(), fake(thresholdToggle(store, { view })), /** @type {any} */ (thresholdPanel(store, { view }))];
  app.append(toggle);
  app.append(panel);
  /** @param {string} name */
  const part = (name) => /** @type {any} */ (app.querySelector(`[data-testid="threshold-${name}"]`));
  return { store, facts, toggle, panel, part };
}

test("the range is switched on with the window's ends, off and on again as it was", () => {
  const { store, facts, toggle, panel, part } = page();
  toggle.click(); // nothing is on screen
  assert.deepEqual([store.state.threshold, panel.hidden], [null, true]);
  store.set({ voxels: new Volume(facts) });
  toggle.click();
  assert.deepEqual([store.state.threshold, panel.hidden], [{ on: true, low: -100, high: 100 }, false]);
  assert.deepEqual([part("low-value").value, part("high-value").value], ["-100", "100"]);
  assert.match(panel.textContent, /^Threshold range.*Tools change only.*HU.*Fit to Liver/);
  toggle.click();
  assert.deepEqual([store.state.threshold?.on, panel.hidden, toggle.getAttribute("aria-pressed")], [false, true, "false"]);
  toggle.click();
  assert.equal(toggle.getAttribute("aria-pressed"), "true");
});

test("ends are dragged or typed, and take each other along", () => {
  const { store, facts, toggle, part } = page();
  store.set({ voxels: new Volume(facts) });
  toggle.click();
  const set = (/** @type {string} */ name, /** @type {string} */ type, /** @type {string} */ value) => {
    part(name).value = value;
    part(name).dispatchEvent(event(type));
  };
  set("low", "input", "200"); // in the middle of -150 to 150
  assert.deepEqual(store.state.threshold, { on: true, low: 0, high: 100 });
  set("high", "input", "0");
  assert.deepEqual(store.state.threshold, { on: true, low: -150, high: -150 });
  set("low-value", "change", "0");
  set("high-value", "change", "850");
  assert.deepEqual(store.state.threshold, { on: true, low: 0, high: 850 });
  set("low-value", "change", "much");
  assert.deepEqual(store.state.threshold, { on: true, low: 0, high: 850 });
  part("fit").click();
  assert.deepEqual(store.state.threshold, { on: true, low: -100, high: 100 });
});

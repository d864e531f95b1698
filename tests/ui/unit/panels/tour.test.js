/** The guided tour: who is asked, what ends a step, what is remembered. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { fake, newPage, nextFrame } from "../support/page.js";
import { paintingStore, quietEdits, labelsWith } from "../support/painting.js";
import { DEMO_PROJECT } from "../../../../ui/static/api/contract.js";
import { TourController } from "../../../../ui/static/controllers/tour.js";
import { besides, TourPanel } from "../../../../ui/static/panels/tour.js";
import { TOUR } from "../../../../ui/static/state/tour.js";

let app = newPage();
beforeEach(() => (app = newPage()));

/** A visit of the demo, with two labels. */
function visit() {
  const store = paintingStore();
  /** @type {any} */
  const labels = [{ value: 1, color: "#ff0000" }, { value: 2, color: "#00ff00" }];
  store.set({ labels, project: { id: "p", name: DEMO_PROJECT } });
  const tour = new TourController(store);
  const panel = new TourPanel(store, { tour });
  app.replaceChildren(fake(panel.element), fake(panel.offer));
  const { edits } = quietEdits(store);
  const paint = (/** @type {number} */ index) => edits.change("", [{ index, labels: labelsWith({ 9: 1 }), state: "painted" }]);
  return { store, tour, panel, paint };
}

test("a newcomer is asked once, on the demo", () => {
  const { panel } = visit();
  assert.equal(panel.offer.hidden, false);
  /** @type {any} */ (app.querySelector('[data-testid="tour-decline"]')).click();
  assert.equal(panel.offer.hidden, true);
  assert.equal(visit().panel.offer.hidden, true);
});

test("in a project of one's own nobody is asked", () => {
  const { store, panel } = visit();
  store.set({ project: { id: "q", name: "Mine" } });
  assert.equal(panel.offer.hidden, true);
});

test("a step is over when the person did what it says, and a visit goes on where the last one stopped", () => {
  const { store, panel, paint } = visit();
  panel.start();
  assert.deepEqual([store.state.tourStep, panel.element.hidden, document.activeElement], [0, false, panel.element]);
  store.set({ activeLabel: 2 });
  assert.equal(store.state.tourStep, 1);
  store.set({ tool: "brush" });
  paint(1);
  assert.deepEqual([store.state.tourStep, panel.title.textContent], [3, TOUR[3].title]);
  assert.equal(visit().store.state.tourStep, 3);
});

test("after a reload a step of painting waits for a stroke of its own", () => {
  const { store, panel, paint, tour } = visit();
  panel.start();
  while (store.state.tourStep !== 4) tour.next();
  paint(1);
  assert.equal(store.state.tourStep, 5);
  panel.start();
  while (store.state.tourStep !== 4) tour.next();
  const again = visit();
  const { annotations } = store.state;
  again.store.set({ voxels: again.store.state.voxels }); // the scan is there first, then what is painted on it
  again.store.set({ annotations });
  again.store.set({ cursor: [0, 0, 3] });
  assert.equal(again.store.state.tourStep, 4);
  again.paint(2);
  assert.equal(again.store.state.tourStep, 5);
});

test("what was done before needs not be done again", () => {
  const { store, panel } = visit();
  store.set({ tool: "brush" });
  panel.start();
  store.set({ activeLabel: 2 });
  assert.equal(store.state.tourStep, 2);
});

test("Next goes on without, and Escape on the card ends it for good", () => {
  const { store, panel, tour } = visit();
  panel.start();
  for (let at = 0; at < TOUR.length; at++) tour.next();
  assert.deepEqual([store.state.tourStep, panel.element.hidden], [null, true]);
  panel.start();
  fake(panel.element).dispatchEvent(Object.assign(new Event("keydown"), { key: "Escape" }));
  assert.equal(store.state.tourStep, null);
  assert.equal(visit().panel.offer.hidden, true);
});

test("the card stands beside what it is about, and on the window", () => {
  nextFrame();
  assert.deepEqual(besides({ left: 0, right: 200, top: 100, bottom: 300 }, 260, 120), { left: 212, top: 100 });
  assert.deepEqual(besides({ left: 900, right: 990, top: 10, bottom: 40 }, 260, 120), { left: 732, top: 52 });
  assert.deepEqual(besides({ left: 200, right: 990, top: 700, bottom: 750 }, 260, 120), { left: 200, top: 568 });
  assert.deepEqual(besides({ left: 200, right: 900, top: 80, bottom: 700 }, 260, 120), { left: 628, top: 92 });
});

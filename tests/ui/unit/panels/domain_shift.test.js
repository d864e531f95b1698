import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { shiftNote } from "../../../../ui/static/panels/domain_shift.js";
import { AnnotationBook } from "../../../../ui/static/state/annotations.js";
import { storeWith, summary } from "../support/controllers.js";
import { fake, newPage } from "../support/page.js";

let app = newPage();
beforeEach(() => (app = newPage()));

const SHIFT = { sentence: "This scan differs.", plane: "axial", slices: [1, 4] };
const mask = (/** @type {unknown} */ shift) => /** @type {any} */ ({ labels: [], domain_shift: shift });

test("the note comes and goes with its result; its buttons stay, lead to slices and are ticked off", () => {
  const annotations = new AnnotationBook([3, 4, 5], "axial");
  const store = storeWith({ annotations, cursor: [0, 0, 0] });
  /** @type {number[]} */
  const visited = [];
  const note = /** @type {any} */ (fake(shiftNote(store, { goTo: (slice) => visited.push(slice) })));
  app.append(note);
  const buttons = () => /** @type {HTMLElement[]} */ (note.querySelectorAll('[data-testid="shift-slice"]'));
  assert.equal(note.hidden, true);

  store.set({ mask: mask(SHIFT) });
  assert.equal(note.hidden, false);
  assert.match(note.textContent, /This scan differs\.Paint slices 2 and 5 here/);
  assert.deepEqual(buttons().map((each) => [each.textContent, each.getAttribute("data-painted")]), [["Slice 2", "false"], ["Slice 5", "false"]]);
  const [first, second] = buttons();
  second.click();
  assert.deepEqual(visited, [4]);

  store.set({ cursor: [0, 0, 4] });
  assert.deepEqual([first.getAttribute("aria-current"), second.getAttribute("aria-current")], [null, "true"]);
  annotations.ensure(4).state = "painted";
  store.emit("slice-edited", { index: 4, reviewed: true });
  assert.deepEqual(buttons(), [first, second]);
  assert.deepEqual([first.getAttribute("data-painted"), second.getAttribute("data-painted")], ["false", "true"]);

  store.set({ mask: mask(null) });
  assert.equal(note.hidden, true);
});

test("pictures that are asked for go by their names", () => {
  const store = storeWith({ annotations: new AnnotationBook([3, 4, 5], "axial"), volume: summary({ pictures: [0, 1, 2, 3, 4].map((n) => ({ name: `${n}.png`, rows: 4, columns: 3, pixel_mm: null })) }), mask: mask(SHIFT) });
  const note = fake(shiftNote(store, { goTo: () => {} }));
  assert.match(note.textContent, /Paint 1\.png and 4\.png here; .*1\.png4\.png$/);
  assert.equal(note.querySelector('[data-testid="shift-slice"]').getAttribute("title"), "Go to 1.png");
});

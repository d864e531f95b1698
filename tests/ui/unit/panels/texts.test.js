import assert from "node:assert/strict";
import { test } from "node:test";

import { guideSteps } from "../../../../ui/static/panels/guide.js";
import { volumeFacts } from "../../../../ui/static/state/volume_list.js";
import { encodingText, keptText, saveText } from "../../../../ui/static/panels/status.js";
import { keptTitle } from "../../../../ui/static/state/kept.js";
import { sliceUncertainty } from "../../../../ui/static/state/uncertainty.js";
import { AnnotationBook } from "../../../../ui/static/state/annotations.js";
import { label, storeWith, summary } from "../support/controllers.js";

/** @import { Encoding } from "../../../../ui/static/api/types.d.ts" */

/** @param {Partial<Encoding>} patch */
const encoding = (patch) => encodingText({ state: "running", done: 3, total: 9, eta_s: null, error: null, ...patch });

test("the encoding of slices has one name", () => {
  assert.equal(encoding({}), "Encoding slices 3/9");
  assert.equal(encoding({ eta_s: 65 }), "Encoding slices 3/9 \u2013 1 min 5 s left");
  assert.equal(encoding({ state: "pending" }), "Encoding slices");
  assert.equal(encoding({ state: "failed", error: "No encoder." }), "Encoding slices failed: No encoder.");
  assert.equal(encoding({ state: "done" }), "Slices encoded");
  assert.equal(encodingText(undefined), "");
});

test("where work is not kept for ever, the page says how long and how much", () => {
  assert.equal(keptText(null).text, "");
  assert.equal(keptText({ keep_hours: null, max_owner_bytes: 1024 ** 3 }).text, "");
  const day = keptText({ keep_hours: 24, max_owner_bytes: 10 * 1024 ** 3 });
  assert.equal(day.text, "Kept for 24 h, up to 10 GB");
  assert.match(day.title, /^Everything here is deleted once nothing was changed for 24 h\. At most 10 GB can be kept\. Download/);
  assert.equal(keptText({ keep_hours: 720, max_owner_bytes: null }).text, "Kept for 30 days");
});

/** @param {"saved" | "saving" | "offline"} state @param {{online?: boolean, busy?: boolean, backedUp?: boolean}} how */
const save = (state, { online = true, busy = false, backedUp = true } = {}) => saveText({ saving: { state, count: 1, backedUp }, online, busy, kept: { here: 0, elsewhere: 0 } }).text;

test("what is not on the server yet says where it is kept", () => {
  assert.equal(save("saved"), "Saved");
  assert.equal(save("saving"), "Saving");
  assert.equal(save("saving", { online: false }), "Offline, kept in this browser");
  assert.equal(save("offline", { online: false, busy: true }), "Server busy, kept in this browser");
  assert.equal(save("offline"), "Not saved yet, kept in this browser");
  assert.equal(save("offline", { backedUp: false }), "Not saved yet, keep this page open");
});

test("what could not be saved is never called saved", () => {
  const status = (/** @type {"saved" | "saving"} */ state, here = 0, elsewhere = 0) => saveText({ saving: { state, count: 0 }, online: true, busy: false, kept: { here, elsewhere } });
  assert.deepEqual(status("saved", 2), { state: "kept", text: "2 slices not saved, kept in this browser" });
  assert.deepEqual(status("saved", 0, 1), { state: "kept", text: "1 slice not saved, kept in this browser" });
  assert.equal(status("saving", 1).state, "saving");
  const held = saveText({ saving: { state: "held", count: 1, backedUp: false }, online: true, busy: false, kept: { here: 0, elsewhere: 0 } });
  assert.deepEqual(held, { state: "held", text: "1 slice not saved, only in this window" });
  assert.match(keptTitle({ here: 0, elsewhere: 1 }), /^Of another project\./);
  assert.match(keptTitle({ here: 2, elsewhere: 1 }), /^2 of this project, 1 of others\./);
});

test("a volume shows what was done with it", () => {
  const size = "3\u2009\u00d7\u20094\u2009\u00d7\u20095";
  assert.equal(volumeFacts(summary()), `New \u00b7 ${size}`);
  assert.equal(volumeFacts(summary({ painted: { axial: 2, coronal: 7, sagittal: 0 } })), `2 painted \u00b7 ${size}`);
  const book = new AnnotationBook([4, 4, 4], "axial");
  book.ensure(1).state = "painted";
  assert.equal(volumeFacts(summary({ plane: "axial", painted: { axial: 2, coronal: 7, sagittal: 0 } }), book), `1 painted \u00b7 ${size}`);
  assert.equal(volumeFacts(summary({ mask_id: "m" })), `Predicted \u00b7 ${size}`);
  assert.equal(volumeFacts(summary({ mask_id: "m", mask_draft: true })), `Draft \u00b7 ${size}`);
});

const mask = (/** @type {object} */ patch = {}) => /** @type {any} */ ({ labels: [], extents: new Map(), has_confidence: false, slice_uncertainty: null, ...patch });
const done = (/** @type {Parameters<typeof storeWith>[0]} */ patch) => guideSteps(storeWith(patch).state).map((step) => step.done);

test("the guide follows what was done", () => {
  const annotations = new AnnotationBook([3, 4, 5], "axial");
  assert.deepEqual(done({ annotations }), [false, false, false, false, false]);
  annotations.ensure(0).state = "painted";
  assert.deepEqual(done({ annotations }), [true, false, false, false, false]);
  for (const slice of [1, 2]) annotations.ensure(slice).state = "painted";
  assert.deepEqual(done({ annotations }), [true, true, false, false, false]);
  const painted = mask({ choice: { method: "painted", encoder: null, seed: 0 } }); // by no model: there is something to propagate
  assert.deepEqual(done({ annotations, mask: painted }), [true, true, false, false, false]);
  assert.deepEqual(done({ annotations, mask: mask() }), [true, true, true, false, false]);
  assert.deepEqual(done({ annotations, mask: mask(), downloaded: true }), [true, true, true, true, true]);
});

test("the guide asks for a name first, and offers uncertainty where there is some", () => {
  const [first] = guideSteps(storeWith().state);
  assert.match(first.detail, /^Name the structure/);
  const steps = guideSteps(storeWith({ labels: [label(1)], mask: mask({ has_confidence: true }) }).state);
  assert.match(steps[0].detail, /^Choose the box, brush or lasso/);
  assert.equal(steps[3].offersUncertainty, true);
});

test("uncertainty of slices counts where the run gave it for this plane", () => {
  const of = (/** @type {unknown} */ axial) => sliceUncertainty({ mask: mask({ slice_uncertainty: { axial } }), plane: "axial" }, 3);
  assert.deepEqual(of([0, 4, 0]), [0, 4, 0]);
  assert.equal(of([0, 0, 0]), null);
  assert.equal(of([4, 4]), null);
  assert.equal(sliceUncertainty({ mask: null, plane: "axial" }, 3), null);
});

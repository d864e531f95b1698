import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { fake, newPage } from "../support/page.js";
import { label, project, run, storeWith, summary, system, until } from "../support/controllers.js";
import { recallList } from "../../../../ui/static/controllers/remembered.js";
import { links } from "../../../../ui/static/controllers/server.js";
import { Downloads } from "../../../../ui/static/panels/downloads.js";
import { ProjectsPanel } from "../../../../ui/static/panels/projects.js";
import { AnnotationBook } from "../../../../ui/static/state/annotations.js";
import { Volume } from "../../../../ui/static/viewer/volume.js";

/** @import { VolumeSummary } from "../../../../ui/static/api/types.d.ts" */
/** @import { AppState } from "../../../../ui/static/state/types.d.ts" */

let app = newPage();
beforeEach(() => (app = newPage()));

/** What was sent to archives. @type {unknown[][]} */
let sent = [];

/** What the menu of a volume with a mask offers, in order. @param {Partial<VolumeSummary>} volume @param {Partial<AppState>} others */
function offered(volume, has_confidence = false, others = {}) {
  sent = [];
  const store = storeWith({ volume: summary(volume), ...others });
  const archives = { send: async (/** @type {unknown[]} */ ...given) => void sent.push(given) };
  const panel = new Downloads(store, { view: { downloaded: () => {} }, runs: { take: async () => false }, archives, links });
  app.append(fake(panel.button));
  store.set({ mask: /** @type {any} */ ({ id: "m", has_confidence }) });
  fake(panel.button).click();
  return /** @type {any[]} */ (app.querySelectorAll('[data-testid="download-menu"] [role="menuitem"]'));
}
/** @param {any[]} items */
const formats = (items) => items.map((item) => item.getAttribute("data-testid").replace("download-", ""));

test("a scan that came from DICOM offers DICOM first", () => {
  const items = offered({ has_headers: true }, true);
  assert.deepEqual(formats(items), ["seg", "seg_label_map", "rtstruct", "nifti", "bundle", "labels", "slicer", "stl", "obj", "glb", "statistics", "provenance", "report", "confidence"]);
  assert.match(items[0].textContent, /^DICOM segmentation\.dcm, /);
  assert.match(items[1].textContent, /^DICOM label map \(2024\)\.dcm, /);
  assert.match(items[0].getAttribute("href"), /api\/masks\/m\/download\?format=seg$/);
});

test("other volumes do not offer it", () => {
  assert.deepEqual(formats(offered({ has_headers: false })), ["nifti", "bundle", "labels", "slicer", "stl", "obj", "glb", "statistics", "provenance", "report"]);
});

test("a mask can be sent to archives that take it, by who may paint", () => {
  const archives = [{ id: "main", name: "PACS", store: true }, { id: "other", name: "Other", store: false }];
  const hasArchives = { system: system({ archives }) };
  const last = (/** @type {any[]} */ items) => items.at(-1);
  const items = offered({ has_headers: true }, false, hasArchives);
  assert.deepEqual([last(items).getAttribute("data-testid"), last(items).textContent], ["send-main", "Send to PACS…"]);
  last(items).click();
  assert.deepEqual(sent, [[archives[0], "m"]]);
  const none = [
    offered({ has_headers: false }, false, hasArchives),
    offered({ has_headers: true, mask_draft: true }, false, hasArchives),
    offered({ has_headers: true }, false, { ...hasArchives, project: /** @type {any} */ ({ id: "p", access: "reviewer" }) }),
    offered({ has_headers: true }, false, { ...hasArchives, login: /** @type {any} */ ({ role: "reviewer" }) }),
  ];
  for (const each of none) assert.equal(last(each).getAttribute("data-testid"), "download-report");
});

test("pictures offer what is theirs", () => {
  const pictures = [{ name: "a.png", rows: 4, columns: 3, pixel_mm: null }];
  assert.deepEqual(formats(offered({ has_headers: false, pictures })), ["png", "coco", "statistics", "provenance", "report"]);
});

/** A scan with one painted slice, and its menu once the button was pressed. @param {Partial<import("../../../../ui/static/state/types.d.ts").AppState>} state */
function painted(state = {}) {
  const book = new AnnotationBook([3, 4, 5], "axial");
  book.ensure(2).state = "painted";
  const store = storeWith({ volume: summary(), voxels: new Volume(summary()), labels: [label(1)], annotations: book, ...state });
  const panel = new Downloads(store, {
    archives: { send: async () => {} },
    view: { downloaded: () => {} },
    runs: { take: async () => (store.set({ mask: /** @type {any} */ ({ id: "m" }), editedSinceRun: false }), true) },
    links,
  });
  app.append(fake(panel.button));
  const menu = () => /** @type {any} */ (app.querySelector('[data-testid="download-menu"]'));
  return { button: panel.button, store, menu, take: () => menu().querySelector('[data-testid="take-mask"]') };
}

test("without a mask one can be made of what is painted, and then be downloaded", async () => {
  const { button, menu, take } = painted();
  assert.equal(button.disabled, false);
  button.click();
  assert.match(menu().textContent, /^Nothing was propagated yet\.Mask of what is painted/);
  assert.equal(menu().querySelectorAll('[role="menuitem"]').length, 1);
  take().click();
  await until(() => menu()?.querySelector('[data-testid="download-nifti"]'));
  assert.equal(take(), null);
});

test("paint since the last run can be put into its mask, but not while another one is under way", () => {
  const mask = /** @type {any} */ ({ id: "m" });
  const { button, store, menu, take } = painted({ mask, editedSinceRun: true });
  button.click();
  assert.match(menu().textContent, /propagate, or put it in as it is\.Put paint into the mask/);
  button.click();
  store.set({ run: run({ state: "running" }) });
  button.click();
  assert.equal(take(), null);
  assert.ok(menu().querySelector('[data-testid="download-nifti"]'));
});

test("with neither a mask nor paint there is nothing to download", () => {
  const { button } = painted({ annotations: new AnnotationBook([3, 4, 5], "axial") });
  assert.deepEqual([button.disabled, button.title], [true, "Nothing to download yet: paint a slice, or propagate"]);
});

test("a project offers DICOM segmentations of the volumes that can have some", () => {
  const volumes = [{ has_headers: true, state: "accepted" }, { has_headers: true }, { has_headers: false }].map((each, place) => summary({ id: `v${place}`, mask_id: `m${place}`, .../** @type {any} */ (each) }));
  const store = storeWith({ project: /** @type {any} */ (project()), projects: [], volumes });
  const panel = new ProjectsPanel(store, /** @type {any} */ ({ links: { ...links, thumbnail: () => "" }, project: { recallList }, members: { check: async () => {} } }));
  app.append(fake(panel.element));
  fake(panel.projectButton).click();
  const found = /** @type {any[]} */ (app.querySelectorAll('[data-testid="project-menu"] [role="menuitem"]')).filter((item) => /masks$/.test(item.getAttribute("data-testid") ?? ""));
  assert.deepEqual(
    found.map((item) => [item.getAttribute("data-testid"), item.textContent, item.getAttribute("href").split("masks")[1]]),
    [
      ["project-dicom-masks", "Masks as DICOM segmentations2, .zip", "?format=seg"],
      ["project-masks", "Masks of all volumes3, .zip", ""],
      ["project-accepted-dicom-masks", "Accepted masks as DICOM segmentations1, .zip", "?accepted_only=true&format=seg"],
      ["project-accepted-masks", "Masks of accepted volumes1, .zip", "?accepted_only=true"],
    ],
  );
});

/** The dialog of the hospital's archives. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { event, newPage } from "../support/page.js";
import { openArchives } from "../../../../ui/static/panels/archives.js";
import { storeWith, system } from "../support/controllers.js";

/** @import { FakeElement } from "../support/dom.js" */

const ARCHIVES = [{ id: "main", name: "PACS", store: true }, { id: "other", name: "Research", store: false }];
const STUDY = { study_uid: "1.2", patient_id: "P1", patient_name: "Miller, Ada", date: "2021-02-03", description: "Abdomen", modalities: ["CT", "SEG"], series: 2, instances: 21 };
const SERIES = { series_uid: "1.3", modality: "CT", description: "Body 3.0", number: 1, date: "2021-02-03", instances: 20, is_scan: true };
const SEG = { ...SERIES, series_uid: "1.4", modality: "SEG", description: "", date: "", instances: null, is_scan: false };

let app = newPage();
beforeEach(() => (app = newPage()));

const byId = (/** @type {string} */ testid) => /** @type {FakeElement} */ (app.querySelector(`[data-testid="${testid}"]`));
const rows = (/** @type {string} */ testid) => app.querySelectorAll(`[data-testid="${testid}"]`).map((row) => row.textContent);
const answered = () => new Promise((resolve) => setTimeout(resolve));
const note = () => byId("archive-note").textContent;

/** @param {unknown} studies @param {unknown} series */
function open(studies, series = null, archives = ARCHIVES) {
  /** @type {unknown[][]} */
  const asked = [];
  const ask = (/** @type {string} */ name, /** @type {unknown} */ answer) => async (/** @type {any[]} */ ...given) => {
    asked.push([name, ...given]);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  openArchives(storeWith({ system: system({ archives }) }), { archives: /** @type {any} */ ({ studies: ask("studies", studies), series: ask("series", series), open: ask("open", undefined) }) });
  return asked;
}

async function search() {
  app.querySelector("form")?.dispatchEvent(event("submit"));
  await answered();
}

test("a study is found, its series listed, and one opened", async () => {
  const asked = open({ studies: [STUDY], more: false }, { series: [SERIES, SEG], more: false });
  byId("archive-patient-name").value = " Miller ";
  byId("archive-first-day").value = "2021-01-01";
  await search();
  assert.deepEqual(asked, [["studies", ARCHIVES[0], { patient_name: "Miller", first_day: "2021-01-01" }]]);
  assert.deepEqual(rows("archive-study"), ["CT SEGMiller, Ada, P13 Feb 2021, Abdomen, 21 images"]);
  assert.equal(note(), "1 study");
  byId("archive-study").click();
  await answered();
  assert.deepEqual(rows("archive-series"), ["CTBody 3.03 Feb 2021, 20 images"]);
  assert.deepEqual(rows("archive-no-scan"), ["SEGSeries without a descriptionno scan"]);
  byId("archive-series").click();
  assert.deepEqual(asked.at(-1), ["open", ARCHIVES[0], STUDY, SERIES]);
  assert.equal(byId("archives-dialog"), null);
});

test("one goes back to the studies without asking again", async () => {
  const asked = open({ studies: [STUDY], more: true }, { series: [], more: false });
  await search();
  assert.equal(note(), "The first 1 studies; there are more. Search for less.");
  byId("archive-study").click();
  await answered();
  assert.equal(note(), "This study holds no series.");
  byId("archive-back").click();
  assert.equal(rows("archive-study").length, 1);
  assert.equal(asked.length, 2);
});

test("nothing found, and what failed", async () => {
  open({ studies: [], more: false });
  await search();
  assert.equal(note(), "Nothing was found.");
  newDialog();
  open(new Error("PACS cannot be reached."));
  await search();
  assert.equal(note(), "PACS cannot be reached.");
  assert.ok(byId("archive-note").matches(".error"));
});

test("series that cannot be listed are told, and lead back to the studies", async () => {
  open({ studies: [STUDY], more: false }, new Error("PACS cannot be reached."));
  await search();
  byId("archive-study").click();
  await answered();
  assert.equal(note(), "PACS cannot be reached.");
  byId("archive-back").click();
  assert.equal(note(), "1 study");
  assert.equal(byId("archive-note").matches(".error"), false);
});

test("another archive is chosen; where there is one there is no choice", async () => {
  const asked = open({ studies: [], more: false });
  byId("archive-select").value = "other";
  await search();
  assert.equal(/** @type {any} */ (asked[0][1]).name, "Research");
  newDialog();
  open(null, null, [ARCHIVES[0]]);
  assert.equal(byId("archive-select"), null);
});

function newDialog() {
  app = newPage();
}
